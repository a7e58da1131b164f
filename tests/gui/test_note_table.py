"""The note table, as the roll's twin."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Note
from mt3_desktop.gui import note_table
from mt3_desktop.gui.note_table import NotesModel, NoteTable
from mt3_desktop.gui.pitch_box import pitch_of
from mt3_desktop.gui.roll.note_values import parse_seconds
from tests.helpers.roll_hand import BASS, C4, E4, G4, KICK, SNARE, SONG

START, LENGTH, PITCH, VELOCITY, TRACK, CONFIDENCE = range(6)


@pytest.fixture
def table(qtbot: QtBot) -> NoteTable:
    table = NoteTable()
    table.resize(600, 400)
    table.set_tracks(tracks_of(SONG))
    table.set_notes(SONG)
    qtbot.addWidget(table)
    table.show()
    qtbot.waitExposed(table)
    return table


def texts(table: NoteTable, column: int) -> list[str]:
    model = table.model
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_it_is_a_proper_model(qapp):
    model = NotesModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_notes(SONG)
    model.sort(2, Qt.SortOrder.DescendingOrder)
    model.set_notes([])
    assert model.rowCount() == 0
    del tester


def test_a_row_says_all_about_a_note(table):
    row = table.model.row_of(G4)
    cells = [table.model.index(row, column).data() for column in range(6)]
    assert cells == ["0:04.00", "1.00 s", "G4", "100", "Acoustic grand piano", "30 %, unsure"]


def test_drums_have_their_names(table):
    assert table.model.index(table.model.row_of(KICK), PITCH).data() == "Bass drum"


def test_confidence_is_absent_where_no_model_gave_one(table):
    table.set_notes([C4, E4])
    assert table.model.columnCount() == 5


def test_notes_are_in_time_order_and_can_be_sorted(table, qtbot):
    assert texts(table, START) == sorted(texts(table, START))
    header = table.view.horizontalHeader()
    at = header.sectionViewportPosition(PITCH) + 10
    from PySide6.QtCore import QPoint

    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 5))
    assert texts(table, PITCH) == ["E2", "C4", "E4", "G4", "Bass drum", "Acoustic snare"]
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 5))
    assert texts(table, PITCH)[-1] == "E2"


def test_selecting_rows_selects_notes(table, qtbot):
    with qtbot.waitSignal(table.selection_changed) as blocker:
        table.view.selectRow(table.model.row_of(E4))
    assert blocker.args[0] == (E4,)


def test_the_rolls_selection_is_shown_and_not_sent_back(table):
    seen = []
    table.selection_changed.connect(seen.append)
    table.select((C4, SNARE, G4))
    rows = {index.row() for index in table.view.selectionModel().selectedRows()}
    assert rows == {table.model.row_of(note) for note in (C4, SNARE, G4)}
    assert not seen


def test_the_selection_survives_sorting_and_new_notes(table):
    table.select((C4,))
    table.model.sort(PITCH, Qt.SortOrder.DescendingOrder)
    table.set_notes([*SONG, replace(C4, onset=9.0, offset=10.0)])
    rows = [index.row() for index in table.view.selectionModel().selectedRows()]
    assert rows == [table.model.row_of(C4)]


@pytest.mark.parametrize(
    ("column", "text", "after"),
    [
        (START, "0:05.5", replace(C4, onset=5.5, offset=6.5)),
        (LENGTH, "0.25 s", replace(C4, offset=1.25)),
        (PITCH, "F#3", replace(C4, pitch=54)),
        (VELOCITY, "127", replace(C4, velocity=127)),
    ],
)
def test_cells_are_edited_by_typing(table, qtbot, column, text, after):
    index = table.model.index(table.model.row_of(C4), column)
    table.view.setCurrentIndex(index)
    table.view.edit(index)
    editor = table.view.focusWidget() or table.view.viewport().focusWidget()
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    with qtbot.waitSignal(table.edit_requested) as blocker:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert (blocker.args[0].before, blocker.args[0].after) == ((C4,), (after,))


@pytest.mark.parametrize(
    ("column", "text"), [(START, "soon"), (PITCH, "H9"), (VELOCITY, "128"), (VELOCITY, "0")]
)
def test_nonsense_changes_nothing(table, column, text):
    seen = []
    table.edit_requested.connect(seen.append)
    index = table.model.index(table.model.row_of(C4), column)
    assert table.model.setData(index, text) is False
    assert not seen


def test_tracks_are_not_edited_here(table):
    flags = table.model.index(0, TRACK).flags()
    assert not flags & Qt.ItemFlag.ItemIsEditable


def test_delete_takes_the_selected_notes_away(table, qtbot):
    table.select((C4, BASS))
    with qtbot.waitSignal(table.edit_requested) as blocker:
        qtbot.keyClick(table.view, Qt.Key.Key_Delete)
    assert set(blocker.args[0].before) == {C4, BASS}
    assert blocker.args[0].after == ()


def test_live_notes_arrive(table):
    late = Note(9.0, 10.0, 50, 80, 0)
    table.change(NoteDiff(added=(late, replace(late, pitch=51))))
    assert table.model.rowCount() == len(SONG) + 2
    assert table.model.row_of(late) == len(SONG)


NOTES = st.lists(
    st.builds(
        lambda onset, pitch, velocity, program: Note(onset / 2, onset / 2 + 1, pitch, velocity, program),
        st.integers(0, 5),
        st.integers(60, 62),
        st.sampled_from((80, 90)),
        st.sampled_from((0, 33)),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=30)  # the machine may be busy
@given(
    NOTES, NOTES, NOTES, st.integers(START, TRACK), st.sampled_from(Qt.SortOrder), st.sampled_from((2, 64))
)
def test_rows_that_come_and_go_leave_the_table_as_if_it_were_filled_anew(
    qapp, stay, go, come, column, order, max_steps
):
    table, anew = NoteTable(), NotesModel()
    diff = NoteDiff.of(go, come)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(note_table, "MAX_STEPS", max_steps)
        tester = QAbstractItemModelTester(table.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        for model in (table.model, anew):
            model.set_tracks(tracks_of([*stay, *go, *come]))
        table.set_notes([*stay, *go])
        table.model.sort(column, order)
        table.select(stay)
        table.change(diff)
    anew.set_notes([*stay, *come])
    anew.sort(column, order)
    rows = range(anew.rowCount())
    assert table.model.rowCount() == len(rows)
    texts = [[model.index(row, column).data() for row in rows] for model in (table.model, anew)]
    assert texts[0] == texts[1]
    assert Counter(map(table.model.note_at, rows)) == Counter(map(anew.note_at, rows))
    chosen = {index.row() for index in table.view.selectionModel().selectedRows()}
    assert set(stay) - set(go) <= set(map(table.model.note_at, chosen))
    del tester
    table.deleteLater()


def test_a_note_that_stays_in_its_row_keeps_the_cursor(table):
    row = table.model.row_of(E4)
    table.view.setCurrentIndex(table.model.index(row, VELOCITY))
    louder = replace(E4, velocity=101)
    table.change(NoteDiff.of([E4], [louder]))
    assert table.model.row_of(louder) == row
    assert (table.view.currentIndex().row(), table.view.currentIndex().column()) == (row, VELOCITY)
    assert table.view.currentIndex().data() == "101"


def test_an_edit_elsewhere_leaves_selection_and_scrolling(table):
    notes = [Note(10 + index, 11 + index, 60, 80, 0) for index in range(200)]
    table.set_notes([*SONG, *notes])
    table.select((notes[150],))
    top = table.view.rowAt(5)
    assert top > 100
    table.change(NoteDiff.of([C4], [replace(C4, pitch=61)]))
    assert table.view.rowAt(5) == top
    (selected,) = table.view.selectionModel().selectedRows()
    assert table.model.note_at(selected.row()) == notes[150]


def test_confidence_appears_with_the_first_note_that_has_one(table):
    table.set_notes([C4])
    table.change(NoteDiff(added=(replace(E4, confidence=0.25),)))
    assert table.model.columnCount() == 6
    assert texts(table, CONFIDENCE) == ["", "25 %, unsure"]


def test_a_renamed_track_is_put_where_it_belongs(table):
    table.model.sort(TRACK, Qt.SortOrder.AscendingOrder)
    tracks = tracks_of(SONG)
    table.set_tracks(replace(t, name="ZZ" if t.instrument == C4.instrument else t.name) for t in tracks)
    assert texts(table, TRACK)[-3:] == ["ZZ"] * 3


def test_selecting_all_rows_selects_all_notes(table, qtbot):
    with qtbot.waitSignal(table.selection_changed) as blocker:
        table.view.selectAll()
    assert set(blocker.args[0]) == set(SONG)


def test_a_renamed_track_is_shown(table):
    table.set_tracks(tuple(replace(t, name=f"My {t.name}") for t in tracks_of(SONG)))
    assert table.model.index(table.model.row_of(C4), TRACK).data() == "My Acoustic grand piano"


def test_cells_can_be_heard(table):
    index = table.model.index(table.model.row_of(C4), PITCH)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Pitch C4"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("65.25", 65.25),
        ("1:05.25", 65.25),
        ("1:00:05", 3605.0),
        ("0,5", 0.5),
        ("2 s", 2.0),
        ("", None),
        ("-1", None),
    ],
)
def test_parse_seconds(text, seconds):
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "pitch"),
    [
        ("C4", 60),
        ("c-1", 0),
        ("B♭2", 46),
        ("Bb2", 46),
        ("F#3", 54),
        ("60", 60),
        ("G9", 127),
        ("G#9", None),
        ("", None),
    ],
)
def test_a_typed_pitch(text, pitch):
    assert pitch_of(text) == pitch
