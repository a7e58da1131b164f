"""Greedy decoding of many rows at once: a window whose places are refilled as rows finish.

A row is one sequence to decode: a segment, or one channel of a segment. The window opens with the rows that
the first notes need, so that these come early, and widens when they are done. What a network does with its
rows is behind `RowBatch`; this file knows only ids, places and who is next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from mt3_desktop.core.progress import CancelToken

K = TypeVar("K")


class RowBatch(Protocol):
    """The rows in flight, at places 0 … n - 1."""

    def __len__(self) -> int:
        """Rows in flight."""
        ...

    def admissible(self) -> int:
        """How many more rows fit into the memory that is set aside, if all grow to a usual length."""
        ...

    def surplus(self) -> int:
        """How many of the youngest rows must go before the next step, because others grew unusually long."""
        ...

    def admit(self, encoded: Tensor) -> None:
        """Put rows behind the present ones.

        Args:
            encoded: (rows, T, D) encoder outputs.
        """
        ...

    def remove(self, place: int) -> None:
        """Take a row out; the last one moves into its place."""
        ...

    def advance(self, ids: Tensor) -> Tensor:
        """Feed one id to every row and take the likeliest next, once or several times.

        Args:
            ids: (n,) int64, on the host: the last id of every row.

        Returns:
            (steps, n) int64, on the host: the ids that follow, each fed in its turn but the last.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a row starts and ends.

    Attributes:
        max_ids: ids of a row at most, the start not counted.
        start_id: what is fed first.
        eos_id: the id that ends a row.
        earliest_end: place of the first id that may end a row; an `eos_id` before it is an id like others.
    """

    max_ids: int
    start_id: int = 0
    eos_id: int = 1
    earliest_end: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """How many rows are decoded together.

    Attributes:
        rows: at most.
        opening: at most until the first so many rows are done: those that the first notes need.
    """

    rows: int
    opening: int

    @classmethod
    def for_device(cls, device: torch.device, *, n_rows: int | None = None, needed: int = 1) -> Window:
        """The window for a device and a recording.

        Wider windows bring nothing: 32 rows are within 8 % of 88 on a processor, and on a graphics card a
        step costs the same for 1 and for 96 rows. Opening with few rows costs about as much as the first
        segment alone, 3 % of three minutes but 15 % of half a minute: a recording that fits into one window
        is decoded at once.

        Args:
            device: where it computes.
            n_rows: rows of the recording, if known.
            needed: rows that the first notes need.
        """
        rows = 32 if device.type == "cpu" else 96
        is_long = n_rows is None or n_rows > rows
        return cls(rows, opening=needed if is_long and device.type == "cpu" else rows)


@dataclass(frozen=True, slots=True, eq=False)
class Row(Generic[K]):
    """A sequence to decode.

    Attributes:
        key: whose it is; returned with the ids.
        encoded: (T, D) encoder output.
        cancel: takes this row alone out, as soon as it is cancelled.
    """

    key: K
    encoded: Tensor
    cancel: CancelToken = field(default_factory=CancelToken)


@dataclass(frozen=True, slots=True)
class Decoded(Generic[K]):
    """A row that is done with: its key and ids, without the start and with the end if it came.

    Attributes:
        key: whose it was.
        ids: what was decoded; the first part of it if the row was cut off.
        is_cut: whether the row was taken out by its own token.
    """

    key: K
    ids: tuple[int, ...]
    is_cut: bool = False


@dataclass(slots=True, eq=False)
class _Flight(Generic[K]):
    """A row in flight."""

    row: Row[K]
    last_id: int
    is_opening: bool = False
    ids: list[int] = field(default_factory=list)

    def take(self, new_id: int, limits: Limits) -> bool:
        """Append an id; whether the row is done."""
        self.ids.append(new_id)
        self.last_id = new_id
        n = len(self.ids)
        return n >= limits.max_ids or (new_id == limits.eos_id and n > limits.earliest_end)


class _Queue(Generic[K]):
    """Rows not yet in flight: those sent back first, then new ones, taken from the iterator when needed."""

    def __init__(self, rows: Iterator[Row[K] | None]) -> None:
        self._rows = rows
        self._returned: deque[Row[K]] = deque()

    def take(self, count: int) -> list[Row[K]]:
        """Up to `count` rows."""
        taken: list[Row[K]] = []
        while len(taken) < count:
            row = self._returned.popleft() if self._returned else next(self._rows, None)
            if row is None:
                break
            taken.append(row)
        return taken

    def give_back(self, row: Row[K]) -> None:
        """Put a row in front of all others."""
        self._returned.appendleft(row)


def greedy(
    batch: RowBatch, rows: Iterator[Row[K] | None], *, limits: Limits, window: Window
) -> Iterator[Decoded[K]]:
    """Decode rows, taking the likeliest id at every step.

    Rows do not influence one another: any window gives the same ids.

    Args:
        batch: an empty batch of the network.
        rows: what to decode; drawn from only when there is a place. All have the same T. None where there
            is no row for now: as long as others are in flight it is asked again at every step.
        limits: where rows start and end.
        window: how many at once.

    Yields:
        The rows in the order in which they finish, or are cut off: their tokens are looked at before every
        step.
    """
    queue = _Queue(rows)
    flights: list[_Flight[K]] = []
    opening = min(window.opening, batch.admissible())
    _admit(batch, flights, queue.take(opening), limits, is_opening=True)
    while True:
        _send_back(batch, flights, queue)
        allowed = window.opening if any(flight.is_opening for flight in flights) else window.rows
        _admit(batch, flights, queue.take(min(allowed - len(flights), batch.admissible())), limits)
        if not flights:
            return
        if any(flight.row.cancel.is_cancelled for flight in flights):
            yield from _cut(batch, flights)
            continue
        drawn = batch.advance(torch.tensor([flight.last_id for flight in flights])).tolist()
        for place in reversed(_hand_out(flights, drawn, limits)):
            finished = _take_out(batch, flights, place)
            yield Decoded(finished.row.key, tuple(finished.ids))


def _send_back(batch: RowBatch, flights: list[_Flight[K]], queue: _Queue[K]) -> None:
    """Make room for rows that grew unusually long: the youngest start again later."""
    for _ in range(batch.surplus()):
        place = min(range(len(flights)), key=lambda i: len(flights[i].ids))
        queue.give_back(_take_out(batch, flights, place).row)


def _take_out(batch: RowBatch, flights: list[_Flight[K]], place: int) -> _Flight[K]:
    """Remove a row; the last one moves into its place."""
    batch.remove(place)
    flights[place], flight = flights[-1], flights[place]
    flights.pop()
    return flight


def _cut(batch: RowBatch, flights: list[_Flight[K]]) -> Iterator[Decoded[K]]:
    """Take the rows out whose own token is cancelled."""
    places = [place for place, flight in enumerate(flights) if flight.row.cancel.is_cancelled]
    for flight in [_take_out(batch, flights, place) for place in reversed(places)]:
        yield Decoded(flight.row.key, tuple(flight.ids), is_cut=True)


def _admit(
    batch: RowBatch,
    flights: list[_Flight[K]],
    newcomers: list[Row[K]],
    limits: Limits,
    *,
    is_opening: bool = False,
) -> None:
    if newcomers:
        batch.admit(torch.stack([row.encoded for row in newcomers]))
        flights.extend(_Flight(row, limits.start_id, is_opening) for row in newcomers)


def _hand_out(flights: list[_Flight[K]], drawn: list[list[int]], limits: Limits) -> list[int]:
    """Give every row its new ids, up to its end.

    Returns:
        The places of the rows that are done, ascending.
    """
    done: set[int] = set()
    for ids in drawn:
        for place, (flight, new_id) in enumerate(zip(flights, ids, strict=True)):
            if place not in done and flight.take(new_id, limits):
                done.add(place)
    return sorted(done)
