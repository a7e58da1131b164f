from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mt3_desktop.app.heard import Heard
from mt3_desktop.app.layers import LayerEdit, NoteLayers
from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.tracks import played_by
from mt3_desktop.core.values import Instrument, Note, SegmentNotes

ORGAN = Instrument(19)


def part(*rows: tuple[float, float, float, int], index: int = 0) -> SegmentNotes:
    """Rows of onset, end, appears, pitch."""
    table = np.array(
        [(onset, end, 1 - appears, appears, pitch, 90, 0, False) for onset, end, appears, pitch in rows],
        CANDIDATE_TYPE,
    )
    candidates = Candidates(table)
    return SegmentNotes(
        index, 2, 10.0 * index, 10.0 * index + 10, candidates.at(USUAL), candidates=candidates
    )


FIRST = part((1.0, 4.0, 0.2, 60), (2.0, 2.5, 0.4, 64), (3.0, 3.5, 0.7, 60))
SURE, WEAK = FIRST.notes
DOUBTFUL = FIRST.candidates.at(1.0)[-1]  # type: ignore[union-attr]  # it has some


def same(note: Note) -> Note:
    return note


@pytest.fixture
def layers() -> NoteLayers:
    layers = NoteLayers(Heard(), same)
    layers.heard.take(FIRST)
    return layers


def change(layers: NoteLayers, removed: list[Note], added: list[Note]) -> LayerEdit:
    edit = layers.edit(removed, added)
    layers.apply(edit)
    return edit


def test_sensitivity_adds_and_takes_notes_and_cuts_the_others(layers: NoteLayers) -> None:
    assert layers.notes == [SURE, WEAK]
    layers.sensitivity = 0.8
    assert layers.notes == [replace(SURE, offset=3.0), WEAK, DOUBTFUL]
    layers.sensitivity = 0.3
    assert layers.notes == [SURE]


def test_a_note_taken_away_stays_away_at_every_sensitivity(layers: NoteLayers) -> None:
    change(layers, [WEAK], [])
    layers.sensitivity = 0.3
    layers.sensitivity = 1.0

    assert [note.pitch for note in layers.notes] == [60, 60]


def test_a_note_moved_by_hand_stays_where_it_is(layers: NoteLayers) -> None:
    moved = replace(WEAK, pitch=65)
    change(layers, [WEAK], [moved])
    for sensitivity in (0.1, 0.9, USUAL):
        layers.sensitivity = sensitivity
        assert moved in layers.notes
        assert WEAK not in layers.notes


def test_an_edit_is_undone_at_another_sensitivity(layers: NoteLayers) -> None:
    edit = change(layers, [SURE], [])
    layers.sensitivity = 0.8

    layers.apply(edit.reverse)

    assert layers.notes == [replace(SURE, offset=3.0), WEAK, DOUBTFUL]
    layers.apply(edit)
    assert layers.notes == [WEAK, DOUBTFUL]


def test_an_accepted_candidate_is_not_doubled_by_a_higher_sensitivity(layers: NoteLayers) -> None:
    layers.apply(layers.accept(DOUBTFUL))
    layers.sensitivity = 1.0

    assert layers.notes.count(DOUBTFUL) == 1
    assert not layers.candidates


def test_what_is_no_candidate_cannot_be_accepted(layers: NoteLayers) -> None:
    assert not layers.accept(SURE)


def test_candidates_are_what_is_no_note_and_was_not_taken_away(layers: NoteLayers) -> None:
    assert layers.candidates == (DOUBTFUL,)
    layers.sensitivity = 0.3
    assert set(layers.candidates) == {WEAK, DOUBTFUL}
    layers.sensitivity = USUAL
    change(layers, [WEAK], [])
    layers.sensitivity = 0.3
    assert set(layers.candidates) == {DOUBTFUL}


def test_what_arrives_is_new_only_while_it_changes_nothing_else(layers: NoteLayers) -> None:
    later = part((11.0, 12.0, 0.2, 60), index=1)
    layers.heard.take(later)
    assert layers.arrived(later.notes) == later.notes

    layers.sensitivity = 0.6
    assert layers.arrived(later.notes) is None


def test_of_equal_notes_as_many_go_as_were_meant() -> None:
    layers = NoteLayers(Heard(), same)
    layers.heard.take(replace(FIRST, notes=(WEAK, WEAK), candidates=None))

    edit = change(layers, [WEAK], [WEAK, WEAK])

    assert layers.notes == [WEAK, WEAK, WEAK]
    layers.apply(edit.reverse)
    assert layers.notes == [WEAK, WEAK]


def test_without_candidates_sensitivity_means_nothing() -> None:
    layers = NoteLayers(Heard(), same, sensitivity=1.0)
    layers.heard.take(replace(FIRST, candidates=None))

    assert not layers.can_weigh
    assert layers.notes == [SURE, WEAK]
    assert layers.candidates == ()


def test_a_run_whose_beginning_has_no_candidates_has_none() -> None:
    heard = Heard.again(Resume(1, (SURE,)), 10.0, is_complete=False)
    heard.take(part((11.0, 12.0, 0.2, 60), index=1))

    assert heard.candidates is None


@pytest.mark.parametrize("sensitivity", [0.3, USUAL, 1.0])
def test_a_session_brings_both_layers_back(layers: NoteLayers, sensitivity: float) -> None:
    layers.redirected = lambda note: played_by(note, ORGAN)
    layers.sensitivity = sensitivity
    change(layers, [played_by(SURE, ORGAN)], [replace(SURE, pitch=72)])
    weak = layers.heard.identity(WEAK)
    layers.apply(LayerEdit(taken=(weak,)))

    again = NoteLayers.again(
        layers.heard, layers.redirected, layers.notes, sensitivity=sensitivity, taken=layers.taken_notes
    )

    assert (again.taken, again.own) == (layers.taken, layers.own)
    assert again.notes == layers.notes


def test_sessions_from_before_say_by_their_notes_what_was_taken_away(layers: NoteLayers) -> None:
    again = NoteLayers.again(layers.heard, same, [SURE, replace(WEAK, pitch=65)])

    again.sensitivity = 1.0

    assert WEAK not in again.notes
    assert replace(WEAK, pitch=65) in again.notes
