from __future__ import annotations

from dataclasses import replace

from mt3_desktop.app.comparing import Comparison, taking_all, taking_one
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.values import Instrument, Note

C4 = Note(1.0, 2.0, 60, 90, 0)
E4 = Note(2.0, 3.0, 64, 90, 0)
BASS = Note(1.0, 3.0, 40, 90, 33)
KICK = Note(1.0, 1.05, 36, 90, 0, is_drum=True)


def at(note: Note, onset: float) -> Note:
    return replace(note, onset=onset, offset=onset + note.duration)


def test_notes_that_begin_together_are_the_same_on_any_instrument() -> None:
    theirs = [replace(at(C4, 1.04), program=48), at(E4, 2.2), replace(BASS, offset=1.5)]
    comparison = Comparison.of([C4, E4, BASS, KICK], theirs)
    assert comparison == Comparison(2, (KICK, E4), (at(E4, 2.2),))


def test_a_note_is_paired_once() -> None:
    comparison = Comparison.of([C4], [at(C4, 0.98), at(C4, 1.02)])
    assert comparison == Comparison(1, (), (at(C4, 1.02),))


def test_a_drum_is_no_pitch() -> None:
    assert Comparison.of([KICK], [replace(KICK, is_drum=False)]).n_both == 0


def test_all_of_the_other_result_is_taken() -> None:
    assert taking_all([C4, KICK], [C4, E4], span=None) == NoteDiff((KICK,), (E4,))


def test_of_a_span_or_a_track_only_that_changes() -> None:
    mine, theirs = [C4, E4, BASS], [at(C4, 1.5), replace(E4, pitch=65)]
    assert taking_all(mine, theirs, span=(0.0, 1.8)) == NoteDiff((C4, BASS), (at(C4, 1.5),))
    taken = taking_all(mine, theirs, span=None, instrument=Instrument(33))
    assert taken == NoteDiff((BASS,), ())


def test_one_note_takes_the_place_of_what_it_would_double() -> None:
    assert taking_one([C4, BASS, E4], at(C4, 1.5)) == NoteDiff((C4,), (at(C4, 1.5),))
    assert taking_one([C4, BASS, E4], at(C4, 2.0)) == NoteDiff((), (at(C4, 2.0),))
    organ = replace(C4, program=19)
    assert taking_one([C4, BASS, E4], organ) == NoteDiff((), (organ,))


def test_of_drums_only_the_same_hit_is_a_double() -> None:
    assert taking_one([KICK], at(KICK, 1.03)) == NoteDiff((KICK,), (at(KICK, 1.03),))
    assert taking_one([KICK], at(KICK, 1.2)) == NoteDiff((), (at(KICK, 1.2),))
