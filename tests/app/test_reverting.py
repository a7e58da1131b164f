"""What the user did to notes is undone by hand, in any order and long after; what was not meant stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.reverting import Passage
from mt3_desktop.app.song import Song
from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.values import Instrument, Note, SegmentNotes

PIANO, ORGAN, BASS = Instrument(0), Instrument(19), Instrument(33)
C4 = Note(1.0, 1.5, 60, 100, 0)
E4 = Note(2.0, 3.0, 64, 100, 0)
LOW = Note(2.0, 4.0, 40, 100, 33)
KICK = Note(2.0, 2.05, 36, 100, 0, is_drum=True)
MODEL = (C4, E4, LOW, KICK)


@pytest.fixture
def document() -> TranscriptionDocument:
    document = TranscriptionDocument(Song(Path("/music/Nocturne.flac")), "lite")
    document.append(SegmentNotes(0, 4, 0.0, 5.0, MODEL))
    return document


def changed(document: TranscriptionDocument, note: Note, **how: object) -> Note:
    """A note edited by hand."""
    after = replace(note, **how)  # type: ignore[arg-type]
    document.replace_notes([note], [after], "Edit")
    return after


def revert(document: TranscriptionDocument, *notes: Note) -> bool:
    return document.revert(notes, Passage.around(notes))


def test_nothing_is_reverted_where_nothing_was_edited(document: TranscriptionDocument) -> None:
    assert not document.is_edited
    assert not revert(document, *MODEL)
    assert document.undo_stack.count() == 0


@pytest.mark.parametrize(
    "how",
    [
        {"velocity": 30},
        {"offset": 2.2},
        {"onset": 2.5},
        {"pitch": 76},
        {"program": 19},
        {"onset": 4.5, "offset": 5.5},
        {"onset": 4.5, "offset": 5.5, "pitch": 50},
    ],
    ids=["louder", "shorter", "later start", "transposed", "other track", "moved", "moved both ways"],
)
def test_an_edited_note_is_as_the_model_gave_it(
    document: TranscriptionDocument, how: dict[str, object]
) -> None:
    edited = changed(document, E4, **how)
    changed(document, C4, velocity=11)

    assert revert(document, edited)
    assert E4 in document.notes
    assert edited not in document.notes
    assert len(document.notes) == 4
    assert C4 not in document.notes  # that one was not selected

    document.undo_stack.undo()
    assert edited in document.notes
    assert E4 not in document.notes


def test_what_was_edited_twice_goes_back_to_the_first(document: TranscriptionDocument) -> None:
    edited = changed(document, changed(document, E4, pitch=66), velocity=20)
    revert(document, edited)
    assert document.notes == MODEL
    assert not document.is_edited


def test_deleted_notes_come_back_where_the_selection_lies(document: TranscriptionDocument) -> None:
    middle = Note(1.5, 1.8, 62, 90, 0)
    document.append(SegmentNotes(1, 4, 5.0, 10.0, (middle,)))
    document.delete([middle, LOW])

    assert revert(document, C4, E4)
    assert middle in document.notes
    assert LOW not in document.notes  # below


def test_all_that_was_done_in_a_span_goes(document: TranscriptionDocument) -> None:
    document.delete([LOW, KICK])
    drawn = Note(2.2, 2.4, 80, 90, 19)
    document.replace_notes([], [drawn], "Add")
    louder = changed(document, C4, velocity=120)

    assert document.revert([drawn], Passage(2.0, 3.0))
    assert set(document.notes) == {louder, E4, LOW, KICK}


def test_a_note_drawn_by_hand_just_goes(document: TranscriptionDocument) -> None:
    drawn = Note(7.0, 7.5, 72, 90, 0)
    document.replace_notes([], [drawn], "Add")
    document.delete([C4])
    revert(document, drawn)
    assert set(document.notes) == {E4, LOW, KICK}


@pytest.mark.parametrize("which", [0, 1])
def test_either_half_of_a_split_note_makes_it_whole(document: TranscriptionDocument, which: int) -> None:
    halves = (replace(E4, offset=2.4), replace(E4, onset=2.4))
    document.replace_notes([E4], halves, "Split")
    revert(document, halves[which])
    assert document.notes == MODEL


def test_a_joined_note_falls_apart_again(document: TranscriptionDocument) -> None:
    second = replace(C4, onset=1.6, offset=1.9)
    document.append(SegmentNotes(1, 4, 5.0, 10.0, (second,)))
    joined = replace(C4, offset=1.9)
    document.replace_notes([C4, second], [joined], "Join")
    revert(document, joined)
    assert set(document.notes) == {*MODEL, second}


def test_it_is_known_after_a_restart_too(document: TranscriptionDocument) -> None:
    edited = changed(document, E4, onset=4.0, offset=5.0)
    document.delete([C4])
    again = TranscriptionDocument(document.song, "lite")
    again.restore(document.kept)

    revert(again, edited)
    assert set(again.notes) == {E4, LOW, KICK}


def test_a_reverted_note_stays_on_the_track_that_was_merged(document: TranscriptionDocument) -> None:
    document.merge([BASS], ORGAN)
    edited = changed(document, replace(LOW, program=19), pitch=45)
    revert(document, edited)
    assert set(document.notes) == {C4, E4, KICK, replace(LOW, program=19)}


def test_notes_that_arrive_overwrite_nothing_reverted_or_edited(document: TranscriptionDocument) -> None:
    edited = changed(document, E4, pitch=66)
    louder = changed(document, C4, velocity=120)
    revert(document, louder)
    later = Note(6.0, 6.5, 66, 90, 0)
    document.append(SegmentNotes(1, 4, 5.0, 10.0, (later,)))
    document.complete()
    assert set(document.notes) == {C4, edited, LOW, KICK, later}


def test_an_accepted_candidate_is_only_possible_again() -> None:
    rows = [(0.0, 0.5, 0.9, 0.1, 60, 90, 0, False), (1.0, 1.5, 0.3, 0.7, 67, 90, 33, False)]
    candidates = Candidates(np.array(rows, CANDIDATE_TYPE))
    document = TranscriptionDocument(Song(Path("/music/Nocturne.flac")), "lite")
    document.append(SegmentNotes(0, 1, 0.0, 5.0, candidates.at(USUAL), candidates=candidates))
    (possible,) = document.candidates
    document.accept(possible)
    louder = changed(document, possible, velocity=120)

    revert(document, louder)
    assert document.candidates == (possible,)
    assert len(document.notes) == 1


def test_the_clean_up_does_not_hide_what_is_meant(document: TranscriptionDocument) -> None:
    edited = changed(document, E4, velocity=20)
    document.set_rules(replace(document.rules, min_seconds=0.6))
    revert(document, edited)
    assert set(document.edited) == set(MODEL)
