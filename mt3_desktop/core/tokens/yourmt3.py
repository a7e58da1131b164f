"""YourMT3's vocabulary, and what one of its 13 streams says about a segment.

Each decoder channel speaks of its own group of instruments; the program event in its stream decides, not the
channel's number. A stream is a tie section (what still sounds from the segment before) and events with times
that are counted from the start of the segment.

Source: YourMT3+ (Chang, Benetos, Kirchhoff, Dixon, MLSP 2024), task `mc13_full_plus_256`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mt3_desktop.core.tokens.codec import EOS_ID, Codec, EventKind, EventRange
from mt3_desktop.core.tokens.vocabulary import TICKS_PER_SECOND

SAMPLE_RATE = 16_000
SEGMENT_SAMPLES = 32_767
MAX_TOKENS = 256
"""Tokens of one channel in one segment."""

CHANNEL_NAMES = (
    "Piano", "Chromatic percussion", "Organ", "Guitar", "Bass", "Strings and ensemble", "Brass", "Reed",
    "Pipe", "Synth lead", "Synth pad", "Singing", "Drums",
)  # fmt: skip
N_CHANNELS = len(CHANNEL_NAMES)

SINGING, CHORUS = 100, 101
"""Programs that the model uses for voices; General MIDI has effects there."""

YOURMT3 = Codec(
    (
        EventRange(EventKind.SHIFT, 0, SEGMENT_SAMPLES * TICKS_PER_SECOND // SAMPLE_RATE + 1),
        EventRange(EventKind.PITCH, 0, 127),
        EventRange(EventKind.VELOCITY, 0, 1),
        EventRange(EventKind.TIE, 0, 0),
        EventRange(EventKind.PROGRAM, 0, 127),
        EventRange(EventKind.DRUM, 0, 127),
    )
)
assert YOURMT3.n_ids == 596


class TimedEvent(NamedTuple):
    """An onset or offset, in the order in which those of a channel take effect."""

    time: float  # seconds from the start of the recording
    is_drum: bool
    pitch: int
    velocity: int  # 1 for an onset, 0 for an offset
    program: int


class Held(NamedTuple):
    """What a tie names."""

    program: int
    pitch: int


@dataclass(frozen=True, slots=True)
class ChannelEvents:
    """What one stream says about one segment.

    Attributes:
        events: in the order of the stream.
        ties: what sounds on from the segment before.
        active: what sounds at the end of the segment, in order of onset.
        invalid: tokens that break a rule; each costs only itself, but a missing tie token costs the segment.
    """

    events: tuple[TimedEvent, ...] = ()
    ties: tuple[Held, ...] = ()
    active: tuple[Held, ...] = ()
    invalid: int = 0


def segment_start(index: int) -> float:
    """Start of a segment in seconds."""
    return SEGMENT_SAMPLES * index / SAMPLE_RATE


def start_tick(index: int) -> int:
    """Tick from which a segment's shifts count; halves are rounded to even."""
    return round(segment_start(index) * TICKS_PER_SECOND)


def read_stream(tokens: Sequence[int], index: int) -> ChannelEvents:
    """Read the tokens of one channel for segment `index`."""
    reader = _StreamReader(index)
    place = reader.read_ties(tokens)
    if place is None:
        return ChannelEvents(invalid=reader.invalid + 1)
    ties = tuple(reader.active)
    reader.read_events(tokens[place:])
    return ChannelEvents(tuple(reader.events), ties, tuple(reader.active), reader.invalid)


class _StreamReader:
    """What is in force while a stream is read."""

    def __init__(self, index: int) -> None:
        self.events: list[TimedEvent] = []
        self.active: list[Held] = []
        self.invalid = 0
        self._start = self._tick = start_tick(index)
        self._program: int | None = None
        self._velocity: int | None = None
        self._rules: dict[EventKind, Callable[[int], bool]] = {
            EventKind.SHIFT: self._on_shift,
            EventKind.PROGRAM: self._on_program,
            EventKind.VELOCITY: self._on_velocity,
            EventKind.PITCH: self._on_pitch,
            EventKind.DRUM: self._on_drum,
            EventKind.TIE: lambda _: False,
        }

    def read_ties(self, tokens: Sequence[int]) -> int | None:
        """Read up to the tie token; the place behind it, or None if there is none before the first shift.

        An EOS does not stop this: a stream may begin with one, see `Limits.earliest_end`.
        """
        for place, token in enumerate(tokens):
            event = YOURMT3.event(token)
            if event is None:
                continue
            if event.kind is EventKind.TIE:
                return place + 1
            if event.kind is EventKind.SHIFT:
                return None
            if event.kind is EventKind.PROGRAM:
                self._program = event.value
            elif event.kind is EventKind.PITCH and self._program is not None:
                self.active.append(Held(self._program, event.value))
            elif event.kind is EventKind.PITCH:
                self.invalid += 1
        return None

    def read_events(self, tokens: Sequence[int]) -> None:
        """Read what follows the tie token."""
        for token in tokens:
            if token == EOS_ID:
                return
            event = YOURMT3.event(token)
            if event is not None:
                self.invalid += not self._rules[event.kind](event.value)

    def _on_shift(self, ticks: int) -> bool:
        if ticks:
            self._tick = self._start + ticks
        return ticks > 0

    def _on_program(self, program: int) -> bool:
        self._program = program
        return True

    def _on_velocity(self, velocity: int) -> bool:
        self._velocity = velocity
        return True

    def _on_drum(self, pitch: int) -> bool:
        self._add(pitch, velocity=1, program=0, is_drum=True)
        return True

    def _on_pitch(self, pitch: int) -> bool:
        if self._program is None or self._velocity is None:
            return False
        held = Held(self._program, pitch)
        if self._velocity:
            self.active.append(held)
        elif held in self.active:
            self.active.remove(held)
        else:
            return False
        self._add(pitch, velocity=self._velocity, program=self._program, is_drum=False)
        return True

    def _add(self, pitch: int, *, velocity: int, program: int, is_drum: bool) -> None:
        time = self._tick / TICKS_PER_SECOND
        self.events.append(TimedEvent(time, is_drum, pitch, velocity, program))
