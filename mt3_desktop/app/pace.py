"""How fast bytes come, and how long the rest will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 8.0
MIN_SECONDS = 1.5


class Pace:
    """A moving average over the last seconds: steady enough to read, quick enough to believe."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque()

    def update(self, done: float) -> float | None:
        """Tell how much is done.

        Args:
            done: bytes so far; less than before means a new start.

        Returns:
            Bytes per second, or None while it is too early to say.
        """
        now = self._clock()
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= WINDOW_SECONDS:
            self._seen.popleft()
        start, at_start = self._seen[0]
        if now - start < MIN_SECONDS:
            return None
        return (done - at_start) / (now - start)


def seconds_left(done: float, total: float, bytes_per_second: float | None) -> float | None:
    """How long the rest takes at this pace, or None where nobody can tell."""
    if not bytes_per_second or bytes_per_second <= 0:
        return None
    return max(0.0, total - done) / bytes_per_second
