"""Runs: jobs in the worker, and how fast it goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from mt3_desktop.app.time_left import TimeLeft
from mt3_desktop.app.waiting_line import Order

LEAST_SECONDS = 1.0
"""Of listening: before, a pace would say more about the first segment than about the song."""


@dataclass(slots=True, eq=False)
class Run:
    """A job in the worker.

    Attributes:
        order: which job, and what stops it.
        started: when it began, by the monotonic clock.
        time_left: estimates the rest.
        heard_before: seconds that were heard in earlier runs; None as long as the model is not at it.
        listening_since: when the model began with it, by the clock of the throughput.
    """

    order: Order
    started: float = field(default_factory=time.monotonic)
    time_left: TimeLeft = field(default_factory=TimeLeft)
    heard_before: float | None = None
    listening_since: float = 0.0

    @property
    def job_id(self) -> int:
        """The job."""
        return self.order.job_id

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.started


class Throughput:
    """Seconds of sound per second of listening. Songs heard side by side are measured as one: neither's own
    time says how fast the model is.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = 0.0
        self._heard = 0.0
        self._n_listening = 0

    def begin(self, run: Run, heard_until: float) -> None:
        """The model is loaded, and begins with a song: the first call for a run counts."""
        if run.heard_before is not None:
            return
        run.heard_before, run.listening_since = heard_until, self._clock()
        if self._n_listening == 0:
            self._since, self._heard = self._clock(), 0.0
        self._n_listening += 1

    def pace(self, run: Run, heard_until: float) -> float | None:
        """How fast a run goes so far; None while it is too early to say.

        Args:
            run: which.
            heard_until: seconds heard by now.
        """
        if run.heard_before is None or heard_until <= run.heard_before:
            return None
        listening = self._clock() - run.listening_since
        return (heard_until - run.heard_before) / listening if listening >= LEAST_SECONDS else None

    def end(self, run: Run, heard_until: float) -> float | None:
        """A run has ended.

        Returns:
            The speed, with the last of the songs that were heard together; None before, and where nothing
            was heard.
        """
        if run.heard_before is None:
            return None
        self._heard += max(0.0, heard_until - run.heard_before)
        self._n_listening -= 1
        if self._n_listening or not self._heard:
            return None
        return self._heard / max(self._clock() - self._since, 1e-6)
