"""How 13 streams per segment become the notes of one recording.

`NoteMixer` takes the segments in order and gives out each note as soon as nothing that follows can change it.

Source: YourMT3+ (Chang, Benetos, Kirchhoff, Dixon, MLSP 2024).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from mt3_desktop.core.tokens.vocabulary import TICKS_PER_SECOND
from mt3_desktop.core.tokens.yourmt3 import (
    CHORUS,
    N_CHANNELS,
    SINGING,
    ChannelEvents,
    Held,
    TimedEvent,
    read_stream,
    segment_start,
    start_tick,
)
from mt3_desktop.core.values import Note, sort_key

MIN_SECONDS = 1 / TICKS_PER_SECOND  # also the length of a drum note
LONG_SECONDS = 10.0
NOTE_VELOCITY = 100  # the model hears no dynamics
VOICE_OOHS, CHOIR_AAHS = 53, 52


_GM_VOICES = MappingProxyType({SINGING: VOICE_OOHS, CHORUS: CHOIR_AAHS})


@dataclass(frozen=True, slots=True)
class NoteRules:
    """Where one may wish to differ from the published program.

    Attributes:
        closes_at_end: a note that still sounds when the recording ends lasts until then; otherwise it becomes
            one tick long.
        keeps_long_notes: a note of more than ten seconds stays; otherwise it becomes one tick long.
        closes_border_notes: a note that starts in the last tick of a segment and is not continued is one tick
            long; otherwise it sounds until the same note starts again.
        voices: the model's programs for singers, which are effects in General MIDI → what stands for them.
        voices_are_mixed: a singer and what stands for one are the same instrument, which plays a pitch once
            at a time; otherwise the names are changed at the very end.
    """

    closes_at_end: bool = True
    keeps_long_notes: bool = True
    closes_border_notes: bool = True
    voices: Mapping[int, int] = field(default_factory=lambda: _GM_VOICES)
    voices_are_mixed: bool = True


PUBLISHED = NoteRules(
    closes_at_end=False,
    keeps_long_notes=False,
    closes_border_notes=False,
    voices_are_mixed=False,
)
"""What the published program does, to the note; singers go by their names in General MIDI."""


class _Key(NamedTuple):
    """What can sound only once at a time."""

    is_drum: bool
    program: int
    pitch: int


class _Span(NamedTuple):
    key: _Key
    onset: float
    offset: float


class _Channel:
    """Follows the notes of one channel over the segments."""

    def __init__(self, rules: NoteRules, *, resumes: bool) -> None:
        self._rules = rules
        self._resumes = resumes
        self._active: tuple[Held, ...] = ()
        self._waiting: list[TimedEvent] = []  # events that the next segment may still precede
        self.open: dict[_Key, float] = {}
        self.onsets: list[tuple[_Key, float]] = []

    def feed(self, segment: ChannelEvents, index: int, horizon: float) -> Iterable[_Span]:
        """Walk all events before `horizon`; what they close."""
        start = segment_start(index)
        ended = [held for held in self._active if held not in segment.ties]
        forced = [TimedEvent(self._end_of(held, start), False, held.pitch, 0, held.program) for held in ended]
        events = sorted((*self._waiting, *forced, *segment.events))
        if self._resumes:
            self._resumes = False
            events[:0] = [TimedEvent(start, False, held.pitch, 1, held.program) for held in segment.ties]
        count = bisect_right(events, horizon, key=lambda event: event.time)
        self._active, self._waiting = segment.active, events[count:]
        return [span for event in events[:count] for span in self._walk(event)]

    def finish(self, end: float) -> Iterable[_Span]:
        """Walk what is left, and close everything at `end` seconds."""
        spans = [span for event in self._waiting for span in self._walk(event)]
        end = end if self._rules.closes_at_end else 0.0
        spans += [_Span(key, onset, max(end, onset + MIN_SECONDS)) for key, onset in self.open.items()]
        self.open, self._waiting = {}, []
        return spans

    def _end_of(self, held: Held, start: float) -> float:
        """When a note that the tie part leaves out ends."""
        late = [
            event.time + MIN_SECONDS
            for event in self._waiting
            if event.velocity and not event.is_drum and (event.program, event.pitch) == held
        ]
        return max(late, default=start) if self._rules.closes_border_notes else start

    def _walk(self, event: TimedEvent) -> Iterable[_Span]:
        voices = self._rules.voices if self._rules.voices_are_mixed else {}
        key = _Key(event.is_drum, voices.get(event.program, event.program), event.pitch)
        if event.is_drum:
            self.onsets.append((key, event.time))
            yield _Span(key, event.time, event.time + MIN_SECONDS)
            return
        if key in self.open:
            yield _Span(key, self.open.pop(key), event.time)
        if event.velocity:
            self.open[key] = event.time
            self.onsets.append((key, event.time))


@dataclass(frozen=True, slots=True)
class MixedSegment:
    """What became known with one more segment.

    Attributes:
        notes: final notes that are new, in the order of `sort_key`.
        sounding: notes that are not yet final, ending for now at the end of the segment.
        invalid: tokens that broke a rule.
    """

    notes: tuple[Note, ...]
    sounding: tuple[Note, ...]
    invalid: int


class NoteMixer:
    """Makes one list of notes from the channels' streams, segment by segment.

    Where two channels hear the same note of the same program, the earlier one ends when the later one starts;
    of two with the same onset the longer one stays.
    """

    def __init__(self, *, rules: NoteRules, resumes: bool = False, n_channels: int = N_CHANNELS) -> None:
        """An empty mixer.

        Args:
            rules: where to differ from the published program.
            resumes: the first segment to come is not the first of the recording; what its tie sections name
                begins with it.
            n_channels: streams per segment.
        """
        self._rules = rules
        self._channels = [_Channel(rules, resumes=resumes) for _ in range(n_channels)]
        self._closed: dict[tuple[_Key, float], float] = {}  # (key, onset) → offset, not yet given out
        self._onsets: defaultdict[_Key, list[float]] = defaultdict(list)

    def feed(self, streams: Sequence[Sequence[int]], index: int) -> MixedSegment:
        """Take the tokens of segment `index`, which follows the one fed before.

        Args:
            streams: one sequence of tokens per channel.
            index: number of the segment in the recording.
        """
        # Nothing that follows lies before both the exact and the rounded start of the next segment.
        horizon = min(segment_start(index + 1), start_tick(index + 1) / TICKS_PER_SECOND)
        before = horizon - MIN_SECONDS / 4  # events are on ticks, and an event on the horizon is still open
        invalid = 0
        for channel, tokens in zip(self._channels, streams, strict=True):
            segment = read_stream(tokens, index)
            invalid += segment.invalid
            self._collect(channel, channel.feed(segment, index, before))
        notes = self._give_out(before)
        return MixedSegment(notes, self._sounding(segment_start(index + 1)), invalid)

    def finish(self, end: float) -> tuple[Note, ...]:
        """The notes that are left when the recording ends after `end` seconds."""
        for channel in self._channels:
            self._collect(channel, channel.finish(end))
        return self._give_out(float("inf"))

    def _collect(self, channel: _Channel, spans: Iterable[_Span]) -> None:
        for key, onset, offset in spans:
            is_too_long = offset - onset > LONG_SECONDS and not self._rules.keeps_long_notes
            shortest = onset + MIN_SECONDS
            end = shortest if is_too_long or offset - onset < MIN_SECONDS else offset
            self._closed[key, onset] = max(end, self._closed.get((key, onset), end))
        for key, onset in channel.onsets:
            insort(self._onsets[key], onset)
        channel.onsets.clear()

    def _give_out(self, horizon: float) -> tuple[Note, ...]:
        """Take the notes that nothing can change any more."""
        still_open = {pair for channel in self._channels for pair in channel.open.items()}
        final = [
            pair for pair, offset in self._closed.items() if offset <= horizon and pair not in still_open
        ]
        notes = [self._note(key, onset, self._closed.pop((key, onset))) for key, onset in final]
        needed = {key for key, _ in self._closed} | {key for key, _ in still_open}
        for key in [key for key in self._onsets if key not in needed]:
            del self._onsets[key]
        return tuple(sorted(notes, key=sort_key))

    def _note(self, key: _Key, onset: float, offset: float) -> Note:
        later = self._onsets[key]
        place = bisect_right(later, onset)
        if place < len(later):
            offset = min(offset, later[place])
        if not key.is_drum and offset - onset < MIN_SECONDS:
            offset = onset + MIN_SECONDS
        program = self._rules.voices.get(key.program, key.program)
        return Note(onset, offset, key.pitch, NOTE_VELOCITY, program, key.is_drum)

    def _sounding(self, end: float) -> tuple[Note, ...]:
        spans = dict(self._closed)
        for channel in self._channels:
            for pair in channel.open.items():
                spans[pair] = max(end, pair[1] + MIN_SECONDS)
        notes = [self._note(key, onset, offset) for (key, onset), offset in spans.items()]
        return tuple(sorted(notes, key=sort_key))
