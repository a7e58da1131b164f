"""Keeps the tempo box, the document on show and the roll's grid in step, and listens to taps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QMetaObject, QObject, Signal, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.player import Player
from mt3_desktop.core.tempo import Beats, Tempo, tapped
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.tempo_box import FIRST_BPM, TempoBox

MAX_TAPS = 64


class SongTempo(QObject):
    """Connects a document with the box and the roll; while there are no bars, the roll shows seconds.

    Signals:
        bars_changed: () the bars on show are others, or there are none.
    """

    bars_changed = Signal()

    def __init__(
        self,
        box: TempoBox,
        roll: RollView,
        player: Player,
        parent: QObject,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Bind nothing yet.

        Args:
            box: the controls.
            roll: shows the bars.
            player: says what time of the song a tap is.
            parent: owner.
            clock: seconds, for taps while nothing plays.
        """
        super().__init__(parent)
        self._box = box
        self._roll = roll
        self._player = player
        self._clock = clock
        self._document: TranscriptionDocument | None = None
        self._connections: list[QMetaObject.Connection] = []
        self._beats: Beats | None = None
        self._duration = 0.0
        self._taps: list[float] = []
        self._were_played = False
        box.bpm_chosen.connect(self._on_bpm_chosen)
        box.bars_unwanted.connect(self._on_bars_unwanted)
        box.tapped.connect(self.tap)
        box.scale_wanted.connect(self._on_scale_wanted)
        box.metre_chosen.connect(self._on_metre_chosen)
        box.downbeat_wanted.connect(self._on_downbeat_wanted)
        roll.downbeat_moved.connect(self._on_downbeat_moved)
        player.position_changed.connect(self._on_position_changed)
        self.show(None)

    def slots(self) -> dict[str, Callable[[], object]]:
        """What the commands about bars do."""
        return {
            "tap_tempo": self.tap,
            "half_tempo": lambda: self._on_scale_wanted(0.5),
            "double_tempo": lambda: self._on_scale_wanted(2.0),
            "bar_one": self._on_downbeat_wanted,
            "no_bars": self._on_bars_unwanted,
        }

    def show(self, document: TranscriptionDocument | None) -> None:
        """Show the bars of a document, or nothing."""
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections = []
        self._document = document
        self._taps = []
        if document is not None:
            self._connections = [
                document.tempo_changed.connect(self._refresh),
                document.touched.connect(self._on_touched),
            ]
        self._refresh()

    @Slot()
    def tap(self) -> None:
        """Take in a beat: in the time of the song while it plays, which also says where bar 1 is."""
        if self._document is None:
            return
        is_played = self._player.is_playing
        if is_played != self._were_played:
            self._taps, self._were_played = [], is_played
        self._taps = [*self._taps, self._player.position if is_played else self._clock()][-MAX_TAPS:]
        tempo = tapped(self._taps)
        if tempo is not None:
            known = self._document.tempo or replace(tempo, downbeat=0.0)
            downbeat = round(tempo.downbeat, 3) if is_played else known.downbeat
            self._document.set_tempo(replace(known, bpm=round(tempo.bpm, 1), downbeat=downbeat), "Tap tempo")

    @Slot()
    def _refresh(self) -> None:
        tempo = None if self._document is None else self._document.tempo
        self._duration = 0.0 if self._document is None else self._document.duration
        self._beats = None if tempo is None else tempo.beats(self._duration)
        self._box.set_tempo(tempo)
        self._roll.set_beats(self._beats)
        self._on_position_changed(self._player.position)
        self.bars_changed.emit()

    @Slot()
    def _on_touched(self) -> None:
        """The recording may turn out to be longer than it seemed."""
        document = self._document
        if document is not None and document.tempo is not None and document.duration != self._duration:
            self._refresh()

    @Slot(float)
    def _on_position_changed(self, seconds: float) -> None:
        if self._beats is not None:
            self._box.set_position(self._beats.position(seconds))

    @Slot(float)
    def _on_bpm_chosen(self, bpm: float) -> None:
        self._change(lambda tempo: replace(tempo, bpm=bpm), "Change tempo")

    @Slot()
    def _on_bars_unwanted(self) -> None:
        self._taps = []
        if self._document is not None:
            self._document.set_tempo(None, "Remove bars")

    @Slot(float)
    def _on_scale_wanted(self, factor: float) -> None:
        if self._document is not None and self._document.tempo is not None:
            self._change(lambda tempo: tempo.scaled(factor), "Halve tempo" if factor < 1 else "Double tempo")

    @Slot(int)
    def _on_metre_chosen(self, beats_per_bar: int) -> None:
        self._change(lambda tempo: replace(tempo, beats_per_bar=beats_per_bar), "Change metre")

    @Slot()
    def _on_downbeat_wanted(self) -> None:
        self._on_downbeat_moved(self._player.position)

    @Slot(float)
    def _on_downbeat_moved(self, seconds: float) -> None:
        self._change(lambda tempo: replace(tempo, downbeat=round(max(0.0, seconds), 3)), "Move bar 1")

    def _change(self, change: Callable[[Tempo], Tempo], text: str) -> None:
        """Change the bars; where there are none yet, begin with some."""
        if self._document is not None:
            self._document.set_tempo(change(self._document.tempo or Tempo(FIRST_BPM)), text)
