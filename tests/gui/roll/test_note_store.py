from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.store import ONSET, PITCH, SELECTED, UNSURE, NoteStore
from tests.helpers.roll_hand import BASS, C4, E4, G4, KICK, SNARE, SONG

PIANO = Instrument(0)
NOTES = st.lists(
    st.builds(
        lambda onset, length, pitch, program: Note(onset, onset + length, pitch, 80, program),
        st.floats(0.0, 50.0),
        st.floats(0.01, 20.0),
        st.integers(0, 127),
        st.integers(0, 2),
    ),
    max_size=40,
)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(NOTES, max_size=4))
def test_appending_in_pieces_is_setting_at_once(pieces):
    one, other = NoteStore(), NoteStore()
    for piece in pieces:
        one.extend(piece)
    other.set(note for piece in pieces for note in piece)
    assert len(one) == len(other)
    for instrument, part in other.parts.items():
        assert np.array_equal(one.parts[instrument].columns[ONSET], part.columns[ONSET])
        assert [n.onset for n in part.notes] == part.columns[ONSET].tolist()
        assert [n.pitch for n in part.notes] == part.columns[PITCH].tolist()


@settings(deadline=None)  # the machine may be busy
@given(NOTES, st.floats(0.0, 50.0), st.floats(0.1, 20.0), st.integers(0, 127))
def test_seen_is_what_a_plain_search_finds(notes, start, length, low):
    store, end, high = NoteStore(), start + length, low + 12
    store.set(notes)
    seen = sum(part.seen(start, end, low, high).shape[1] for part in store.parts.values())
    plain = [n for n in notes if n.offset > start and n.onset <= end and low - 1 < n.pitch < high]
    assert seen == len(plain)
    found = store.in_box(store.parts, start, end, low, high)
    boxed = [n for n in notes if n.offset > start and n.onset < end and low <= n.pitch <= high]
    assert sorted(found) == sorted(boxed)


def test_selection_is_marked_in_the_columns():
    store = NoteStore()
    store.set(SONG)
    store.select([E4, KICK])
    piano = store.parts[PIANO]
    assert piano.columns[SELECTED].tolist() == [0.0, 1.0, 0.0]
    assert store.selection == (KICK, E4)
    store.select([])
    assert not piano.columns[SELECTED].any()


def test_new_notes_keep_the_selection():
    store = NoteStore()
    store.set(SONG)
    store.select([E4])
    store.extend([Note(1.5, 1.6, 61, 80, 0)])
    assert store.parts[PIANO].columns[SELECTED].tolist() == [0.0, 0.0, 1.0, 0.0]


def test_what_is_known_about_a_song():
    store = NoteStore()
    assert (store.end, store.pitch_range, store.drum_keys, len(store)) == (0.0, None, (), 0)
    store.set(SONG)
    assert (store.end, store.pitch_range, store.drum_keys, len(store)) == (5.0, (40, 67), (36, 38), 6)
    assert store.has_confidences
    assert store.parts[PIANO].columns[UNSURE].tolist() == [0.0, 0.0, 1.0]


def test_notes_in_order():
    store = NoteStore()
    store.set(SONG)
    assert store.in_order([PIANO, BASS.instrument, KICK.instrument]) == [KICK, BASS, C4, SNARE, E4, G4]


def test_an_edit_lays_only_the_touched_instrument_out_anew():
    store = NoteStore()
    store.set(SONG)
    store.select([C4])
    before = dict(store.parts)

    store.set(note for note in SONG if note != E4)

    anew = {instrument for instrument, part in store.parts.items() if part is not before[instrument]}
    assert anew == {E4.instrument}
    assert not store.has(E4)
    assert store.selection == (C4,)


def test_a_store_forgets_the_confidences_that_left():
    store = NoteStore()
    store.set([C4, replace(E4, confidence=0.3)])
    assert store.has_confidences
    store.set([C4, E4])
    assert not store.has_confidences
