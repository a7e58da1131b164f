"""The real window with the fake family, as `gui.composition` builds it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import Job
from mt3_desktop.gui.composition import Session
from mt3_desktop.gui.main_window import MainWindow
from mt3_desktop.gui.roll.view import RollView


class Hands:
    """What a person does with the window, and what they see."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.window: MainWindow = session.window
        self.services = session.services
        self.queue = session.services.queue
        self._qtbot = qtbot

    def drop(self, *paths: Path) -> None:
        """Drop files on the window."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place = QPointF(self.window.rect().center())
        buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(place.toPoint(), copy, mime, buttons, modifiers)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(place, copy, mime, buttons, modifiers))

    def press(self, text: str) -> None:
        """Press the button that says `text`."""
        buttons = [
            button
            for button in self.window.findChildren(QPushButton)
            if button.text() == text and button.isVisible()
        ]
        assert len(buttons) == 1, f'{len(buttons)} buttons say "{text}"'
        assert buttons[0].isEnabled(), f'"{text}" is disabled'
        self._qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)

    def trigger(self, action_id: str) -> None:
        """Choose a command from the menu."""
        action = self.window.command(action_id)
        assert action.isEnabled(), f"{action_id} is disabled"
        action.trigger()

    def wait_until_done(self) -> None:
        """Wait until no song is being transcribed and its last notes are in the roll."""
        self._qtbot.waitUntil(lambda: not self.queue.is_busy, timeout=20_000)
        for roll in self.window.findChildren(RollView):
            roll.flush()  # they would come with the next frame

    def wait_for_notes(self, row: int = 0) -> None:
        """Wait for the first notes of a song."""
        self._qtbot.waitUntil(lambda: self.document(row).n_notes > 0, timeout=20_000)

    def job(self, row: int = 0) -> Job:
        """The job of a row of the library."""
        return self.queue.jobs[row]

    def document(self, row: int = 0) -> TranscriptionDocument:
        """The document of a row of the library."""
        return self.queue.document(self.job(row).id)
