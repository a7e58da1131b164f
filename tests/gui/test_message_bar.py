"""The bar shows what it is told, whatever the user's files are called."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mt3_desktop.app.messages import Level, UserMessage
from mt3_desktop.gui.message_bar import MessageBar


def test_names_are_no_markup(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message(UserMessage(Level.ERROR, 'Can\'t read "<h1>loud<s>.wav"', "In <b>this</b> folder."))
    shown = [label for label in bar.findChildren(QLabel) if "<" in label.text()]
    assert [label.text() for label in shown] == ['Can\'t read "<h1>loud<s>.wav"', "In <b>this</b> folder."]
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in shown)
