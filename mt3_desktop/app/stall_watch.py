"""Notices that a sound card has stopped taking frames, and is not fooled by a busy computer."""

from __future__ import annotations

from collections.abc import Callable

STALL_SECONDS = 1.0
LATE_SECONDS = 0.1
"""What a look counts for at most: one that comes late says that the program was held up, not the card."""


class StallWatch:
    """Counts the time in which no frame was taken, look by look."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin.

        Args:
            now: seconds of a clock that never goes back.
        """
        self._now = now
        self._taken = -1
        self.rest()

    def rest(self) -> None:
        """Begin anew: the card starts, or there is another one."""
        self._last_look, self._still = self._now(), 0.0

    def is_stalled(self, taken: int) -> bool:
        """Look.

        Args:
            taken: frames that the card has asked for so far.

        Returns:
            Whether it has taken none for `STALL_SECONDS`, as far as anybody was there to see it.
        """
        now = self._now()
        waited, self._last_look = now - self._last_look, now
        if taken != self._taken:
            self._taken, self._still = taken, 0.0
        else:
            self._still += min(waited, LATE_SECONDS)
        return self._still > STALL_SECONDS
