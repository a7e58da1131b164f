"""The hint over a song while files hover over the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.drop_zone import DropHint
from mt3_desktop.gui.theme import DARK, apply_theme


@pytest.fixture
def song(qtbot: QtBot, qapp: QApplication) -> QWidget:
    apply_theme(qapp, "dark")
    widget = QWidget()
    widget.resize(600, 300)
    widget.setStyleSheet("background: red;")
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.mark.parametrize(("n_files", "text"), [(1, "Drop to add 1 file"), (3, "Drop to add 3 files")])
def test_it_says_what_a_drop_does(song: QWidget, n_files: int, text: str) -> None:
    hint = DropHint(song)
    hint.show_for(n_files)

    assert [label.text() for label in hint.findChildren(QLabel)] == [text, "The song on show stays open."]


def test_it_covers_the_song_at_every_size_and_lets_the_pointer_through(song: QWidget) -> None:
    hint = DropHint(song)
    assert not hint.isVisible()
    hint.show_for(1)
    song.resize(500, 400)

    assert hint.geometry() == song.rect()
    assert hint.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_the_song_shines_through_and_the_border_is_the_accent(song: QWidget) -> None:
    hint = DropHint(song)
    hint.show_for(1)
    image = song.grab().toImage()

    inside = image.pixelColor(300, 40)
    assert inside.red() > QColor(DARK.window).red() + 10
    border = {image.pixelColor(x, 9).name() for x in range(60, 540)}
    assert QColor(DARK.accent).name() in border
