"""A push button that is the face of an action."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QPushButton, QWidget

from mt3_desktop.gui.theme import icon


class ActionButton(QPushButton):
    """Mirrors an action's text, tool tip and state; pressed, it triggers it."""

    def __init__(
        self, action: QAction, text: str, icon_name: str = "", parent: QWidget | None = None
    ) -> None:
        """Make a button.

        Args:
            action: what it does.
            text: what it says.
            icon_name: one of our icons, or "".
            parent: owner.
        """
        super().__init__(text, parent)
        self._action = action
        self._icon = icon(icon_name) if icon_name else QIcon()
        self.setIcon(self._icon)
        self.setAccessibleName(text)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._on_action_changed)
        self._on_action_changed()

    def set_primary(self, is_primary: bool) -> None:
        """Make it the one button of the window that stands out, or not."""
        if self.property("primary") != is_primary:
            self.setProperty("primary", is_primary)
            # Icons have the colour of text on a plain button, which is hard to see on the accent.
            self.setIcon(QIcon() if is_primary else self._icon)
            self.style().unpolish(self)
            self.style().polish(self)

    @Slot()
    def _on_action_changed(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
