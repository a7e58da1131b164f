"""A label for names of the user's."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def plain_label(text: str = "") -> QLabel:
    """A label that shows "<b>" as it is: songs, tracks and folders may be called so."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
