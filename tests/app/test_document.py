from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.song import Song
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.instruments import DRUMS
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.values import Instrument, Note, SegmentNotes

PIANO, ORGAN, BASS, VIOLIN = Instrument(0), Instrument(19), Instrument(33), Instrument(40)


def note(onset: float, pitch: int = 60, instrument: Instrument = PIANO, length: float = 0.5) -> Note:
    return Note(onset, onset + length, pitch, 90, instrument.program, instrument.is_drum)


def segment(index: int, *notes: Note, sounding: tuple[Note, ...] = (), count: int = 4) -> SegmentNotes:
    return SegmentNotes(index, count, index * 2.0, index * 2.0 + 2.0, notes, sounding)


@pytest.fixture
def document() -> TranscriptionDocument:
    return TranscriptionDocument(Song(Path("/music/Nocturne.flac")), "lite")


def test_notes_arrive_segment_by_segment(document: TranscriptionDocument, qtbot: QtBot) -> None:
    with qtbot.waitSignals([document.notes_appended, document.tracks_changed, document.heard_changed]):
        document.append(segment(0, note(0.0), note(1.0, instrument=BASS)))
    document.append(segment(1, note(2.5)))

    assert document.notes == (note(0.0), note(1.0, instrument=BASS), note(2.5))
    assert [(track.instrument, track.count) for track in document.tracks] == [(PIANO, 2), (BASS, 1)]
    assert document.heard_until == 4.0


def test_the_tracks_are_told_before_the_notes_that_need_their_colour(document: TranscriptionDocument) -> None:
    told: list[str] = []
    document.notes_appended.connect(lambda _notes: told.append("notes"))
    document.tracks_changed.connect(lambda _tracks: told.append("tracks"))

    document.append(segment(0, note(0.0)))

    assert told == ["tracks", "notes"]


def test_an_interrupted_run_goes_on_with_what_it_had(document: TranscriptionDocument) -> None:
    held = note(1.5, 48, length=2.0)
    document.append(segment(0, note(0.0), sounding=(held,)))

    progress = document.progress

    assert (progress.first_segment, progress.notes, progress.sounding) == (1, (note(0.0),), (held,))


def test_notes_cut_by_a_cancel_are_saved_as_long_as_they_were_heard(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), sounding=(note(1.5, 48, length=2.0),)))

    saved = document.outgoing.transcription().notes

    assert saved == (note(0.0), note(1.5, 48, length=0.5))


def test_a_merge_holds_for_notes_that_come_later(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(1.0, instrument=ORGAN)))
    document.merge([ORGAN], PIANO)

    document.append(segment(1, note(2.0, instrument=ORGAN)))

    assert {n.instrument for n in document.notes} == {PIANO}
    assert document.progress.notes[-1].instrument == ORGAN  # what the model said is kept


def test_undo_while_notes_arrive_takes_back_the_edit_and_nothing_else(
    document: TranscriptionDocument,
) -> None:
    document.append(segment(0, note(0.0), note(1.0)))
    document.delete([note(0.0)])
    document.append(segment(1, note(2.0)))

    document.undo_stack.undo()

    assert document.notes == (note(0.0), note(1.0), note(2.0))


def test_of_equal_notes_only_as_many_go_as_were_deleted(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(0.0)))

    document.delete([note(0.0)])

    assert document.notes == (note(0.0),)


def test_every_edit_can_be_undone_and_redone(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(0.5, 72), note(1.0, instrument=BASS)))
    states = [(document.notes, document.tracks)]
    edits = (
        lambda: document.rename(PIANO, "Right hand"),
        lambda: document.recolour(BASS, 6),
        lambda: document.split(PIANO, 66, VIOLIN),
        lambda: document.move_to_drums(BASS),
        lambda: document.merge([VIOLIN], ORGAN),
        lambda: document.delete_track(PIANO),
        lambda: document.replace_notes([], [note(3.0)], "Add note"),
    )
    for edit in edits:
        edit()
        states.append((document.notes, document.tracks))

    assert len({notes for notes, _tracks in states}) > 4
    for state in reversed(states[:-1]):
        document.undo_stack.undo()
        assert (document.notes, document.tracks) == state
    for state in states[1:]:
        document.undo_stack.redo()
        assert (document.notes, document.tracks) == state


def test_a_merged_track_comes_back_with_its_name(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(1.0, instrument=BASS)))
    document.rename(BASS, "Low end")
    document.merge([BASS], PIANO)

    document.undo_stack.undo()

    assert [track.name for track in document.tracks] == ["Acoustic grand piano", "Low end"]


def test_solo_is_exclusive_unless_added(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(0.0, instrument=BASS), note(0.0, 36, DRUMS)))

    document.solo(PIANO, True)
    document.solo(BASS, True)
    assert [track.soloed for track in document.tracks] == [False, True, False]

    document.solo(PIANO, True, additive=True)
    assert [track.soloed for track in document.tracks] == [True, True, False]


def test_switches_survive_notes_that_arrive(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0)))
    document.set_track(PIANO, muted=True, level=0.5)
    document.append(segment(1, note(2.0)))

    (track,) = document.tracks
    assert (track.muted, track.level, track.count) == (True, 0.5, 2)


def test_a_part_can_be_taken_out(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(1.0), note(1.5, instrument=BASS)))
    document.set_duration(8.0)

    part = document.outgoing.transcription(instruments=[PIANO], span=(0.5, 2.0))

    assert part.notes == (note(1.0),)
    assert (part.duration, part.model_id, part.source) == (8.0, "lite", "Nocturne.flac")


def test_a_document_comes_back_from_what_was_kept(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(1.0, instrument=ORGAN), sounding=(note(1.9),)))
    document.merge([ORGAN], PIANO)
    document.rename(PIANO, "Keys")
    other = TranscriptionDocument(Song(document.path), document.model_id)

    other.restore(document.kept)
    other.append(segment(1, note(2.0, instrument=ORGAN)))

    assert other.notes == (*document.notes, note(2.0))
    assert other.tracks[0].name == "Keys"
    assert other.progress.notes[: len(document.progress.notes)] == document.progress.notes


def test_an_instrument_has_a_track_from_its_first_sounding_note(document: TranscriptionDocument) -> None:
    document.append(segment(0, sounding=(note(1.5, instrument=ORGAN),)))
    assert [(track.instrument, track.count) for track in document.tracks] == [(ORGAN, 1)]
    document.append(segment(1, note(1.5, instrument=ORGAN)))
    assert [(track.instrument, track.count) for track in document.tracks] == [(ORGAN, 1)]


def test_complete_leaves_nothing_sounding(document: TranscriptionDocument, qtbot: QtBot) -> None:
    document.append(segment(3, note(6.0), sounding=(note(7.0),)))
    document.set_duration(8.0)
    with qtbot.waitSignal(document.completed):
        document.complete()

    assert document.sounding == ()
    assert (document.is_complete, document.heard_until) == (True, 8.0)


def test_a_clean_up_hides_and_gives_back(document: TranscriptionDocument, qtbot: QtBot) -> None:
    short = note(1.0, length=0.02)
    document.append(segment(0, note(0.0), short))

    with qtbot.waitSignals([document.rules_changed, document.notes_changed, document.touched]):
        document.set_rules(Rules(min_seconds=0.05))
    assert document.notes == (note(0.0),)
    assert (document.edited, document.n_notes) == ((note(0.0), short), 2)
    assert [track.count for track in document.tracks] == [1]
    assert document.outgoing.transcription().notes == (note(0.0),)

    document.set_rules(Rules())
    assert document.notes == (note(0.0), short)
    assert [track.count for track in document.tracks] == [2]


def test_notes_that_come_under_a_clean_up_are_cleaned(document: TranscriptionDocument, qtbot: QtBot) -> None:
    document.set_rules(Rules(join_seconds=0.1))
    document.append(segment(0, note(0.0)))
    with qtbot.waitSignal(document.notes_changed):
        document.append(segment(1, note(0.55)))

    assert document.notes == (note(0.0, length=1.05),)
    assert document.raw_notes == (note(0.0), note(0.55))


def test_an_edit_of_a_joined_note_replaces_its_parts(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(0.55), note(1.0, 70)))
    document.set_rules(Rules(join_seconds=0.1))
    (joined, _other) = document.notes

    document.delete([joined])
    assert document.edited == (note(1.0, 70),)

    document.undo_stack.undo()
    assert document.edited == (note(0.0), note(0.55), note(1.0, 70))


def test_a_merge_takes_along_what_the_clean_up_gave_to_the_track(document: TranscriptionDocument) -> None:
    piano = tuple(note(0.1 * index, 40 + index) for index in range(6))
    stray = note(3.0, instrument=VIOLIN)
    document.append(segment(0, *piano, stray))
    document.set_rules(Rules(merge_strays=True))

    document.merge([PIANO], ORGAN)

    assert {one.instrument for one in document.edited} == {ORGAN}


def test_baking_makes_one_edit_of_a_clean_up(document: TranscriptionDocument) -> None:
    heard = (note(0.0), note(0.55), note(1.2, 70, length=0.02))
    rules = Rules(join_seconds=0.1, min_seconds=0.05)
    document.append(segment(0, *heard))
    document.set_rules(rules)

    document.bake()
    assert document.edited == document.notes == (note(0.0, length=1.05),)
    assert document.rules == Rules()
    assert document.undo_stack.undoText() == "Bake clean-up"

    document.undo_stack.undo()
    assert (document.edited, document.rules) == (heard, rules)
    document.undo_stack.redo()
    assert (document.edited, document.rules) == ((note(0.0, length=1.05),), Rules())


def test_the_clean_up_is_undone_before_the_edit_under_it(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(1.0, 70)))
    document.delete([note(0.0)])
    document.set_rules(Rules(highest=64))
    assert document.notes == ()

    document.undo_stack.undo()
    assert (document.rules, document.notes) == (Rules(), (note(1.0, 70),))

    document.undo_stack.undo()
    document.undo_stack.redo()
    document.undo_stack.redo()
    assert (document.rules, document.notes, document.n_notes) == (Rules(highest=64), (), 1)


def test_a_slider_is_one_step_however_far_it_is_moved(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0)))
    for highest in (100, 90, 64):
        document.set_rules(Rules(highest=highest))
    document.set_rules(Rules(highest=64, hide_doubles=True))
    assert document.undo_stack.count() == 2

    document.undo_stack.undo()
    assert document.rules == Rules(highest=64)
    document.undo_stack.undo()
    assert document.rules == Rules()
    document.undo_stack.redo()
    assert document.rules == Rules(highest=64)


def test_a_slider_that_comes_back_leaves_nothing_to_undo(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0)))
    document.delete([note(0.0)])
    for highest in (100, 90, 127):
        document.set_rules(Rules(highest=highest))

    assert document.undo_stack.undoText() == "Delete notes"
    document.undo_stack.undo()
    assert (document.rules, document.notes) == (Rules(), (note(0.0),))


def test_bars_are_undone_in_the_steps_in_which_they_were_laid(document: TranscriptionDocument) -> None:
    for bpm in (100.0, 110.0, 120.0):
        document.set_tempo(Tempo(bpm), "Change tempo")
    document.set_tempo(None, "Remove bars")

    document.undo_stack.undo()
    assert document.tempo == Tempo(120.0)
    document.undo_stack.undo()
    assert document.tempo is None
    assert not document.undo_stack.canUndo()


def test_switches_are_no_steps(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0)))
    document.set_track(PIANO, muted=True, level=0.5)
    document.solo(PIANO, True)

    assert not document.undo_stack.canUndo()


def test_a_clean_up_is_kept_with_all_notes(document: TranscriptionDocument) -> None:
    document.append(segment(0, note(0.0), note(1.0, 70)))
    document.set_rules(Rules(highest=64))

    other = TranscriptionDocument(Song(document.path), "lite")
    other.restore(document.kept)

    assert (other.notes, other.edited, other.rules) == (document.notes, document.edited, Rules(highest=64))


def test_a_clean_up_quantises_to_the_bars_and_lets_go(document: TranscriptionDocument) -> None:
    late = note(1.04)
    document.append(segment(0, late))
    document.set_rules(Rules(quantise=0.5))
    assert document.notes == (late,)  # no bars yet

    document.set_tempo(Tempo(120.0))
    (moved,) = document.notes
    assert (moved.onset, moved.duration) == (pytest.approx(1.02), pytest.approx(0.5))
    assert document.edited == (late,)
    document.delete([moved])
    assert document.edited == ()

    document.undo_stack.undo()
    document.set_tempo(None)
    assert document.notes == (late,)
