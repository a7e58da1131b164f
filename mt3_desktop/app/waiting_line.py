"""Jobs that wait for the worker: the window's thread puts them in order, the worker's takes them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from mt3_desktop.core.pipeline import Request
from mt3_desktop.core.progress import CancelToken


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One wish to have a job done; the same job, asked for again, is another one.

    Attributes:
        job_id: which job.
        request: what is to be done.
        cancel: stops it, whether it was taken or not.
    """

    job_id: int
    request: Request
    cancel: CancelToken = field(default_factory=CancelToken)

    def goes_with(self, other: Order) -> bool:
        """Whether the two are for the same model, so that they may be heard side by side."""
        mine, its = self.request, other.request
        return (mine.model, mine.device, mine.options) == (its.model, its.device, its.options)


class WaitingLine:
    """What waits, in order. May be used from both threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Order] = []
        self._taken: set[Order] = set()

    def put(self, orders: Iterable[Order]) -> None:
        """Have these wait, in this order, and no others; what was taken is not taken again."""
        with self._lock:
            self._waiting = [order for order in orders if order not in self._taken]

    def take(self, beside: Order | None = None) -> Order | None:
        """Take the first, or None where there is none.

        Args:
            beside: an order that is at work: the first is taken only if it goes with that.
        """
        with self._lock:
            if not self._waiting or (beside is not None and not self._waiting[0].goes_with(beside)):
                return None
            order = self._waiting.pop(0)
            self._taken.add(order)
            return order

    def forget(self, order: Order) -> None:
        """What was taken is done, and will not be put here again."""
        with self._lock:
            self._taken.discard(order)
