from __future__ import annotations

from collections import Counter
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mt3_desktop.app import note_rows
from mt3_desktop.app.note_rows import Key, begin_at, by_instrument, merged, onset_of, rows_of, without
from mt3_desktop.core.values import Instrument, Note, sort_key

NOTES = st.lists(
    st.builds(
        lambda onset, pitch, velocity: Note(onset / 2, onset / 2 + 1, pitch, velocity, 0),
        st.integers(0, 4),
        st.integers(60, 61),
        st.sampled_from((80, 90)),
    ),
    max_size=10,
)
SEARCH, WALK = 1e-4, 1e4
"""Where any number of notes are few, and where any are many."""


@given(
    NOTES, NOTES, st.sampled_from((None, onset_of, sort_key)), st.sampled_from((SEARCH, WALK)), st.booleans()
)
def test_notes_are_found_and_taken_out(
    notes: list[Note], wanted: list[Note], key: Key | None, many: float, are_same_objects: bool
) -> None:
    notes = sorted(notes, key=key) if key is not None else notes
    wanted = [*wanted, *notes[::2]]
    chosen = wanted if are_same_objects else [replace(note) for note in wanted]
    with patch.object(note_rows, "_MANY", many):
        rows = rows_of(notes, chosen, key)
        left = without(notes, chosen, key)

    assert rows == sorted(set(rows))
    assert Counter(notes[row] for row in rows) == Counter(notes) & Counter(wanted)
    assert left == [note for row, note in enumerate(notes) if row not in set(rows)]


@given(NOTES, st.sets(st.sampled_from((0.0, 0.5, 1.0, 9.0))), st.sampled_from((SEARCH, WALK)))
def test_what_begins_at_some_times(notes: list[Note], onsets: set[float], many: float) -> None:
    notes.sort(key=onset_of)
    with patch.object(note_rows, "_MANY", many):
        assert begin_at(notes, onsets) == [note for note in notes if note.onset in onsets]


@given(NOTES, NOTES)
def test_some_more_notes_are_put_in_their_places(notes: list[Note], added: list[Note]) -> None:
    notes.sort(key=sort_key)
    with patch.object(note_rows, "_ANEW", 0), patch.object(note_rows, "_NEAR", 2):
        together = merged(notes, added, sort_key)
    assert together == sorted((*notes, *added), key=sort_key)


@pytest.mark.parametrize("many", [SEARCH, WALK])
def test_the_same_object_twice_is_two_notes(many: float) -> None:
    note = Note(0.0, 1.0, 60, 90, 0)
    with patch.object(note_rows, "_MANY", many):
        assert rows_of([note, note], [note], sort_key) == [0]
        assert without([note, note], [note, note, note], sort_key) == []


def test_notes_by_instrument_keep_their_order() -> None:
    first, bass, second = (
        Note(onset, 9.0, 60, 90, program) for onset, program in ((1, 0), (0, 33), (0.5, 0))
    )
    assert by_instrument([first, bass, second]) == {Instrument(0): (first, second), Instrument(33): (bass,)}
