"""What the model gives and what the user makes of it: neither gets in the way of the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.song import Song
from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.values import Instrument, Note, SegmentNotes

PIANO, ORGAN, BASS = Instrument(0), Instrument(19), Instrument(33)
Row = tuple[float, float, float, int, int]


def note(onset: float, instrument: Instrument = PIANO, pitch: int = 60) -> Note:
    return Note(onset, onset + 0.5, pitch, 90, instrument.program)


def segment(index: int, *notes: Note) -> SegmentNotes:
    return SegmentNotes(index, 4, index * 2.0, index * 2.0 + 2.0, notes)


def weighed(index: int, *rows: Row) -> SegmentNotes:
    """Rows of onset, end, appears, pitch, program."""
    table = np.array(
        [(onset, end, 1 - appears, appears, pitch, 90, p, False) for onset, end, appears, pitch, p in rows],
        CANDIDATE_TYPE,
    )
    candidates = Candidates(table)
    return replace(segment(index, *candidates.at(USUAL)), candidates=candidates)


FIRST = weighed(0, (0.0, 0.5, 0.1, 60, 0), (0.5, 1.0, 0.4, 64, 0), (1.0, 1.5, 0.7, 67, 33))
SURE, WEAK = FIRST.notes


@pytest.fixture
def document() -> TranscriptionDocument:
    return TranscriptionDocument(Song(Path("/music/Nocturne.flac")), "lite")


def test_a_merge_undone_later_gives_back_what_came_meanwhile(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(1.0, ORGAN)))
    document.merge([ORGAN], PIANO)
    document.append(segment(1, note(2.0, ORGAN)))

    document.undo_stack.undo()
    assert document.notes == (note(0.0), note(1.0, ORGAN), note(2.0, ORGAN))

    document.append(segment(2, note(4.0, ORGAN)))
    document.undo_stack.redo()
    assert {one.instrument for one in document.notes} == {PIANO}
    assert [(track.instrument, track.count) for track in document.tracks] == [(PIANO, 4)]


def test_a_track_whose_program_was_changed_is_not_called_back_by_another_merge(
    document: TranscriptionDocument,
) -> None:
    document.append(segment(0, note(0.0), note(1.0, BASS)))
    document.merge([PIANO], ORGAN)

    document.merge([BASS], PIANO)

    assert document.notes == (note(0.0, ORGAN), note(1.0, PIANO))
    document.append(segment(1, note(2.0), note(3.0, BASS)))
    assert document.notes[2:] == (note(2.0, ORGAN), note(3.0, PIANO))


def test_two_tracks_that_were_merged_stay_one_when_the_merge_is_turned_round(
    document: TranscriptionDocument,
) -> None:
    document.append(segment(0, note(0.0), note(1.0, ORGAN)))
    document.merge([PIANO], ORGAN)
    document.merge([ORGAN], PIANO)

    assert document.notes == (note(0.0), note(1.0))
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.notes == (note(0.0), note(1.0, ORGAN))


def test_sensitivity_takes_more_or_fewer_and_keeps_edits(document: TranscriptionDocument) -> None:
    document.append(FIRST)
    moved = replace(WEAK, onset=0.6, offset=1.1)
    document.replace_notes([WEAK], [moved], "Move")
    document.delete([SURE])

    counts = []
    for sensitivity in (0.9, 0.3, 0.0, USUAL):
        document.set_sensitivity(sensitivity)
        assert moved in document.notes
        assert SURE not in document.notes
        counts.append(document.n_notes)

    assert counts == [2, 1, 1, 1]


def test_notes_that_come_are_taken_as_sensitively(document: TranscriptionDocument, qtbot: QtBot) -> None:
    document.append(FIRST)
    document.set_sensitivity(0.8)
    with qtbot.waitSignal(document.notes_changed):
        document.append(weighed(1, (2.0, 2.5, 0.75, 62, 0)))

    assert [one.pitch for one in document.notes] == [60, 64, 67, 62]
    assert document.n_more == 2
    assert document.raw_notes == (SURE, WEAK)


def test_an_edit_is_undone_whatever_the_sensitivity_is_by_then(document: TranscriptionDocument) -> None:
    document.append(FIRST)
    document.delete([WEAK])
    document.set_sensitivity(0.9)

    document.undo_stack.undo()
    assert [one.pitch for one in document.notes] == [60, 64, 67]

    document.set_sensitivity(0.2)
    document.undo_stack.redo()
    document.set_sensitivity(USUAL)
    assert document.notes == (SURE,)


def test_a_candidate_that_is_accepted_is_a_note_at_every_sensitivity(document: TranscriptionDocument) -> None:
    document.append(FIRST)
    (candidate,) = document.candidates
    document.accept(candidate)

    assert candidate in document.notes
    assert document.candidates == ()
    for sensitivity in (0.0, 1.0, USUAL):
        document.set_sensitivity(sensitivity)
        assert document.notes.count(candidate) == 1

    document.undo_stack.undo()
    assert (document.notes, document.candidates) == ((SURE, WEAK), (candidate,))


def test_candidates_play_what_their_track_plays(document: TranscriptionDocument) -> None:
    document.append(FIRST)
    document.set_sensitivity(1.0)
    document.merge([BASS], ORGAN)
    document.set_sensitivity(USUAL)

    assert [one.instrument for one in document.candidates] == [ORGAN]


def test_without_candidates_nothing_can_be_weighed(document: TranscriptionDocument) -> None:
    assert not document.can_weigh
    document.append(segment(0, note(0.0)))
    document.set_sensitivity(1.0)

    assert not document.can_weigh
    assert (document.notes, document.n_more) == ((note(0.0),), 0)


def test_all_of_it_comes_back_from_a_session(document: TranscriptionDocument) -> None:
    document.append(FIRST)
    document.delete([WEAK])
    document.set_sensitivity(0.3)
    document.set_rules(Rules(highest=90))

    again = TranscriptionDocument(Song(document.path), "lite")
    again.restore(document.kept)

    assert (again.notes, again.sensitivity, again.can_weigh) == (document.notes, 0.3, True)
    again.set_sensitivity(1.0)
    document.set_sensitivity(1.0)
    assert [one.pitch for one in again.notes] == [60, 67]
    assert again.notes == document.notes
