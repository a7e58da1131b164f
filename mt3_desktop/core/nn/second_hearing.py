"""Dense drums heard a second time, slowed; of each segment the better hearing is kept.

Models lose count where drums are struck many times a second. Played slower, like a tape, the strokes lie
further apart and stay sharp. Only drums are taken from the second hearing: what matters of them is which, not
how high, so they survive the lower sound, and having no length they need no joining at the borders. Which
hearing is better is decided by the sound itself: the one whose strokes agree more with the onsets in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from mt3_desktop.core.nn.onsets import onset_seconds
from mt3_desktop.core.values import AudioClip, FloatArray, Note, SegmentNotes, sort_key

DENSE_ONSETS_PER_SECOND = 6.0
TOLERANCE_SECONDS = 0.03
_SLOW, _FAST = 10, 9  # samples for samples: a tenth slower
_CONTEXT_SECONDS = 0.25  # heard on both sides, and thrown away
_GROUP_SEGMENTS = 4  # heard again together; so long the notes wait

Hear = Callable[[AudioClip], Iterable[SegmentNotes]]
_Replaced = dict[int, tuple[Note, ...]]  # segment number → its drums from now on


def heard_twice(parts: Iterator[SegmentNotes], clip: AudioClip, hear: Hear) -> Iterator[SegmentNotes]:
    """The segments of a first hearing with drums of the second where these are better.

    Args:
        parts: the first hearing, in time order.
        clip: what was heard.
        hear: hears a clip of the same sample rate.

    Yields:
        The same segments, some seconds later than they come in.
    """
    waiting: list[SegmentNotes] = []
    before: _Replaced = {}
    for part in chain(parts, [None]):
        if part is not None:
            waiting.append(part)
        # One more than the group: the last drum of a segment may be told by the next.
        if waiting and (part is None or len(waiting) > _GROUP_SEGMENTS):
            group = waiting if part is None else waiting[:-1]
            better = _better_drums(group, waiting, clip, hear)
            yield from (_with_drums(told, before | better) for told in group)
            waiting, before = waiting[len(group) :], better


def slowed(samples: FloatArray) -> FloatArray:
    """Sound played at nine tenths of its speed: sample k lies at 0.9 k of the original.

    Args:
        samples: (S,) float32, S a multiple of 9.

    Returns:
        (S / 9 * 10,) float32.
    """
    length = len(samples) // _FAST * _SLOW
    spectrum = np.fft.rfft(samples.astype(np.float64))
    return (np.fft.irfft(spectrum, n=length) * (_SLOW / _FAST)).astype(np.float32)


def agreement(strokes: Iterable[float], onsets: Iterable[float]) -> float:
    """How well strokes agree with onsets in time: F-measure, 0-1; several strokes at once count as one."""
    told, real = sorted(set(strokes)), sorted(onsets)
    hits, place = 0, 0
    for time in real:
        while place < len(told) and told[place] < time - TOLERANCE_SECONDS:
            place += 1
        if place < len(told) and told[place] <= time + TOLERANCE_SECONDS:
            hits, place = hits + 1, place + 1
    return 2 * hits / (len(told) + len(real)) if told or real else 1.0


def _better_drums(
    group: Sequence[SegmentNotes], told: Sequence[SegmentNotes], clip: AudioClip, hear: Hear
) -> _Replaced:
    """The drums of those segments of a group whose second hearing is better."""
    onsets = {part.index: _onsets(part, clip) for part in group}
    dense = [
        part for part in group if len(onsets[part.index]) > DENSE_ONSETS_PER_SECOND * (part.end - part.start)
    ]
    if not dense:
        return {}
    first = [note for part in told for note in part.notes if note.is_drum]
    second = _second_hearing(clip, dense[0].start, dense[-1].end, hear)
    chosen = {}
    for part in dense:
        before, after = _within(first, part), _within(second, part)
        real = onsets[part.index]
        if agreement((n.onset for n in after), real) > agreement((n.onset for n in before), real):
            chosen[part.index] = (part, after)
    kept = [note for note in first if not any(note in _within(first, part) for part, _ in chosen.values())]
    return {
        index: tuple(note for note in after if not any(_is_same_stroke(note, other) for other in kept))
        for index, (_, after) in chosen.items()
    }


def _onsets(part: SegmentNotes, clip: AudioClip) -> tuple[float, ...]:
    """Onsets in a segment, in seconds of the recording."""
    start, end = (round(time * clip.sample_rate) for time in (part.start, part.end))
    return tuple(part.start + time for time in onset_seconds(clip.samples[start:end], clip.sample_rate))


def _second_hearing(clip: AudioClip, start: float, end: float, hear: Hear) -> list[Note]:
    """Drums of a passage as they are heard slowed, at their times in the recording."""
    rate = clip.sample_rate
    first = max(0, round((start - _CONTEXT_SECONDS) * rate))
    heard = clip.samples[first : round((end + _CONTEXT_SECONDS) * rate)]
    whole = np.zeros(math.ceil(len(heard) / _FAST) * _FAST, np.float32)
    whole[: len(heard)] = heard
    passage = AudioClip(slowed(whole), rate, clip.name)
    return [
        replace(note, onset=onset, offset=onset + note.duration)
        for part in hear(passage)
        for note in part.notes
        if note.is_drum
        for onset in (first / rate + note.onset * _FAST / _SLOW,)
    ]


def _within(notes: Iterable[Note], part: SegmentNotes) -> tuple[Note, ...]:
    return tuple(note for note in notes if part.start <= note.onset < part.end)


def _is_same_stroke(note: Note, other: Note) -> bool:
    return note.pitch == other.pitch and abs(note.onset - other.onset) < TOLERANCE_SECONDS


def _with_drums(part: SegmentNotes, better: _Replaced) -> SegmentNotes:
    """A segment without the drums that were replaced, its own or late ones of the one before."""
    length = part.end - part.start if part.index == 0 else part.start / part.index
    notes = [note for note in part.notes if not (note.is_drum and int(note.onset / length) in better)]
    return replace(part, notes=tuple(sorted((*notes, *better.get(part.index, ())), key=sort_key)))
