"""The order in which Tab goes through widgets that are made later than those after them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def focusable(part: QWidget) -> list[QWidget]:
    """A part and the widgets in it that take the focus, in the order in which they were made.

    Not by `nextInFocusChain`: what it returns PySide takes for a child, and forgets with its parent.
    """
    inside = (one for one in part.findChildren(QWidget) if one.window() is part.window())  # no menus
    return [one for one in (part, *inside) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]


def put_after(before: QWidget, parts: Iterable[QWidget]) -> None:
    """Let Tab go through parts, one after the other, behind a widget that takes the focus."""
    for part in parts:
        for widget in focusable(part):
            QWidget.setTabOrder(before, widget)
            before = widget
