"""Composed pieces are playable: in range, in time, without clashes, the same for the same seed."""

import numpy as np
import pytest

from training.composition import compose
from training.composition.line_ups import KINDS
from training.composition.song import nearest, voicing
from training.instruments import RANGES


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_gives_valid_notes(kind):
    for seed in range(4):
        piece = compose(seed, seconds=8.0, kind=kind)
        onset, offset, pitch, velocity, track = piece.notes.T
        assert (offset > onset).all()
        assert (np.diff(onset) >= 0).all()
        assert ((velocity >= 1) & (velocity <= 127)).all()
        assert set(track.astype(int)) <= set(range(len(piece.programs)))
        for number, program in enumerate(piece.programs):
            low, high = RANGES[program] if program >= 0 else (35, 81)
            assert ((pitch[track == number] >= low) & (pitch[track == number] <= high)).all()


def test_a_seed_gives_one_piece():
    first, again, other = (compose(seed, seconds=8.0) for seed in (7, 7, 8))
    assert np.array_equal(first.notes, again.notes)
    assert not np.array_equal(first.notes, other.notes)


def test_a_track_never_strikes_a_pitch_that_it_holds():
    for seed in range(10):
        notes = compose(seed, seconds=8.0).notes
        key = notes[:, 4] * 128 + notes[:, 2]
        for value in np.unique(key):
            same = notes[key == value]
            assert (same[:-1, 1] <= same[1:, 0] + 0.016).all()


def test_drums_use_drum_keys():
    piece = compose(3, seconds=8.0, kind="drums")
    drum_track = piece.programs.index(-1)
    keys = piece.notes[piece.notes[:, 4] == drum_track, 2]
    assert {36.0, 35.0} & set(keys.tolist())


@pytest.mark.parametrize(("target", "expected"), [(60, 60), (61, 60), (63, 64), (20, 48), (100, 72)])
def test_nearest_pitch_of_a_chord(target, expected):
    assert nearest((0, 4, 7), target, 48, 72) == expected


def test_voicing_rises_from_its_centre():
    assert voicing((0, 4, 7), 59, 4, 40, 80) == [60, 64, 67, 72]
