"""What is dropped is read, so its source must never be told that it was moved and may be deleted."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.window import Hands

COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
BUTTON, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


def mime_of(path: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime


def test_a_source_that_would_move_is_told_of_a_copy(hands: Hands, song: Path) -> None:
    mime, place = mime_of(song), QPointF(hands.window.rect().center())
    enter = QDragEnterEvent(place.toPoint(), COPY | MOVE, mime, BUTTON, SHIFT)
    enter.setDropAction(MOVE)
    drop = QDropEvent(place, COPY | MOVE, mime, BUTTON, SHIFT)
    drop.setDropAction(MOVE)

    QApplication.sendEvent(hands.window, enter)
    QApplication.sendEvent(hands.window, drop)

    assert (enter.isAccepted(), enter.dropAction()) == (True, COPY)
    assert (drop.isAccepted(), drop.dropAction()) == (True, COPY)
    assert hands.job().path == song


def test_what_can_only_be_moved_is_refused(hands: Hands, song: Path) -> None:
    mime = mime_of(song)
    place, no_key = hands.window.rect().center(), Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, MOVE, mime, BUTTON, no_key)

    QApplication.sendEvent(hands.window, enter)

    assert not enter.isAccepted()
