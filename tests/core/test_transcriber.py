"""Segments in order of time, silence once, the last notes with the last segment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mt3_desktop.core.families.mt3 import SPEC
from mt3_desktop.core.model import Ending, Hearing
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.transcriber import (
    Decoded,
    EventReader,
    Segment,
    in_a_row,
    only,
    stream_tokens,
)
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

    def reader(self, hearing: Hearing) -> EventReader:
        return EventReader(SPEC, resumes=hearing.first_segment > 0)

    def decode(self, recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Decoded]:
        waiting: list[Segment] = []
        for segment in in_a_row(recordings):
            self.heard.append(segment.index)
            waiting.append(segment)
            if len(waiting) == self.lag:
                yield from self._given(waiting)
                waiting = []
        yield from self._given(waiting)

    def _given(self, waiting: list[Segment]) -> Iterator[Decoded]:
        for segment in reversed(waiting):
            yield segment, None if segment.cancel.is_cancelled else (tuple(self.scripts[segment.index]),)


def clip(n_segments: int, *, silent: tuple[int, ...] = ()) -> AudioClip:
    samples = np.full(n_segments * SIZE - 100, 0.1, dtype=np.float32)
    for index in silent:
        samples[index * SIZE : (index + 1) * SIZE] = 0
    return AudioClip(samples, SPEC.sample_rate, "clip")


def run(model: ScriptedModel, sound: AudioClip, *, first_segment: int = 0) -> list[SegmentNotes]:
    return list(only(partial(stream_tokens, model), Hearing(sound, first_segment=first_segment)))


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
    parts = only(partial(stream_tokens, ScriptedModel([strike(60)] * 3)), Hearing(clip(3), cancel))
    next(parts)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(parts)


def test_another_sample_rate_is_our_mistake() -> None:
    wrong = AudioClip(np.zeros(9, dtype=np.float32), 44_100, "clip")
    with pytest.raises(ValueError, match="16000"):
        run(ScriptedModel([[EOS]]), wrong)


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


def told(model: ScriptedModel, *hearings: Hearing | None) -> list[tuple[int, int | Ending]]:
    """(number of the recording, its segment or ending), in the order in which they come."""
    numbers = [hearing for hearing in hearings if hearing is not None]
    return [
        (numbers.index(hearing), what if isinstance(what, Ending) else what.index)
        for hearing, what in stream_tokens(model, iter(hearings))
    ]


@pytest.mark.parametrize("lag", [1, 2, 4, 9])
def test_each_of_several_recordings_gets_what_it_gets_alone(lag: int) -> None:
    scripts = [strike(60), [TIE, EOS], [TIE, SHIFT + 10, ON, PITCH + 61, EOS], [PITCH + 61, TIE, EOS]]
    model = ScriptedModel(scripts, lag=lag)
    hearings = [Hearing(clip(4, silent=silent)) for silent in [(), (1,), (0, 1), ()]]
    alone = [list(only(partial(stream_tokens, model), hearing)) for hearing in hearings]
    together: dict[Hearing, list[SegmentNotes | Ending]] = {hearing: [] for hearing in hearings}
    for hearing, what in stream_tokens(model, iter(hearings)):
        together[hearing].append(what)
    assert list(together.values()) == [[*parts, Ending.COMPLETE] for parts in alone]


def test_recordings_are_drawn_only_when_there_is_room() -> None:
    drawn: list[int] = []

    def hearings() -> Iterator[Hearing]:
        for number in range(3):
            drawn.append(number)
            yield Hearing(clip(2))

    parts = stream_tokens(ScriptedModel([strike(60)] * 2), hearings())
    next(parts)
    assert drawn == [0]


def test_a_cancelled_recording_ends_and_the_others_go_on() -> None:
    first, second = Hearing(clip(3)), Hearing(clip(3))
    parts = stream_tokens(ScriptedModel([strike(60)] * 3), iter([first, second]))
    next(parts)
    first.cancel.cancel()
    rest = [(hearing is second, what if isinstance(what, Ending) else what.index) for hearing, what in parts]
    assert rest == [(False, Ending.CANCELLED), (True, 0), (True, 1), (True, 2), (True, Ending.COMPLETE)]


def test_a_recording_of_which_nothing_is_left_is_complete() -> None:
    model = ScriptedModel([strike(60)] * 2)
    assert told(model, Hearing(clip(2), first_segment=2)) == [(0, Ending.COMPLETE)]
    assert told(model, Hearing(clip(2), first_segment=2), Hearing(clip(2), first_segment=1)) == [
        (0, Ending.COMPLETE), (1, 1), (1, Ending.COMPLETE),
    ]  # fmt: skip
