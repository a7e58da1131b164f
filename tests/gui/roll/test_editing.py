from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.editing import MIN_DURATION, added, deleted, joined, louder, moved, resized, split
from tests.helpers.roll_hand import C4, E4, KICK

NOTES = st.builds(
    lambda onset, length, pitch, velocity, is_drum: Note(onset, onset + length, pitch, velocity, 0, is_drum),
    st.floats(0.0, 100.0),
    st.floats(0.05, 5.0),
    st.integers(0, 127),
    st.integers(1, 127),
    st.booleans(),
)


def valid(note: Note) -> bool:
    return (
        note.onset >= 0.0
        and note.offset > note.onset
        and 0 <= note.pitch <= 127
        and 1 <= note.velocity <= 127
    )


@settings(deadline=None)  # the machine may be busy
@given(st.lists(NOTES, min_size=1, max_size=5), st.floats(-200.0, 200.0), st.integers(-200, 200))
def test_moved_notes_stay_on_the_keyboard_and_in_time(notes, seconds, semitones):
    edit = moved(notes, seconds, semitones)
    after = edit.after if edit else tuple(notes)
    assert all(valid(note) for note in after)
    assert len(after) == len(notes)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(NOTES, min_size=1, max_size=5), st.floats(-200.0, 200.0), st.booleans())
def test_resized_notes_have_a_length(notes, seconds, at_start):
    edit = resized(notes, seconds, at_start=at_start)
    assert edit is None or all(note.duration >= MIN_DURATION - 1e-9 for note in edit.after)


def test_a_chord_keeps_its_shape_at_the_top():
    edit = moved([replace(C4, pitch=120), replace(C4, pitch=124)], 0.0, 12)
    assert [note.pitch for note in edit.after] == [123, 127]


def test_drums_do_not_change_piece():
    edit = moved([C4, KICK], 0.0, 2)
    assert [note.pitch for note in edit.after] == [62, 36]
    assert moved([KICK], 0.0, 2) is None


def test_a_copy_takes_nothing_away():
    edit = moved([C4], 1.0, 0, is_copy=True)
    assert edit.before == ()
    assert edit.text == "Copy 1 note"


@pytest.mark.parametrize(
    "edit", [moved([], 1.0, 1), moved([C4], 0.0, 0), resized([C4], 0.0, at_start=True), deleted([])]
)
def test_nothing_to_do_is_none(edit):
    assert edit is None


def test_join_fills_the_gap_and_takes_only_what_belongs_together():
    second = replace(C4, onset=3.0, offset=4.0)
    edit = joined([second, C4, E4])
    assert edit.before == (C4, second)
    assert edit.after == (replace(C4, offset=4.0),)
    assert joined([C4, E4]) is None


def test_split_cuts_what_sounds_and_no_drums():
    edit = split([C4, E4, KICK], 1.5)
    assert edit.before == (C4,)
    assert [(note.onset, note.offset) for note in edit.after] == [(1.0, 1.5), (1.5, 2.0)]
    assert split([C4], 1.005) is None


def test_velocity_stays_in_its_range():
    assert louder([replace(C4, velocity=125)], 5).after[0].velocity == 127
    assert louder([replace(C4, velocity=127)], 5) is None


def test_an_added_note_has_a_length_and_its_instrument():
    (note,) = added(2.0, 1.0, 60, Instrument(33)).after
    assert note.duration == pytest.approx(MIN_DURATION)
    assert note.program == 33
