from __future__ import annotations

import numpy as np
import pytest

from mt3_desktop.core.audio.loudness import LOUDEST, SOFTEST, USUAL_VELOCITY, shaped
from mt3_desktop.core.values import Note

SECONDS = 0.01


def notes(*onsets: float) -> list[Note]:
    return [Note(onset, onset + 0.5, 60, 127, 0) for onset in onsets]


def outline(*levels: float) -> tuple[np.ndarray, np.ndarray]:
    """Ten stretches at each level, after each other: a tenth of a second."""
    high = np.repeat(np.array(levels, np.float32), 10)
    return -high, high


def velocities(onsets: list[float], *levels: float) -> list[int]:
    low, high = outline(*levels)
    return [note.velocity for note in shaped(notes(*onsets), low, high, seconds=SECONDS)]


def test_twelve_decibels_are_half_the_velocity() -> None:
    assert velocities([0.0, 0.1, 0.2], 0.1, 0.4, 0.1) == [USUAL_VELOCITY, LOUDEST, USUAL_VELOCITY]
    assert velocities([0.0, 0.1, 0.2], 0.4, 0.1, 0.4) == [90, 45, 90]


@pytest.mark.parametrize("gain", [0.01, 1.0])
def test_a_recording_that_is_softer_as_a_whole_makes_no_difference(gain: float) -> None:
    assert velocities([0.0, 0.1, 0.2], 0.4 * gain, 0.2 * gain, 0.4 * gain) == [90, 64, 90]


def test_what_is_hardly_there_can_still_be_heard() -> None:
    made = velocities([0.0, 0.1, 0.2, 0.3, 9.0], 0.4, 0.0, 0.4, 0.4)
    assert made == [90, SOFTEST, 90, 90, SOFTEST]


def test_the_level_is_that_of_the_attack_not_of_what_was_before() -> None:
    low, high = outline(0.8, 0.0, 0.1, 0.1)
    before, after, same = shaped(notes(0.1, 0.2, 0.3), low, high, seconds=SECONDS)
    assert (before.velocity, after.velocity, same.velocity) == (SOFTEST, 90, 90)


def test_downward_peaks_count_as_much() -> None:
    low = np.repeat(np.array([-0.4, -0.1], np.float32), 10)
    made = shaped(notes(0.0, 0.0, 0.1), low, np.zeros_like(low), seconds=SECONDS)
    assert [note.velocity for note in made] == [90, 90, 45]


def test_nothing_else_of_a_note_changes() -> None:
    low, high = outline(0.4)
    note = Note(0.0, 0.05, 38, 127, 0, is_drum=True, confidence=0.4)
    (made,) = shaped([note], low, high, seconds=SECONDS)
    assert made == Note(0.0, 0.05, 38, 90, 0, is_drum=True, confidence=0.4)
    assert shaped([], low, high, seconds=SECONDS) == ()
