from __future__ import annotations

import math

import numpy as np
import pytest

from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.values import Note, sort_key


def candidates(*rows: tuple[float, float, float, float, int, int, int, bool]) -> Candidates:
    """Rows of onset, end, confidence, appears, pitch, velocity, program, is_drum."""
    return Candidates(np.array(list(rows), CANDIDATE_TYPE))


SURE = (1.0, 3.0, 0.9, 0.2, 60, 90, 0, False)
DOUBTFUL = (2.0, 2.5, 0.3, 0.7, 60, 50, 0, False)
HIT = (1.5, 1.55, 0.8, 0.4, 60, 100, 0, True)


def test_a_candidate_is_a_note_above_the_sensitivity_at_which_it_appears() -> None:
    table = candidates(SURE, HIT, DOUBTFUL)

    assert [len(table.at(s)) for s in (0.0, 0.2, 0.3, USUAL, 0.7, 0.71)] == [0, 0, 1, 2, 2, 3]
    assert table.at(0.3) == (Note(1.0, 3.0, 60, 90, 0, confidence=0.9),)


def test_a_note_ends_where_its_pitch_is_struck_again_and_drums_do_not_strike_it() -> None:
    table = candidates(SURE, HIT, DOUBTFUL)

    assert [note.offset for note in table.at(USUAL)] == [3.0, 1.55]
    assert [note.offset for note in table.at(1.0)] == [2.0, 1.55, 2.5]


def test_beyond_is_what_is_no_note_cut_by_all_others() -> None:
    early = (0.5, 3.0, 0.2, 0.9, 60, 40, 0, False)
    table = candidates(early, SURE, HIT, DOUBTFUL)

    assert table.beyond(USUAL) == (Note(0.5, 1.0, 60, 40, 0, confidence=0.2), table.at(1.0)[-1])
    assert table.beyond(1.0) == ()


def test_the_span_chooses_and_does_not_change() -> None:
    table = candidates(SURE, HIT, DOUBTFUL)

    assert table.at(1.0, span=(1.0, 1.5)) == table.at(1.0)[:1]
    assert len(table.between(1.5, 2.0)) == 1


def test_parts_are_put_in_order_of_time() -> None:
    joined = Candidates.joined((candidates(DOUBTFUL), candidates(SURE, HIT)))

    assert joined == candidates(SURE, HIT, DOUBTFUL)
    assert joined != candidates(SURE, HIT)
    assert len(Candidates.joined(())) == 0


def test_without_confidence_notes_have_none() -> None:
    (note,) = candidates((1.0, 2.0, math.nan, 0.1, 60, 90, 4, False)).at(USUAL)

    assert note.confidence is None


def test_a_table_cannot_be_changed() -> None:
    table = candidates(SURE)

    with pytest.raises(ValueError, match="read-only"):
        table.table["pitch"] = 61


def test_an_hour_of_notes_comes_in_order() -> None:
    n = 60_000
    rng = np.random.default_rng(3)
    rows = np.zeros(n, CANDIDATE_TYPE)
    rows["onset"] = np.sort(rng.uniform(0, 3600, n))
    rows["end"] = rows["onset"] + rng.uniform(0.1, 2.0, n)
    rows["appears"] = rng.uniform(0, 1, n)
    rows["pitch"] = rng.integers(21, 109, n)
    rows["is_drum"] = rng.uniform(0, 1, n) < 0.2
    table = Candidates(rows)

    notes = table.at(USUAL)

    assert 10_000 < len(notes) < n
    assert list(notes) == sorted(notes, key=sort_key)
