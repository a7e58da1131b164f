"""Dense drums are heard a second time: times come back exactly, and only what is better is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from mt3_desktop.core.nn.second_hearing import agreement, heard_twice, slowed
from mt3_desktop.core.values import AudioClip, Note, SegmentNotes, sort_key
from tests.core.nn.test_onsets import strokes

RATE = 16_000
SECONDS = 2.0
DENSE = [0.1 + 0.08 * i for i in range(23)]
SPARSE = [0.2, 0.9, 1.5]
PIANO = Note(0.3, 1.4, 60, 100, 0)


def drum(time: float, pitch: int = 36) -> Note:
    return Note(time, time + 0.01, pitch, 100, 0, is_drum=True)


def parts(*notes: list[Note]) -> Iterator[SegmentNotes]:
    return (
        SegmentNotes(i, len(notes), i * SECONDS, (i + 1) * SECONDS, tuple(told))
        for i, told in enumerate(notes)
    )


def clip(*segments: list[float]) -> AudioClip:
    return AudioClip(np.concatenate([strokes(times) for times in segments]), RATE, "drums.wav")


class Ear:
    """Hears given strokes in what it is given, wherever that begins."""

    def __init__(self, times: list[float], *, first: float = 0.0) -> None:
        self.heard: list[float] = []
        self._notes = tuple(drum((time - first) / 0.9) for time in times)

    def __call__(self, sound: AudioClip) -> Iterable[SegmentNotes]:
        self.heard.append(sound.duration)
        return [SegmentNotes(0, 1, 0, sound.duration, (*self._notes, PIANO))]


def notes_of(found: Iterable[SegmentNotes]) -> list[Note]:
    return [note for part in found for note in part.notes]


def test_slowing_is_exact() -> None:
    time = np.arange(16_002) / RATE
    tone = np.sin(2 * np.pi * 450 * time).astype(np.float32)
    slow = slowed(tone)
    assert len(slow) == 17_780
    assert slow.dtype == np.float32
    expected = np.sin(2 * np.pi * 450 * 0.9 * np.arange(17_780) / RATE)
    assert np.abs(slow - expected)[2000:-2000].max() < 2e-3


def test_a_click_lies_where_it_should() -> None:
    sound = np.zeros(9_000, np.float32)
    sound[4_500] = 1
    assert np.abs(slowed(sound)).argmax() == 5_000


def test_better_drums_replace_the_first_and_nothing_else_changes() -> None:
    missed = [drum(DENSE[0]), drum(DENSE[5]), PIANO]
    ear = Ear(DENSE)
    (part,) = heard_twice(parts(missed), clip(DENSE), ear)
    drums = [note for note in part.notes if note.is_drum]
    assert [note.onset for note in drums] == pytest.approx(DENSE, abs=1e-12)
    assert [note.duration for note in drums] == pytest.approx([0.01] * 23)
    assert [note for note in part.notes if not note.is_drum] == [PIANO]
    assert list(part.notes) == sorted(part.notes, key=sort_key)
    assert len(ear.heard) == 1


def test_a_worse_second_hearing_is_not_taken() -> None:
    first = [*map(drum, DENSE), PIANO]
    (part,) = heard_twice(parts(first), clip(DENSE), Ear([0.5, 0.52, 1.99]))
    assert list(part.notes) == sorted(first, key=sort_key)


def test_most_notes_is_not_best() -> None:
    first = [*map(drum, DENSE[::2])]
    everywhere = [0.02 + 0.021 * i for i in range(90)]
    (part,) = heard_twice(parts(first), clip(DENSE), Ear(everywhere))
    assert list(part.notes) == sorted(first, key=sort_key)


def test_sparse_drums_are_not_heard_again() -> None:
    ear = Ear(SPARSE)
    found = notes_of(heard_twice(parts([drum(0.2)], [drum(2.2)]), clip(SPARSE, SPARSE), ear))
    assert found == [drum(0.2), drum(2.2)]
    assert ear.heard == []


def test_only_the_dense_passage_is_heard_again_with_some_context() -> None:
    ear = Ear([2 + time for time in DENSE], first=1.75)
    told = [[drum(0.2)], [drum(2.5)], [drum(4.2), PIANO]]
    found = notes_of(heard_twice(parts(*told), clip(SPARSE, DENSE, SPARSE), ear))
    assert ear.heard == pytest.approx([2.5 / 0.9], abs=1e-3)
    assert sorted(note.onset for note in found if note.is_drum) == pytest.approx(
        [0.2, *(2 + time for time in DENSE), 4.2]
    )


def test_a_drum_told_by_the_next_segment_is_replaced_and_not_doubled() -> None:
    late = drum(DENSE[-1])
    told = [[drum(0.5)], [late, drum(2.2)]]
    found = notes_of(heard_twice(parts(*told), clip(DENSE, SPARSE), Ear([*DENSE, 2.2])))
    assert sum(abs(note.onset - DENSE[-1]) < 0.03 for note in found) == 1
    assert sum(abs(note.onset - 2.2) < 0.03 for note in found) == 1


def test_a_stroke_on_the_border_is_not_doubled() -> None:
    told = [[drum(0.5)], [drum(2.005), drum(2.2)]]
    found = notes_of(heard_twice(parts(*told), clip(DENSE, SPARSE), Ear([*DENSE, 1.995])))
    assert [note.onset for note in found if abs(note.onset - 2.0) < 0.02] == [2.005]


def test_long_recordings_go_group_by_group() -> None:
    taken = 0

    def counted() -> Iterator[SegmentNotes]:
        nonlocal taken
        for part in parts(*[[drum(i * SECONDS + 0.2)] for i in range(12)]):
            taken += 1
            yield part

    found = heard_twice(counted(), clip(*[SPARSE] * 12), Ear(SPARSE))
    assert next(found).index == 0
    assert taken == 5
    assert [part.index for part in found] == list(range(1, 12))


@pytest.mark.parametrize(
    ("told", "real", "expected"),
    [([], [], 1.0), ([1.0], [], 0.0), ([], [1.0], 0.0), ([1.0, 1.0], [1.01], 1.0), ([1.0, 2.0], [1.0], 2 / 3),
     ([1.0, 1.02], [1.01], 2 / 3), ([1.0, 1.05], [1.0, 1.05], 1.0)],
)  # fmt: skip
def test_agreement(told: list[float], real: list[float], expected: float) -> None:
    assert agreement(told, real) == pytest.approx(expected)
