"""Painted targets with literal notes."""

import numpy as np
import pytest

from mt3_desktop.core.nn.lite_features import DRUM_MIN, PITCH_MIN
from training.targets import Labels, paint

SECONDS = 0.032


def labels(*rows):
    onset, offset, pitch, group, level = (np.array(column) for column in zip(*rows, strict=True))
    return Labels(onset, offset, pitch, group, level)


def test_an_onset_between_frames_leans_to_the_nearer_one():
    target = paint(labels((5.25 * SECONDS, 10 * SECONDS, 60, 0, 0.0)), 20, SECONDS)
    column = target.onset[:, 60 - PITCH_MIN].astype(float)
    assert np.argmax(column) == 5
    assert column[4] > column[6]
    assert column[5] == pytest.approx(1 - 0.25 / 2.2, abs=1e-3)


def test_activity_spans_the_note():
    target = paint(labels((5 * SECONDS, 10 * SECONDS, 60, 0, 0.0)), 20, SECONDS)
    assert np.nonzero(target.activity[:, 60 - PITCH_MIN])[0].tolist() in ([4, 5, 6, 7, 8, 9], [5, 6, 7, 8, 9])


def test_the_louder_note_keeps_a_shared_cell():
    target = paint(labels((0.1, 0.5, 60, 3, -1.0), (0.1, 0.5, 60, 7, -2.0)), 20, SECONDS)
    sounding = target.group[:, 60 - PITCH_MIN]
    assert set(sounding[sounding >= 0].tolist()) == {3}


def test_notes_that_reach_over_the_borders_are_cut():
    target = paint(labels((-1.0, 5.0, 60, 2, 0.0)), 20, SECONDS)
    assert target.activity[:, 60 - PITCH_MIN].all()
    assert target.onset.max() == 0


def test_drums_are_painted_twice_as_finely():
    target = paint(labels((10.5 * SECONDS / 2, 1.0, 38, -1, 0.0)), 20, SECONDS)
    assert target.drums.shape[0] == 40
    assert np.argmax(target.drums[:, 38 - DRUM_MIN]) == 10
    assert target.activity.max() == 0


def test_pitches_and_keys_outside_are_left_out():
    target = paint(labels((0.1, 0.2, 12, 0, 0.0), (0.1, 0.2, 20, -1, 0.0)), 20, SECONDS)
    assert target.onset.max() == 0
    assert target.drums.max() == 0
