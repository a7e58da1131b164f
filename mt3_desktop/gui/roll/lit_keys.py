"""The keys of what is heard light up."""

from __future__ import annotations

from mt3_desktop.core.tracks import audible
from mt3_desktop.gui.roll.panes import Panes
from mt3_desktop.gui.roll.state import RollState

DRUM_SECONDS = 0.1
"""A hit is over before it would be seen."""


class LitKeys:
    """Lights up on the keyboard and among the drums what sounds at the playhead, while the song plays."""

    def __init__(self, state: RollState, panes: Panes) -> None:
        self._state, self._panes = state, panes
        self._is_playing = False

    def set_playing(self, is_playing: bool, seconds: float) -> None:
        """The song begins to play, or stops, at a time."""
        self._is_playing = is_playing
        self._light(seconds)

    def set_playhead(self, seconds: float) -> None:
        """The playhead is at a time."""
        if self._is_playing:
            self._light(seconds)

    def _light(self, seconds: float) -> None:
        heard = audible(self._state.tracks) if self._is_playing else frozenset()
        keys_at = self._state.store.keys_at
        self._panes.keyboard.set_lit(keys_at([i for i in heard if not i.is_drum], seconds))
        drums = keys_at([i for i in heard if i.is_drum], seconds, at_least=DRUM_SECONDS)
        self._panes.drum_names.set_lit(drums)
