"""A run: one job in the worker, and how fast it goes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mt3_desktop.app.time_left import TimeLeft
from mt3_desktop.core.progress import CancelToken


@dataclass(slots=True)
class Run:
    """The job in the worker.

    Attributes:
        job_id: which.
        cancel: stops it.
        started: when it began, by the monotonic clock.
        time_left: estimates the rest.
        listens_since: when the model began to listen, or None as long as it is loaded.
        heard_before: seconds that were heard in earlier runs.
    """

    job_id: int
    cancel: CancelToken
    started: float
    time_left: TimeLeft
    listens_since: float | None = None
    heard_before: float = 0.0

    def begin_listening(self, heard_until: float) -> None:
        """The model is loaded, and begins: the first call counts."""
        if self.listens_since is None:
            self.listens_since, self.heard_before = time.monotonic(), heard_until

    def speed(self, heard_until: float) -> float | None:
        """Seconds of sound per second of listening so far; None where there was nothing to measure."""
        if self.listens_since is None or heard_until <= self.heard_before:
            return None
        return (heard_until - self.heard_before) / max(time.monotonic() - self.listens_since, 1e-6)
