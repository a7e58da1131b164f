"""Token models: a recording's segments to event streams to notes, in order of time.

What the MT3-like families share: slicing the sound, putting segments that finish in any order back into the
order of time, computing silence once, and one reader of notes per recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mt3_desktop.core.progress import CancelToken
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
        index: number from 0.
        samples: (segment_samples,) float32, zero past the end of the recording.
        n_total_samples: samples of the whole recording: models treat what lies behind unlike silence.
    """

    index: int
    samples: FloatArray
    n_total_samples: int

    @property
    def is_whole(self) -> bool:
        """Whether the recording goes on behind it."""
        return (self.index + 1) * len(self.samples) < self.n_total_samples

    @property
    def is_silent(self) -> bool:
        """Whether all samples are exactly zero."""
        return not self.samples.any()


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

    def reader(self, *, resumes: bool) -> NoteReader:
        """A reader for one recording; `resumes` if its first segment is not fed."""
        ...

    def decode(self, segments: Iterator[Segment], cancel: CancelToken) -> Iterator[tuple[int, Streams]]:
        """Listen to segments.

        Args:
            segments: drawn from only when there is room for more.
            cancel: checked at least once per decoding step.

        Yields:
            Index and streams (one per decoder channel) of each segment, in the order in which they finish.

        Raises:
            Cancelled: after `cancel.cancel()`.
            OutOfMemory: if the device has not enough.
        """
        ...


def stream_tokens(
    model: TokenModel, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
) -> Iterator[SegmentNotes]:
    """Transcribe a clip with a token model.

    Args:
        model: the network.
        clip: sound at `model.sample_rate`; may be a memory map, of which only what is needed is read.
        cancel: checked throughout.
        first_segment: where to go on. Earlier segments are not computed; notes that the first segment names
            as tied begin with it, and a model with a memory starts with an empty one.

    Yields:
        Each segment's notes, in order of time. The last segment also ends what still sounds.

    Raises:
        ValueError: if the clip has another sample rate.
        Cancelled: after `cancel.cancel()`.
        OutOfMemory: if the device has not enough.
    """
    if clip.sample_rate != model.sample_rate:
        raise ValueError(f"the model wants {model.sample_rate} samples a second, not {clip.sample_rate}")
    n_samples = len(clip.samples)
    count = model.n_segments(n_samples)
    reader = model.reader(resumes=first_segment > 0)
    seconds = model.segment_samples / model.sample_rate
    for index, streams in _in_order(model, clip, range(first_segment, count), cancel):
        is_last = index == count - 1
        reading = reader.feed(streams, index=index, is_last=is_last)
        yield SegmentNotes(
            index=index,
            count=count,
            start=index * seconds,
            end=clip.duration if is_last else (index + 1) * seconds,
            notes=(*reading.notes, *reader.finish()) if is_last else reading.notes,
            sounding=() if is_last else reading.sounding,
            invalid_events=reading.invalid,
            dropped_events=reading.dropped,
        )


def _in_order(
    model: TokenModel, clip: AudioClip, indices: range, cancel: CancelToken
) -> Iterator[tuple[int, Streams]]:
    """Streams of all segments in order of time; those that finish early wait, as ids only."""
    silence = _Silence(enabled=not model.is_stateful)
    results = model.decode(silence.left_out(_segments(model, clip, indices)), cancel)
    finished: dict[int, Streams] = {}
    for index in indices:
        while (source := silence.source(index)) not in finished:
            result = next(results, None)
            if result is not None:
                finished[result[0]] = result[1]
            elif silence.source(index) not in finished:
                raise RuntimeError(f"the model left out segment {index}")
        yield index, finished[source]
        if not silence.is_source(source):
            del finished[source]


def _segments(model: TokenModel, clip: AudioClip, indices: range) -> Iterator[Segment]:
    size = model.segment_samples
    for index in indices:
        heard = clip.samples[index * size : (index + 1) * size]
        samples = np.zeros(size, dtype=np.float32)
        samples[: len(heard)] = heard
        yield Segment(index, samples, len(clip.samples))


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

    def decode(self, segments: Iterator[Segment], cancel: CancelToken) -> Iterator[tuple[int, Streams]]:
        """See `TokenModel`."""
        ...


class EventModel:
    """A loaded model with one stream of MT3's events (`LoadedModel` and `TokenModel`)."""

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

    def reader(self, *, resumes: bool) -> NoteReader:
        """See `TokenModel`."""
        return EventReader(self._spec, resumes=resumes)

    def decode(self, segments: Iterator[Segment], cancel: CancelToken) -> Iterator[tuple[int, Streams]]:
        """See `TokenModel`."""
        return self._open().decode(segments, cancel)

    def stream(
        self, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        """See `LoadedModel`."""
        return stream_tokens(self, clip, cancel=cancel, first_segment=first_segment)

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
