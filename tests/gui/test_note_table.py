"""The note table, as the roll's twin."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Note
from mt3_desktop.gui.note_table import NotesModel, NoteTable, parse_pitch, parse_seconds
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


def test_live_notes_arrive(table, qtbot):
    late = Note(9.0, 10.0, 50, 80, 0)
    table.append([late])
    table.append([replace(late, pitch=51)])
    qtbot.waitUntil(lambda: table.model.rowCount() == len(SONG) + 2)
    assert table.model.row_of(late) is not None


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
def test_parse_pitch(text, pitch):
    assert parse_pitch(text) == pitch
