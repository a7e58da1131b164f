"""Token models: a recording's segments to event streams to notes, in order of time.

What the MT3-like families share: slicing the sound, putting segments of one or several recordings that finish
in any order back into the order of time, computing silence once, and one reader of notes per recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mt3_desktop.core.model import Ending, Heard, Hearing
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.specs import ModelSpec
from mt3_desktop.core.tokens.decoder import NoteDecoder
from mt3_desktop.core.tokens.vocabulary import MT3, segment_start_tick
from mt3_desktop.core.values import AudioClip, FloatArray, Note, SegmentNotes

TokenStream = tuple[int, ...]
Streams = tuple[TokenStream, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One piece of a recording, as long as the network wants it.

    Attributes:
        hearing: whose it is.
        index: number from 0.
        samples: (segment_samples,) float32, zero past the end of the recording.
    """

    hearing: Hearing
    index: int
    samples: FloatArray

    @property
    def n_total_samples(self) -> int:
        """Samples of the whole recording: models treat what lies behind unlike silence."""
        return len(self.hearing.clip.samples)

    @property
    def cancel(self) -> CancelToken:
        """Stops its hearing."""
        return self.hearing.cancel

    @property
    def is_whole(self) -> bool:
        """Whether the recording goes on behind it."""
        return (self.index + 1) * len(self.samples) < self.n_total_samples

    @property
    def is_silent(self) -> bool:
        """Whether all samples are exactly zero."""
        return not self.samples.any()


Decoded = tuple[Segment, Streams | None]
"""A segment and its streams, one per decoder channel; None if its hearing was cancelled."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the streams of one more segment told.

    Attributes:
        notes: final notes that are new.
        sounding: notes still open at the segment's end.
        invalid: events that broke a rule of the vocabulary.
        dropped: events that lay beyond the segment's end.
    """

    notes: tuple[Note, ...]
    sounding: tuple[Note, ...]
    invalid: int = 0
    dropped: int = 0


class NoteReader(Protocol):
    """Makes notes of one recording's streams."""

    def feed(self, streams: Streams, *, index: int, is_last: bool) -> Reading:
        """Take in the segment that follows, in order of time."""
        ...

    def finish(self) -> tuple[Note, ...]:
        """End what still sounds, after the last segment."""
        ...


class TokenModel(Protocol):
    """What an MT3-like network is to `stream_tokens`: segments in, ids out."""

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        ...

    @property
    def segment_samples(self) -> int:
        """Samples of a segment."""
        ...

    @property
    def is_stateful(self) -> bool:
        """Whether a segment's ids depend on the segments before it."""
        ...

    def n_segments(self, n_samples: int) -> int:
        """Segments of a recording."""
        ...

    def reader(self, hearing: Hearing) -> NoteReader:
        """A reader for one recording."""
        ...

    def decode(self, recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Decoded]:
        """Listen to recordings.

        Args:
            recordings: the segments of each in order of time. Both are drawn from only when there is room for
                more; None where there is no recording for now, which may be asked again later. The segments
                of a cancelled hearing come to an end.

        Yields:
            The segments in the order in which they finish.

        Raises:
            OutOfMemory: if the device has not enough.
        """
        ...


def segments_of(hearing: Hearing, segment_samples: int, count: int) -> Iterator[Segment]:
    """The segments of a recording from the first that is wanted, until the hearing is cancelled.

    Args:
        hearing: the recording.
        segment_samples: samples of a segment.
        count: segments of the recording.
    """
    for index in range(hearing.first_segment, count):
        if hearing.cancel.is_cancelled:
            return
        heard = hearing.clip.samples[index * segment_samples : (index + 1) * segment_samples]
        samples = np.zeros(segment_samples, dtype=np.float32)
        samples[: len(heard)] = heard
        yield Segment(hearing, index, samples)


def in_a_row(recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Segment]:
    """The segments of one recording after the other, until there is none for now."""
    while (segments := next(recordings, None)) is not None:
        yield from segments


def stream_tokens(model: TokenModel, hearings: Iterator[Hearing | None]) -> Iterator[Heard]:
    """Transcribe recordings with a token model.

    Args:
        model: the network.
        hearings: as `SharedModel.stream_all`; a clip may be a memory map, of which only what is needed is
            read. Segments before the first are not computed: notes that the first one names as tied begin
            with it, and a model with a memory starts with an empty one.

    Yields:
        As `SharedModel.stream_all`. The last segment of a recording also ends what still sounds.

    Raises:
        ValueError: if a clip has another sample rate.
        OutOfMemory: if the device has not enough.
    """
    courses: dict[Hearing, _Course] = {}

    def begun() -> Iterator[Iterator[Segment] | None]:
        for hearing in hearings:
            if hearing is None:
                yield None
                continue
            courses[hearing] = _Course(model, hearing)
            yield courses[hearing].segments()

    for segment, streams in model.decode(begun()):
        if streams is not None and segment.hearing in courses:
            courses[segment.hearing].take(segment.index, streams)
        yield from _told(courses)
    yield from _told(courses)
    if courses:
        raise RuntimeError(f"the model left out segment {next(iter(courses.values())).index}")


def only(
    stream_all: Callable[[Iterator[Hearing | None]], Iterator[Heard]], hearing: Hearing
) -> Iterator[SegmentNotes]:
    """The segments of one recording, from what transcribes several.

    Raises:
        Cancelled: if it was.
    """
    for _, told in stream_all(iter([hearing])):
        if told is Ending.CANCELLED:
            raise Cancelled
        if told is not Ending.COMPLETE:
            yield told


def _told(courses: dict[Hearing, _Course]) -> Iterator[Heard]:
    """What is new of each course; those that have ended are taken out."""
    for hearing, course in tuple(courses.items()):
        if hearing.cancel.is_cancelled and not course.is_complete:
            del courses[hearing]
            yield hearing, Ending.CANCELLED
            continue
        yield from ((hearing, part) for part in course.parts())
        if course.is_complete:
            del courses[hearing]
            yield hearing, Ending.COMPLETE


class _Course:
    """One recording on its way: puts segments that finish in any order back into the order of time.

    Attributes:
        index: the next segment to be told.
    """

    def __init__(self, model: TokenModel, hearing: Hearing) -> None:
        clip = hearing.clip
        if clip.sample_rate != model.sample_rate:
            raise ValueError(f"the model wants {model.sample_rate} samples a second, not {clip.sample_rate}")
        self._hearing = hearing
        self._size = model.segment_samples
        self._seconds = model.segment_samples / model.sample_rate
        self._count = model.n_segments(len(clip.samples))
        self._reader = model.reader(hearing)
        self._silence = _Silence(enabled=not model.is_stateful)
        self._finished: dict[int, Streams] = {}  # those that finish early wait, as ids only
        self.index = hearing.first_segment

    @property
    def is_complete(self) -> bool:
        """Whether all segments were told."""
        return self.index >= self._count

    def segments(self) -> Iterator[Segment]:
        """The segments to be decoded, until the hearing is cancelled."""
        return self._silence.left_out(segments_of(self._hearing, self._size, self._count))

    def take(self, index: int, streams: Streams) -> None:
        """Keep the streams of a segment until it is its turn."""
        self._finished[index] = streams

    def parts(self) -> Iterator[SegmentNotes]:
        """The segments whose turn it is."""
        while not self.is_complete and (source := self._silence.source(self.index)) in self._finished:
            part = self._part(self._finished[source])
            if not self._silence.is_source(source):
                del self._finished[source]
            self.index += 1
            yield part

    def _part(self, streams: Streams) -> SegmentNotes:
        index, is_last = self.index, self.index == self._count - 1
        reading = self._reader.feed(streams, index=index, is_last=is_last)
        return SegmentNotes(
            index=index,
            count=self._count,
            start=index * self._seconds,
            end=self._hearing.clip.duration if is_last else (index + 1) * self._seconds,
            notes=(*reading.notes, *self._reader.finish()) if is_last else reading.notes,
            sounding=() if is_last else reading.sounding,
            invalid_events=reading.invalid,
            dropped_events=reading.dropped,
        )


class _Silence:
    """Hears a whole segment of exact zeros once and gives the same ids for all others.

    Only where nothing but the samples decides: not in models with a memory, and not in the last segment.
    """

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._first: int | None = None
        self._repeats: set[int] = set()

    def left_out(self, segments: Iterator[Segment]) -> Iterator[Segment]:
        """The segments without repeated silence."""
        for segment in segments:
            if not (self._enabled and segment.is_whole and segment.is_silent):
                yield segment
            elif self._first is None:
                self._first = segment.index
                yield segment
            else:
                self._repeats.add(segment.index)

    def source(self, index: int) -> int:
        """The segment whose streams are those of `index`."""
        return self._first if self._first is not None and index in self._repeats else index

    def is_source(self, index: int) -> bool:
        """Whether the streams of `index` may be needed again."""
        return index == self._first


class EventListener(Protocol):
    """A network with one stream of MT3's events: the part of a model that `EventModel` does not share."""

    def n_segments(self, n_samples: int) -> int:
        """See `TokenModel`."""
        ...

    def decode(self, recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Decoded]:
        """See `TokenModel`."""
        ...


class EventModel:
    """A loaded model with one stream of MT3's events (`LoadedModel`, `SharedModel` and `TokenModel`)."""

    def __init__(self, spec: ModelSpec, listener: EventListener) -> None:
        self._spec = spec
        self._listener: EventListener | None = listener

    @property
    def spec(self) -> ModelSpec:
        """See `LoadedModel`."""
        return self._spec

    @property
    def sample_rate(self) -> int:
        """See `TokenModel`."""
        return self._spec.sample_rate

    @property
    def segment_samples(self) -> int:
        """See `TokenModel`."""
        return self._spec.segment_samples

    @property
    def is_stateful(self) -> bool:
        """See `TokenModel`."""
        return self._spec.is_stateful

    def n_segments(self, n_samples: int) -> int:
        """See `TokenModel`."""
        return self._open().n_segments(n_samples)

    def reader(self, hearing: Hearing) -> NoteReader:
        """See `TokenModel`."""
        return EventReader(self._spec, resumes=hearing.first_segment > 0)

    def decode(self, recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Decoded]:
        """See `TokenModel`."""
        return self._open().decode(recordings)

    def stream(
        self, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        """See `LoadedModel`."""
        return only(self.stream_all, Hearing(clip, cancel, first_segment))

    def stream_all(self, hearings: Iterator[Hearing | None]) -> Iterator[Heard]:
        """See `SharedModel`."""
        return stream_tokens(self, hearings)

    def close(self) -> None:
        """See `LoadedModel`."""
        self._listener = None

    def _open(self) -> EventListener:
        if self._listener is None:
            raise ValueError("the model was closed")
        return self._listener


class EventReader:
    """The `NoteReader` of one stream of MT3's events."""

    def __init__(self, spec: ModelSpec, *, resumes: bool) -> None:
        self._decoder = NoteDecoder(MT3, resumes=resumes)
        self._spec = spec

    def feed(self, streams: Streams, *, index: int, is_last: bool) -> Reading:
        """See `NoteReader`."""
        (ids,) = streams
        end = self._start(index + 1)
        told = self._decoder.feed(ids, start=self._start(index), limit=None if is_last else end)
        return Reading(told.notes, self._decoder.sounding(until=end), told.invalid, told.dropped)

    def finish(self) -> tuple[Note, ...]:
        """See `NoteReader`."""
        return self._decoder.finish()

    def _start(self, index: int) -> int:
        spec = self._spec
        return segment_start_tick(index, segment_samples=spec.segment_samples, sample_rate=spec.sample_rate)
