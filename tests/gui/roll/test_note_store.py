from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.store import ONSET, PITCH, SELECTED, UNSURE, NoteStore, columns_of
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
    assert store.parts[PIANO].columns[UNSURE].tolist() == [0.0, 0.0, 1.0]


def test_notes_in_order():
    store = NoteStore()
    store.set(SONG)
    assert store.in_order([PIANO, BASS.instrument, KICK.instrument]) == [KICK, BASS, C4, SNARE, E4, G4]


def test_an_edit_leaves_the_other_instruments_alone():
    store = NoteStore()
    store.set(SONG)
    store.select([C4, E4])
    before = dict(store.parts)
    moved = replace(E4, onset=0.5, offset=0.9)

    store.change(NoteDiff.of([E4, BASS], [moved]))

    assert store.parts.keys() == before.keys() - {BASS.instrument}
    assert store.parts[KICK.instrument] is before[KICK.instrument]
    assert store.parts[PIANO].notes == [moved, C4, G4]
    assert store.parts[PIANO].columns[SELECTED].tolist() == [0.0, 1.0, 0.0]
    assert store.selection == (C4,)


@settings(deadline=None, max_examples=40)  # the machine may be busy
@given(NOTES, NOTES, NOTES)
def test_changing_is_setting_the_outcome(stay, go, come):
    changed, anew = NoteStore(), NoteStore()
    changed.set([*stay, *go])
    chosen = [*stay[::2], *go[::2]]
    come = [replace(note, velocity=81) for note in come]
    changed.select(chosen)
    changed.change(NoteDiff.of(go, come))
    anew.set([*stay, *come])
    assert changed.parts.keys() == anew.parts.keys()
    assert set(changed.selection) <= set(chosen)
    for instrument, part in anew.parts.items():
        same = changed.parts[instrument]
        assert Counter(same.notes) == Counter(part.notes)
        assert np.array_equal(same.columns[:SELECTED], columns_of(same.notes)[:SELECTED])
        marked = {note for note, mark in zip(same.notes, same.columns[SELECTED], strict=True) if mark}
        assert marked == {note for note in same.notes if changed.is_selected(note)}
        assert (same.longest, same.has_velocities) == (part.longest, part.has_velocities)


def test_of_equal_notes_one_stays_selected():
    store = NoteStore()
    store.set([C4, C4])
    store.select([C4])
    store.change(NoteDiff((C4,), ()))
    assert store.selection == (C4,)
    assert store.parts[PIANO].columns[SELECTED].tolist() == [1.0]
