"""Scores and calibration on literal notes."""

import numpy as np
import pytest

pytest.importorskip("mir_eval", reason="install the training extra")
pytest.importorskip("scipy", reason="install the training extra")
pytest.importorskip("numba", reason="install the training extra")

from mt3_desktop.core.values import Note
from training.scores import Counts, mean_f1, score
from training.tuning import rising


def note(onset, pitch, program=0, length=0.5, *, is_drum=False):
    return Note(onset, onset + length, pitch, 80, program, is_drum)


def test_the_same_notes_score_full():
    notes = [note(0.5, 60), note(1.0, 64, 40), note(1.0, 36, is_drum=True)]
    scores = score(notes, notes)
    assert all(count.f1 == 1.0 for count in scores)


def test_a_wrong_instrument_costs_only_the_grouped_score():
    scores = score([note(0.5, 60, 0)], [note(0.5, 60, 40)])
    assert scores.onset == Counts(1, 1, 1)
    assert scores.grouped == Counts(0, 1, 1)


def test_a_wrong_end_costs_only_the_offset_score():
    scores = score([note(0.5, 60, length=1.0)], [note(0.5, 60, length=0.3)])
    assert scores.onset.matched == 1
    assert scores.offset.matched == 0


def test_two_instruments_on_a_pitch_count_once_when_merged():
    scores = score([note(0.5, 60, 0), note(0.51, 60, 40)], [note(0.5, 60, 0)])
    assert scores.onset == Counts(1, 1, 1)
    assert scores.grouped == Counts(1, 2, 1)


def test_drums_match_by_key():
    scores = score([note(0.5, 36, is_drum=True)], [note(0.5, 38, is_drum=True)])
    assert scores.drums == Counts(0, 1, 1)
    assert scores.onset.f1 == 1.0


def test_clips_without_drums_are_left_out_of_their_mean():
    both = [score([note(0.5, 60)], [note(0.5, 60)]), score([note(0.5, 36, is_drum=True)], [])]
    assert mean_f1(both)["drums"] == 0.0
    assert mean_f1(both)["onset"] == 100.0


def test_calibration_rises_and_states_what_was_seen():
    rng = np.random.default_rng(0)
    scores = rng.random(4000)
    right = (rng.random(4000) < scores**2).astype(float)
    curve = rising(scores, right)
    stated = curve.confidence(np.array([0.3, 0.6, 0.9], np.float32))
    assert stated == pytest.approx([0.09, 0.36, 0.81], abs=0.07)
    assert (np.diff(curve.precision) >= 0).all()


def test_too_few_candidates_leave_scores_as_they_are():
    assert rising(np.array([0.5]), np.array([1.0])).confidence(np.array([0.25], np.float32)) == 0.25
