"""A handle by which a song is dragged out of the window as a MIDI file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from mt3_desktop.gui.theme import icon


class DragHandle(QToolButton):
    """Dragged, it offers a file that is written at that moment."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_file: Callable[[], Path | None] = _nothing
        self._pressed_at = QPoint()
        self.setIcon(icon("midi"))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("Drag song as MIDI file")
        self.setAccessibleDescription("The same is done by Copy as MIDI file")
        self.setToolTip("Drag this into your music program: the song as a MIDI file")

    def set_source(self, make_file: Callable[[], Path | None]) -> None:
        """Say where the file comes from.

        Args:
            make_file: writes the file and gives its path; None if there is nothing to drag (it has then said
                why).
        """
        self._make_file = make_file

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin the drag once the pointer has left the spot."""
        distance = (event.position().toPoint() - self._pressed_at).manhattanLength()
        if event.buttons() & Qt.MouseButton.LeftButton and distance >= QApplication.startDragDistance():
            self.setDown(False)
            start_drag(self, self._make_file())
        else:
            super().mouseMoveEvent(event)


def _nothing() -> None:
    """What a handle without a source has to offer."""


def start_drag(source: QWidget, path: Path | None) -> None:
    """Let the user drag a file out of a widget; returns when it is dropped."""
    if path is None:
        return
    drag = QDrag(source)
    drag.setMimeData(file_mime(path))
    drag.setPixmap(icon("midi").pixmap(32, 32))
    drag.exec(Qt.DropAction.CopyAction)


def file_mime(path: Path) -> QMimeData:
    """A file for the clipboard or a drag, as file managers and music programs expect it."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime
