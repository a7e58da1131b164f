"""Progress up, cancellation down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """What a job is doing now; each stage has its own unit."""

    FETCH = "fetch"
    VERIFY = "verify"
    LOAD = "load"
    READ = "read"
    TRANSCRIBE = "transcribe"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come.

    Attributes:
        stage: the stage.
        done: amount done, in `unit`.
        total: amount in all, or None where it is unknown.
        unit: "bytes", "segments" or "seconds".
        note: a few words about what is being done, for example a mirror's name.
    """

    stage: Stage
    done: float = 0.0
    total: float | None = None
    unit: str = ""
    note: str = ""

    @property
    def fraction(self) -> float | None:
        """Share done, 0-1, or None where the total is unknown."""
        if not self.total:
            return None
        return min(1.0, self.done / self.total)


Report = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """A report that nobody reads."""


def every(seconds: float, report: Report, *, clock: Callable[[], float] = time.monotonic) -> Report:
    """A report that passes on at most one progress per `seconds`.

    The first and the last progress of each stage always pass, so nothing ends at 98 %, and so does the first
    one that knows the total.
    """
    last_time = -float("inf")
    last_kind: tuple[Stage, bool] | None = None

    def limited(progress: Progress) -> None:
        nonlocal last_time, last_kind
        now = clock()
        is_last = progress.total is not None and progress.done >= progress.total
        kind = (progress.stage, progress.total is not None)
        if kind == last_kind and not is_last and now - last_time < seconds:
            return
        last_time, last_kind = now, kind
        report(progress)

    return limited


class Cancelled(Exception):
    """The user asked to stop. Not an `MT3Error`, so no error handler can mistake it for one."""


class CancelToken:
    """A wish to stop, set in one thread and read in another."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._wakers: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Ask for the work to stop at its next check, and wake what waits in `waking`."""
        with self._lock:
            self._event.set()
            wakers = tuple(self._wakers)
        for wake in wakers:
            wake()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if `cancel` was called.

        Raises:
            Cancelled: after `cancel`.
        """
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleep up to `seconds`, but wake at once when cancelled.

        Raises:
            Cancelled: after `cancel`.
        """
        if self._event.wait(seconds):
            raise Cancelled

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Within the block, `cancel` also calls `wake`, once, in the thread that cancels.

        For work that sits in a call which cannot look at the token, such as a read from a silent server.

        Args:
            wake: ends that call; must not block or raise, and may come at any moment of the block.

        Raises:
            Cancelled: if `cancel` was called already.
        """
        with self._lock:
            is_late = self._event.is_set()
            if not is_late:
                self._wakers.append(wake)
        if is_late:
            raise Cancelled
        try:
            yield
        finally:
            with self._lock:
                self._wakers.remove(wake)


def clock(seconds: float) -> str:
    """A time as users read it: "1:52", or "1:02:07" from an hour on; fractions are cut off."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
