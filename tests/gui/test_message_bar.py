"""The bar shows what it is told, whatever the user's files are called."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mt3_desktop.app.messages import Action, Level, UserMessage
from mt3_desktop.gui.message_bar import MessageBar


def test_names_are_no_markup(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message(UserMessage(Level.ERROR, 'Can\'t read "<h1>loud<s>.wav"', "In <b>this</b> folder."))
    shown = [label for label in bar.findChildren(QLabel) if "<" in label.text()]
    assert [label.text() for label in shown] == ['Can\'t read "<h1>loud<s>.wav"', "In <b>this</b> folder."]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in shown)


@pytest.mark.parametrize(("width", "is_beside"), [(560, False), (1100, True)])
def test_buttons_leave_room_for_the_words(qtbot: QtBot, width: int, is_beside: bool) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.resize(width, 60)
    bar.show_message(
        UserMessage(
            Level.ERROR, '"mt3.pth" can\'t be read as weights of a model', "Get it again.",
            (Action.MODELS, Action.USE_BUILT_IN, Action.COPY_DETAILS),
        )
    )  # fmt: skip
    bar.resize(width, bar.sizeHint().height())
    qtbot.waitUntil(lambda: bar.layout() is not None and bar.isVisible())
    (title,) = (label for label in bar.findChildren(QLabel) if "mt3.pth" in label.text())
    buttons = bar.findChildren(QPushButton)
    assert len(buttons) == 3
    assert title.width() >= 250
    assert title.height() <= 3 * title.fontMetrics().height()
    assert all((button.y() < title.geometry().bottom()) is is_beside for button in buttons)
