"""The pitches that are shown while nobody has chosen any: those in use, as they become known."""

from __future__ import annotations

from mt3_desktop.gui.roll.navigation import Navigation
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import Viewport

NEVER_AGAIN = (-1.0, -1.0)
"""No window shows these pitches."""


class PitchFit:
    """Shows the pitches in use, and more as notes arrive, until the user chooses others or begins to work."""

    def __init__(self, state: RollState, viewport: Viewport, navigation: Navigation) -> None:
        self._state, self._viewport, self._navigation = state, viewport, navigation
        self._fitted: tuple[float, float] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether the pitches that are shown were chosen here, and not by the user."""
        return self._fitted in (None, self._shown)

    def begin(self) -> None:
        """Choose anew with the next notes: another song is going to be shown."""
        self._fitted = None

    def leave(self) -> None:
        """Keep to what is shown: the user chose it."""
        self._fitted = NEVER_AGAIN

    def choose(self) -> None:
        """Show the pitches of a song that is shown for the first time."""
        if self._fitted is None:
            self.widen()

    def widen(self) -> None:
        """Notes came: show their pitches too, and lose none from sight."""
        if not self.is_ours or self._state.store.selection or self._state.pitch_range is None:
            return
        low, high = self._navigation.pitches_in_use()
        if self._fitted is not None:
            low, high = min(low, self._fitted[0]), max(high, self._fitted[1])
        self._viewport.show_pitches(low, high)
        self._fitted = self._shown

    @property
    def _shown(self) -> tuple[float, float]:
        window = self._viewport.window
        return window.low, window.high
