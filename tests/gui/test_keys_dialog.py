from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QTreeView
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.actions import ACTIONS
from mt3_desktop.gui.keys_dialog import ROLL_KEYS, KeysDialog, key_rows
from mt3_desktop.gui.roll.keys import Keys
from mt3_desktop.gui.roll.view import RollView
from tests.helpers.window import Hands

COMMAND_KEYS = {key for spec in ACTIONS for key in spec.keys}
HELD_OR_COUNTED = {"H", *(f"Ctrl+{number}" for number in range(1, 10))}


def shown(dialog: KeysDialog) -> list[tuple[str, str]]:
    (view,) = dialog.findChildren(QTreeView)
    model = view.model()
    return [
        (str(model.index(row, 0).data()), str(model.index(row, 1).data())) for row in range(model.rowCount())
    ]


def test_f1_lists_the_keys_and_escape_closes_the_list(hands: Hands, qtbot: QtBot) -> None:
    hands.window.activateWindow()
    qtbot.waitActive(hands.window)
    qtbot.keyClick(hands.window, Qt.Key.Key_F1)
    (dialog,) = hands.window.findChildren(KeysDialog)
    assert dialog.isVisible()
    assert ("Play or pause", "Space") in shown(dialog)

    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_key_or_a_command_is_found_by_typing(qtbot: QtBot) -> None:
    dialog = KeysDialog("daw")
    qtbot.addWidget(dialog)
    (search,) = dialog.findChildren(QLineEdit)

    qtbot.keyClicks(search, "octave")
    assert shown(dialog) == [("Move notes up or down an octave", "Shift+Up, Shift+Down")]

    search.clear()
    qtbot.keyClicks(search, "ctrl+wheel")
    assert shown(dialog) == [("Zoom time", "Ctrl+Wheel")]


@pytest.mark.parametrize(("preset", "text"), [("daw", "Scroll pitch"), ("zoom", "Zoom time")])
def test_the_wheel_does_what_the_table_says(qapp: object, preset: str, text: str) -> None:
    (bare,) = (row for row in key_rows(preset) if row.keys == "Wheel")  # type: ignore[arg-type]  # parametrised
    assert bare.text == text


def test_the_keys_of_the_roll_are_those_of_the_table(qtbot: QtBot) -> None:
    roll = RollView()
    qtbot.addWidget(roll)
    bound = {
        QKeySequence(int(key) | modifiers.value).toString(QKeySequence.SequenceFormat.PortableText)
        for key, modifiers in Keys(roll)._table
    }

    listed = {key for _text, keys in ROLL_KEYS for key in keys}

    assert listed - bound == HELD_OR_COUNTED
    assert bound - listed - COMMAND_KEYS <= {"Alt++", "Ctrl+Shift++"}  # the same with another hand
