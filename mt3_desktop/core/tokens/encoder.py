"""Notes to event streams, as the models were trained on them: for tests and training.

Source: Gardner et al., MT3 (ICLR 2022), section 3.2; oddities of the original program are kept, because the
weights have learned them: a state is noted only before events, so segments behind the last event still list
the notes that the last step ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from mt3_desktop.core.tokens.codec import EOS_ID, Codec, Event, EventKind
from mt3_desktop.core.tokens.vocabulary import MAX_SHIFT_TICKS, TICKS_PER_SECOND
from mt3_desktop.core.values import Note


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """The frames of a recording.

    Attributes:
        n_frames: frames in the whole recording.
        frames_per_second: a whole number, as 125.
    """

    n_frames: int
    frames_per_second: int

    def tick(self, frame: int) -> int:
        """The tick at or before a frame's start."""
        return frame * TICKS_PER_SECOND // self.frames_per_second


class _Change(NamedTuple):
    """A note begins or ends; `sounding` is what sounded before, as (program, pitch) in ascending order."""

    tick: int
    pitch: int
    velocity: int
    program: int
    is_drum: bool
    sounding: tuple[tuple[int, int], ...]


def encode(
    notes: Iterable[Note], *, codec: Codec, grid: FrameGrid, segments: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, ...]]:
    """The ids of segments of a recording.

    Args:
        notes: the notes; drums have no ends.
        codec: vocabulary with one velocity.
        grid: frames of the recording.
        segments: first frame and number of frames of each segment.

    Yields:
        Ids of each segment, EOS at the end.

    Raises:
        ValueError: if there are no notes: then no state is known that a segment could begin with.
    """
    changes = _changes(notes)
    if not changes:
        raise ValueError("a recording without notes has no event stream")
    for first, count in segments:
        end = first + count
        start_tick = grid.tick(first)
        end_tick = grid.tick(end) if end < grid.n_frames else None
        writer = _Writer(start_tick)
        writer.state(_state_at(changes, start_tick))
        for change in changes:
            if change.tick >= start_tick and (end_tick is None or change.tick < end_tick):
                writer.change(change)
        yield (*(codec.token_id(*event) for event in writer.events), EOS_ID)


def trim_overlaps(notes: Iterable[Note]) -> list[Note]:
    """End every note where the next of its pitch and instrument begins; notes left without length vanish."""
    groups: dict[tuple[int, int, bool], list[Note]] = {}
    for note in sorted(notes, key=lambda note: note.onset):
        groups.setdefault((note.pitch, note.program, note.is_drum), []).append(note)
    trimmed: list[Note] = []
    for group in groups.values():
        for note, following in zip(group, [*group[1:], None], strict=True):
            offset = note.offset if following is None else min(note.offset, following.onset)
            if offset > note.onset:
                trimmed.append(replace(note, offset=offset))
    return trimmed


def _changes(notes: Iterable[Note]) -> list[_Change]:
    """Ends and beginnings by time; at one time ends come first, then in order of program and pitch."""
    ordered = sorted(notes, key=lambda note: (note.is_drum, note.program, note.pitch))
    ends = [(note.offset, 0, note) for note in ordered if not note.is_drum]
    beginnings = [(note.onset, int(note.velocity > 0), note) for note in ordered]
    sounding: dict[tuple[int, int], int] = {}
    changes: list[_Change] = []
    # Sorted by the exact time: an end and a beginning in one tick keep their order.
    for time, velocity, note in sorted(ends + beginnings, key=lambda change: change[0]):
        tick = round(time * TICKS_PER_SECOND)
        state = tuple(sorted(key for key, last in sounding.items() if last > 0))
        changes.append(_Change(tick, note.pitch, velocity, note.program, note.is_drum, state))
        if not note.is_drum:
            sounding[note.program, note.pitch] = velocity
    return changes


def _state_at(changes: Sequence[_Change], tick: int) -> tuple[tuple[int, int], ...]:
    """What sounds before the first change from a tick on; behind them all, before the last tick's first."""
    last_tick = changes[-1].tick
    return next(change.sounding for change in changes if change.tick >= min(tick, last_tick))


class _Writer:
    """Writes one segment: absolute shifts, and no program or velocity twice."""

    def __init__(self, start_tick: int) -> None:
        self.events: list[Event] = []
        self._start_tick = start_tick
        self._tick = start_tick
        self._program: int | None = None
        self._velocity: int | None = None

    def state(self, sounding: Iterable[tuple[int, int]]) -> None:
        """The list of notes that go on, and its end."""
        for program, pitch in sounding:
            self._write_program(program)
            self.events.append(Event(EventKind.PITCH, pitch))
        self.events.append(Event(EventKind.TIE, 0))

    def change(self, change: _Change) -> None:
        """A beginning or an end."""
        if change.tick != self._tick:
            self._tick = change.tick
            repeats, rest = divmod(change.tick - self._start_tick, MAX_SHIFT_TICKS)
            self.events.extend([Event(EventKind.SHIFT, MAX_SHIFT_TICKS)] * repeats)
            if rest:
                self.events.append(Event(EventKind.SHIFT, rest))
        if not change.is_drum:
            self._write_program(change.program)
        if change.velocity != self._velocity:
            self._velocity = change.velocity
            self.events.append(Event(EventKind.VELOCITY, change.velocity))
        self.events.append(Event(EventKind.DRUM if change.is_drum else EventKind.PITCH, change.pitch))

    def _write_program(self, program: int) -> None:
        if program != self._program:
            self._program = program
            self.events.append(Event(EventKind.PROGRAM, program))
