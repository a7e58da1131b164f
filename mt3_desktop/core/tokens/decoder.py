"""Event streams to notes, with notes that are tied over segment borders.

Everything is counted in ticks of 10 ms; events that break a rule are counted, never raised.

Source: Gardner et al., MT3 (ICLR 2022), section 3.2 and appendix B.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mt3_desktop.core.tokens.codec import EOS_ID, Codec, EventKind
from mt3_desktop.core.tokens.vocabulary import TICKS_PER_SECOND
from mt3_desktop.core.values import Note

MIN_DURATION_TICKS = 1
FIRST_VELOCITY = 100  # before the first velocity event
MAX_VELOCITY = 127


@dataclass(frozen=True, slots=True)
class SegmentEvents:
    """What one segment's events told.

    Attributes:
        notes: notes that ended, in the order in which they did.
        invalid: events that broke a rule.
        dropped: events that lay beyond the start of the next segment.
    """

    notes: tuple[Note, ...]
    invalid: int
    dropped: int


class NoteDecoder:
    """The notes of one recording, from its segments in order of time.

    Time, velocity, program and the sounding notes live on from segment to segment.
    """

    def __init__(self, codec: Codec, *, resumes: bool = False) -> None:
        """Before the first segment.

        Args:
            codec: vocabulary.
            resumes: the first segment fed is not the recording's first. Its tie section then names notes that
                began before it: they start with the segment, for the caller to join to what it has.
        """
        self._codec = codec
        self._adopts = resumes
        self._now = 0
        self._velocity = FIRST_VELOCITY
        self._program = 0
        self._sounding: dict[tuple[int, int], tuple[int, int]] = {}  # (pitch, program) → (onset, velocity)
        self._tied: set[tuple[int, int]] = set()
        self._in_tie_section = False
        self._ended: list[Note] = []
        self._rules: dict[EventKind, Callable[[int], bool]] = {
            EventKind.VELOCITY: self._on_velocity,
            EventKind.PROGRAM: self._on_program,
            EventKind.TIE: self._on_tie,
            EventKind.PITCH: self._on_pitch,
            EventKind.DRUM: self._on_drum,
        }

    def feed(self, ids: Sequence[int], *, start: int, limit: int | None) -> SegmentEvents:
        """Take in a segment.

        Args:
            ids: the model's ids; the first EOS and all after it are cut off.
            start: tick of the segment's start.
            limit: tick of the next segment's start; later events are dropped. None for the last segment.
        """
        self._tied.clear()
        self._in_tie_section = True
        self._ended = []
        told = self._read(ids, start, limit)
        self._adopts = False
        return told

    def sounding(self, until: int) -> tuple[Note, ...]:
        """The notes that have not ended, drawn up to a tick, or just visible if they start there or later."""
        return tuple(self._note(key, *rest, until) for key, rest in self._sounding.items())

    def finish(self) -> tuple[Note, ...]:
        """End what still sounds: at the last event, and not before any of these notes has had its minimum."""
        for onset, _ in self._sounding.values():
            self._now = max(self._now, onset + MIN_DURATION_TICKS)
        self._ended = []
        self._end(tuple(self._sounding))
        return tuple(self._ended)

    def _read(self, ids: Sequence[int], start: int, limit: int | None) -> SegmentEvents:
        used = _before_eos(ids)
        steps, time, invalid = 0, start, 0
        for place, token_id in enumerate(used):
            event = self._codec.event(token_id)
            if event is None:
                invalid += 1
            elif event.kind is EventKind.SHIFT:
                steps += event.value
                time = start + steps
                if limit is not None and time > limit:
                    return SegmentEvents(tuple(self._ended), invalid, len(used) - place)
            else:
                steps = 0
                invalid += not self._take(event.kind, event.value, time)
        return SegmentEvents(tuple(self._ended), invalid, 0)

    def _take(self, kind: EventKind, value: int, time: int) -> bool:
        """Apply an event; whether it was valid."""
        if time < self._now:
            return False
        self._now = time
        return self._rules[kind](value)

    def _on_velocity(self, value: int) -> bool:
        self._velocity = value * MAX_VELOCITY // self._codec.last_value(EventKind.VELOCITY)
        return True

    def _on_program(self, value: int) -> bool:
        self._program = value
        return True

    def _on_tie(self, _value: int) -> bool:
        if not self._in_tie_section:
            return False
        self._in_tie_section = False
        self._end(tuple(key for key in self._sounding if key not in self._tied))
        return True

    def _on_pitch(self, pitch: int) -> bool:
        key = (pitch, self._program)
        if self._in_tie_section:
            if self._adopts and key not in self._sounding:
                self._sounding[key] = (self._now, MAX_VELOCITY)
            is_valid = key in self._sounding and key not in self._tied
            self._tied.add(key)
            return is_valid
        if self._velocity == 0 and key not in self._sounding:
            return False
        if key in self._sounding:
            self._end((key,))
        if self._velocity > 0:
            self._sounding[key] = (self._now, self._velocity)
        return True

    def _on_drum(self, pitch: int) -> bool:
        if self._velocity == 0:
            return False
        onset, offset = self._now, self._now + MIN_DURATION_TICKS
        self._ended.append(
            Note(_seconds(onset), _seconds(offset), pitch, self._velocity, program=0, is_drum=True)
        )
        return True

    def _end(self, keys: Iterable[tuple[int, int]]) -> None:
        for key in keys:
            self._ended.append(self._note(key, *self._sounding.pop(key), self._now))

    @staticmethod
    def _note(key: tuple[int, int], onset: int, velocity: int, end: int) -> Note:
        pitch, program = key
        offset = max(end, onset + MIN_DURATION_TICKS)
        return Note(_seconds(onset), _seconds(offset), pitch, velocity, program)


def _before_eos(ids: Sequence[int]) -> Sequence[int]:
    return ids[: ids.index(EOS_ID)] if EOS_ID in ids else ids


def _seconds(tick: int) -> float:
    return tick / TICKS_PER_SECOND
