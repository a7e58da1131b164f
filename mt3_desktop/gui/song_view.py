"""How the song on show is looked at: zoom, playhead and loop, kept when it is left, there when it is back."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Slot

from mt3_desktop.app.song import Song
from mt3_desktop.core.session import Plain
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.song_player import SongPlayer

DELAY_MS = 2000
"""After the last scroll; a session need not be written for each."""

_EDGES = ("start", "end")
_PITCHES = ("low", "high")
_LOOP = ("loop_start", "loop_end")


class SongView(QObject):
    """Connects the view of a song with the roll and the player."""

    def __init__(self, roll: RollView, sound: SongPlayer, parent: QObject) -> None:
        """Keep nothing yet.

        Args:
            roll: what is shown.
            sound: the playhead and the loop.
            parent: owner.
        """
        super().__init__(parent)
        self._roll = roll
        self._sound = sound
        self._song: Song | None = None
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self.keep)
        roll.viewport.changed.connect(self._on_changed)
        roll.loop_changed.connect(self._on_changed)

    @property
    def song(self) -> Song | None:
        """The song that is looked at."""
        return self._song

    def leave(self) -> None:
        """Note how the song is looked at; it is going to be replaced."""
        self.keep()
        self._song = None

    def enter(self, song: Song | None) -> None:
        """Look at a song, which is on show already, as it was looked at last."""
        self._song = song
        if song is None or not song.view:
            return
        edges, pitches = _span(song.view, _EDGES), _span(song.view, _PITCHES)
        if edges is not None:
            self._roll.look_at(*edges, pitches)
        loop = _span(song.view, _LOOP)
        playhead = _numbers(song.view, ("playhead",))
        self._sound.take_up(
            playhead[0] if playhead else 0.0,
            loop if loop and loop[0] >= 0.0 else None,
            is_loop_on=song.view.get("is_loop_on") is True,
        )

    @Slot()
    def keep(self) -> None:
        """Note how the song is looked at now."""
        self._timer.stop()
        if self._song is None:
            return
        window, loop = self._roll.viewport.window, self._sound.drawn_loop
        pitches = self._roll.chosen_pitches
        view: dict[str, Plain] = {
            "start": window.start,
            "end": window.end,
            "playhead": self._roll.navigation.playhead,
        }
        if pitches is not None:  # else the next look may show more of a song that is not through
            view |= dict(zip(_PITCHES, pitches, strict=True))
        if loop is not None:
            view |= {"loop_start": loop[0], "loop_end": loop[1], "is_loop_on": self._sound.loop is not None}
        self._song.set_view(view)

    @Slot()
    def _on_changed(self) -> None:
        if self._song is not None:
            self._timer.start()


def _span(view: Mapping[str, Plain], names: tuple[str, str]) -> tuple[float, float] | None:
    """Two numbers of a view, the second one larger, or None."""
    numbers = _numbers(view, names)
    return (numbers[0], numbers[1]) if numbers and numbers[0] < numbers[1] else None


def _numbers(view: Mapping[str, Plain], names: tuple[str, ...]) -> tuple[float, ...] | None:
    """Some numbers of a view, or None if one is missing or none: a file may say anything."""
    values = [view.get(name) for name in names]
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return tuple(numbers) if len(numbers) == len(names) and all(map(math.isfinite, numbers)) else None
