"""A question's buttons are verbs; Enter does what is safe, Escape does nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.ask import confirm


@pytest.mark.parametrize(
    ("key", "is_safe", "answer"),
    [
        (Qt.Key.Key_Return, True, True),
        (Qt.Key.Key_Return, False, False),
        (Qt.Key.Key_Escape, True, False),
        (Qt.Key.Key_Escape, False, False),
    ],
)
def test_keys(qtbot: QtBot, key: Qt.Key, is_safe: bool, answer: bool) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    labels: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        labels.extend(button.text() for button in box.buttons())
        assert all(button.icon().isNull() for button in box.buttons())
        qtbot.keyClick(box, key)

    QTimer.singleShot(0, press)
    assert confirm(parent, "Delete it?", do="Delete", leave="Cancel", is_safe=is_safe) is answer
    assert sorted(labels) == ["Cancel", "Delete"]


def test_the_button_that_does_it(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        (button,) = (button for button in box.buttons() if button.text() == "Delete")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, press)
    assert confirm(parent, "Delete it?", do="Delete", leave="Cancel")
