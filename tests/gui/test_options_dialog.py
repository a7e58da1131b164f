"""The options of a model: fields that take only what an option can be."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.core.specs import OptionFacts
from mt3_desktop.gui.options_dialog import Options, OptionsDialog, ask_options

FACTS = {
    "memory": OptionFacts("Memory length", "How much it remembers.", bounds=(0, 1024)),
    "mode": OptionFacts("Mode", "How it hears.", MappingProxyType({"calm": "slowly", "wild": "fast"})),
    "name": OptionFacts("Name", "Anything."),
}
VALUES = {"memory": 64, "mode": "wild", "name": "x"}


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def changes() -> list[Options]:
    return []


@pytest.fixture
def dialog(window: QWidget, changes: list[Options]) -> OptionsDialog:
    ask_options(window, "Options of <b>mine", FACTS, VALUES, changes.append)
    return window.findChild(OptionsDialog)


def press(qtbot: QtBot, dialog: OptionsDialog, text: str) -> None:
    (button,) = (button for button in dialog.findChildren(QPushButton) if button.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_says_what_each_option_is(dialog: OptionsDialog) -> None:
    words = [label.text() for label in dialog.findChildren(QLabel)]
    for text in ("Options of <b>mine", "Memory length", "How much it remembers.", "Mode", "How it hears."):
        assert text in words
    assert dialog.values == VALUES
    box = dialog.findChild(QComboBox)
    assert [box.itemText(index) for index in range(box.count())] == ["slowly", "fast"]


def test_what_was_changed_is_told(qtbot: QtBot, dialog: OptionsDialog, changes: list[Options]) -> None:
    dialog.findChild(QSpinBox).setValue(32)
    dialog.findChild(QComboBox).setCurrentIndex(0)
    press(qtbot, dialog, "Apply")
    assert changes == [{"memory": 32, "mode": "calm"}]


@pytest.mark.parametrize("button", ["Apply", "Cancel"])
def test_nothing_is_told_where_nothing_changes(
    qtbot: QtBot, dialog: OptionsDialog, changes: list[Options], button: str
) -> None:
    if button == "Cancel":
        dialog.findChild(QSpinBox).setValue(3)
    press(qtbot, dialog, button)
    assert changes == []


def test_a_number_stays_within_its_bounds(dialog: OptionsDialog) -> None:
    number = dialog.findChild(QSpinBox)
    number.setValue(5000)
    assert dialog.values["memory"] == 1024
