"""Keeps single keys from being commands where they mean something else."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QWidget,
)

_BY_WIDGET: tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...] = (
    (QAbstractButton, frozenset({Qt.Key.Key_Space})),
    (QComboBox, frozenset({Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End})),
    (QAbstractSlider, frozenset({Qt.Key.Key_Home, Qt.Key.Key_End})),
    (QAbstractItemView, frozenset({Qt.Key.Key_Home, Qt.Key.Key_End})),
)


class KeyGate(QObject):
    """Lets a focused button be pressed by Space, and a list go Home.

    Qt asks the focused widget first whether it wants a key that is also a shortcut; buttons and lists do not
    say so, which would leave a keyboard user unable to press a button while Space means play. The filter
    sits on the focused widget only: on the application it would see every event of the program.
    """

    def __init__(self, app: QApplication) -> None:
        """Follow the focus of an application, which becomes the owner."""
        super().__init__(app)
        app.focusChanged.connect(self._on_focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim the key for the focused widget."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_bare = event.modifiers() == Qt.KeyboardModifier.NoModifier
            for kind, keys in _BY_WIDGET:
                if is_bare and isinstance(watched, kind) and event.key() in keys:
                    event.accept()
                    return True
        return super().eventFilter(watched, event)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if new is not None:
            new.installEventFilter(self)
