"""Segments in order of time, silence once, the last notes with the last segment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mt3_desktop.core.families.mt3 import SPEC
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.transcriber import EventReader, Segment, Streams, stream_tokens
from mt3_desktop.core.values import AudioClip, Note, SegmentNotes

SIZE = SPEC.segment_samples
SECONDS = SIZE / SPEC.sample_rate
SHIFT, PITCH, OFF, ON, TIE, EOS = 3, 1004, 1132, 1133, 1134, 1


class ScriptedModel:
    """Gives every segment the ids of its script, `lag` segments late and backwards within the lag."""

    sample_rate = SPEC.sample_rate
    segment_samples = SIZE

    def __init__(self, scripts: list[list[int]], *, lag: int = 1, is_stateful: bool = False) -> None:
        self.scripts = scripts
        self.lag = lag
        self.is_stateful = is_stateful
        self.heard: list[int] = []

    def n_segments(self, n_samples: int) -> int:
        return len(self.scripts)

    def reader(self, *, resumes: bool) -> EventReader:
        return EventReader(SPEC, resumes=resumes)

    def decode(self, segments: Iterator[Segment], cancel: CancelToken) -> Iterator[tuple[int, Streams]]:
        waiting: list[Segment] = []
        for segment in segments:
            cancel.check()
            self.heard.append(segment.index)
            waiting.append(segment)
            if len(waiting) == self.lag:
                yield from self._given(waiting)
                waiting = []
        yield from self._given(waiting)

    def _given(self, waiting: list[Segment]) -> Iterator[tuple[int, Streams]]:
        for segment in reversed(waiting):
            yield segment.index, (tuple(self.scripts[segment.index]),)


def clip(n_segments: int, *, silent: tuple[int, ...] = ()) -> AudioClip:
    samples = np.full(n_segments * SIZE - 100, 0.1, dtype=np.float32)
    for index in silent:
        samples[index * SIZE : (index + 1) * SIZE] = 0
    return AudioClip(samples, SPEC.sample_rate, "clip")


def run(model: ScriptedModel, sound: AudioClip, *, first_segment: int = 0) -> list[SegmentNotes]:
    return list(stream_tokens(model, sound, cancel=CancelToken(), first_segment=first_segment))


def strike(pitch: int) -> list[int]:
    return [TIE, SHIFT + 10, ON, PITCH + pitch, SHIFT + 50, OFF, PITCH + pitch, EOS]


@pytest.mark.parametrize("lag", [1, 3, 7])
def test_segments_come_in_order_of_time_whatever_finishes_first(lag: int) -> None:
    parts = run(ScriptedModel([strike(60 + i) for i in range(7)], lag=lag), clip(7))
    assert [part.index for part in parts] == list(range(7))
    assert [part.notes[0].pitch for part in parts] == list(range(60, 67))
    assert [part.start for part in parts] == [SECONDS * i for i in range(7)]
    assert parts[-1].end == clip(7).duration
    assert {part.count for part in parts} == {7}


def test_a_held_note_sounds_until_the_last_segment_ends_it() -> None:
    held = [PITCH + 60, TIE, EOS]
    parts = run(ScriptedModel([[TIE, SHIFT + 10, ON, PITCH + 60, EOS], held, held]), clip(3))
    assert [len(part.sounding) for part in parts] == [1, 1, 0]
    assert [part.notes for part in parts] == [(), (), (Note(0.1, 4.09, 60, 127, 0),)]
    assert parts[0].sounding == (Note(0.1, 2.04, 60, 127, 0),)


@pytest.mark.parametrize("lag", [1, 2, 4])
def test_silence_is_heard_once(lag: int) -> None:
    silence = [TIE, EOS]
    scripts = [strike(60), silence, strike(61), [EOS], strike(62), [EOS], [EOS]]
    model = ScriptedModel(scripts, lag=lag)
    parts = run(model, clip(7, silent=(1, 3, 5)))
    assert model.heard == [0, 1, 2, 4, 6]
    assert [[note.pitch for note in part.notes] for part in parts] == [[60], [], [61], [], [62], [], []]


def test_a_silent_last_segment_is_heard_for_itself() -> None:
    model = ScriptedModel([[TIE, EOS], [TIE, EOS]])
    run(model, clip(2, silent=(0, 1)))
    assert model.heard == [0, 1], "behind the end of the sound there is no silence, but nothing"


def test_a_model_with_memory_hears_every_silence() -> None:
    model = ScriptedModel([[TIE, EOS]] * 4, is_stateful=True)
    run(model, clip(4, silent=(0, 1, 2)))
    assert model.heard == [0, 1, 2, 3]


def test_a_resumed_run_computes_only_what_is_left() -> None:
    scripts = [strike(60), strike(61), [PITCH + 70, TIE, SHIFT + 20, OFF, PITCH + 70, EOS], strike(62)]
    model = ScriptedModel(scripts)
    parts = run(model, clip(4), first_segment=2)
    assert model.heard == [2, 3]
    assert [part.index for part in parts] == [2, 3]
    assert parts[0].notes == (Note(4.09, 4.29, 70, 127, 0),)
    assert parts[0].invalid_events == 0


def test_events_beyond_a_segment_are_counted_with_it() -> None:
    parts = run(ScriptedModel([[TIE, 2, SHIFT + 300, ON, PITCH + 60, EOS], [TIE, EOS]]), clip(2))
    assert [(part.invalid_events, part.dropped_events) for part in parts] == [(1, 3), (0, 0)]


def test_cancelling_ends_the_stream() -> None:
    cancel = CancelToken()
    parts = stream_tokens(ScriptedModel([strike(60)] * 3), clip(3), cancel=cancel)
    next(parts)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(parts)


def test_another_sample_rate_is_our_mistake() -> None:
    wrong = AudioClip(np.zeros(9, dtype=np.float32), 44_100, "clip")
    with pytest.raises(ValueError, match="16000"):
        next(stream_tokens(ScriptedModel([[EOS]]), wrong, cancel=CancelToken()))


ANY_IDS = st.lists(
    st.one_of(st.integers(0, 1535), st.sampled_from([TIE, ON, OFF, PITCH + 60, PITCH + 61])), max_size=40
)


@given(st.lists(ANY_IDS, min_size=1, max_size=5), st.integers(1, 3))
def test_what_is_final_is_never_taken_back(scripts: list[list[int]], lag: int) -> None:
    parts = run(ScriptedModel(scripts, lag=lag), clip(len(scripts)))
    final = [note for part in parts for note in part.notes]
    assert parts[-1].sounding == ()
    for part in parts:
        for note in part.sounding:
            assert any((n.onset, n.pitch, n.program) == (note.onset, note.pitch, note.program) for n in final)
