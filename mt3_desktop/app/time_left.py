"""How long a transcription will still take, as a calm number."""

from __future__ import annotations

import time
from collections.abc import Callable

MIN_SEGMENTS = 3
MIN_SECONDS = 5.0
MAX_RISE = 1.2
MEMORY = 0.95
"""What a segment weighs in the moving average against the next one. Segments are done side by side and end in
bursts, so the average is of time and of segments, over more of them than a burst has."""


class TimeLeft:
    """Estimates from a moving average of the cost of a segment.

    The first figure comes after three segments or five seconds, and no update raises it by more than 20 %:
    a number that jumps about is worse than none.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._first: float | None = None
        self._last_done = 0.0
        self._last_time = self._started
        self._seconds, self._segments = 0.0, 0.0
        self._shown: float | None = None

    def update(self, done: float, total: float | None) -> float | None:
        """Tell how many segments are done.

        Args:
            done: segments done, counted from the start of the recording.
            total: segments of the recording, or None where that is unknown.

        Returns:
            Seconds left, or None while it is too early to say.
        """
        now = self._clock()
        if self._first is None:
            self._first, self._last_done, self._last_time = done, done, now
        if done > self._last_done:
            self._seconds = MEMORY * self._seconds + now - self._last_time
            self._segments = MEMORY * self._segments + done - self._last_done
            self._last_done, self._last_time = done, now
        too_early = done - self._first < MIN_SEGMENTS and now - self._started < MIN_SECONDS
        if not self._segments or total is None or too_early:
            return None
        estimate = self._seconds / self._segments * max(0.0, total - done)
        if self._shown is not None:
            estimate = min(estimate, self._shown * MAX_RISE)
        self._shown = estimate
        return estimate
