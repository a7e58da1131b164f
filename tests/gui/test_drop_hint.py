"""The hint over a song while files hover over the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.drop_zone import DropHint
from mt3_desktop.gui.theme import DARK, apply_theme
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands


@pytest.fixture
def ground(qtbot: QtBot, qapp: QApplication) -> QWidget:
    apply_theme(qapp, "dark")
    widget = QWidget()
    widget.resize(600, 300)
    widget.setStyleSheet("background: red;")
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.mark.parametrize(("n_files", "text"), [(1, "Drop to add 1 file"), (3, "Drop to add 3 files")])
def test_it_says_what_a_drop_does(ground: QWidget, n_files: int, text: str) -> None:
    hint = DropHint(ground)
    hint.show_for(n_files)

    assert [label.text() for label in hint.findChildren(QLabel)] == [text, "The song on show stays open."]


def test_it_covers_the_song_at_every_size_and_lets_the_pointer_through(ground: QWidget) -> None:
    hint = DropHint(ground)
    assert not hint.isVisible()
    hint.show_for(1)
    ground.resize(500, 400)

    assert hint.geometry() == ground.rect()
    assert hint.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_the_song_shines_through_and_the_border_is_the_accent(ground: QWidget) -> None:
    hint = DropHint(ground)
    hint.show_for(1)
    image = ground.grab().toImage()

    inside = image.pixelColor(300, 40)
    assert inside.red() > QColor(DARK.window).red() + 10
    border = {image.pixelColor(x, 9).name() for x in range(60, 540)}
    assert QColor(DARK.accent).name() in border


def hover(hands: Hands, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = hands.window.rect().center()
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, Qt.DropAction.CopyAction, mime, buttons, modifiers)
    QApplication.sendEvent(hands.window, enter)


def hint_of(hands: Hands) -> DropHint:
    (hint,) = hands.window.findChildren(DropHint)
    return hint


def test_it_is_shown_over_a_song_while_files_hover(hands: Hands, tmp_path: Path) -> None:
    recording = write_audio(tmp_path / "song.wav", sine(1.0))
    hover(hands, recording)
    assert not hint_of(hands).isVisible()  # the drop zone says it

    hands.drop(recording)
    hands.wait_until_done()
    hover(hands, recording, recording)
    assert hint_of(hands).isVisible()
    QApplication.sendEvent(hands.window, QDragLeaveEvent())
    assert not hint_of(hands).isVisible()


def test_it_goes_with_the_drop_and_the_song_stays(hands: Hands, tmp_path: Path) -> None:
    recording = write_audio(tmp_path / "song.wav", sine(1.0))
    hands.drop(recording)
    hands.wait_until_done()
    document = hands.document()

    hands.drop(write_audio(tmp_path / "other.wav", sine(1.0)))

    assert not hint_of(hands).isVisible()
    assert hands.session.wiring._binding.document is document
