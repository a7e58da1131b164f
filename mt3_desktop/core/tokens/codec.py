"""Ids of a model's output and the events they stand for.

A vocabulary is a row of ranges behind a few special ids: each range is a kind of event with consecutive
values.

Source: Gardner et al., MT3 (ICLR 2022), section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

PAD_ID, EOS_ID, UNK_ID = 0, 1, 2
N_SPECIAL = 3


class EventKind(Enum):
    """What an event says."""

    SHIFT = "shift"  # time, in ticks from the start of the segment
    PITCH = "pitch"  # a note of this pitch begins, ends or goes on
    VELOCITY = "velocity"  # whether the pitches that follow begin (1) or end (0)
    TIE = "tie"  # the list of notes that go on is complete
    PROGRAM = "program"  # instrument of the pitches that follow
    DRUM = "drum"  # a drum is struck


class Event(NamedTuple):
    """One event: its kind and value."""

    kind: EventKind
    value: int


class EventRange(NamedTuple):
    """Consecutive values of one kind of event; both ends belong to it."""

    kind: EventKind
    first: int
    last: int


class Codec:
    """Ids ↔ events of one vocabulary.

    Attributes:
        ranges: the ranges in the order of their ids.
        n_ids: special ids and those of all ranges; higher ones mean nothing.
    """

    def __init__(self, ranges: Sequence[EventRange]) -> None:
        self.ranges = tuple(ranges)
        events = [Event(r.kind, value) for r in self.ranges for value in range(r.first, r.last + 1)]
        self._events: tuple[Event | None, ...] = (*[None] * N_SPECIAL, *events)
        self._ids = {event: N_SPECIAL + index for index, event in enumerate(events)}
        self.n_ids = len(self._events)

    def event(self, token_id: int) -> Event | None:
        """The event of an id, or None for special and meaningless ones."""
        return self._events[token_id] if 0 <= token_id < self.n_ids else None

    def token_id(self, kind: EventKind, value: int) -> int:
        """The id of an event.

        Raises:
            ValueError: if the vocabulary has no such event.
        """
        try:
            return self._ids[Event(kind, value)]
        except KeyError:
            raise ValueError(f"no event {kind.value} {value} in this vocabulary") from None

    def last_value(self, kind: EventKind) -> int:
        """The largest value of a kind of event."""
        return next(r.last for r in self.ranges if r.kind is kind)
