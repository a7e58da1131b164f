"""The order in which Tab goes through widgets that are made later than those after them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def focusable(part: QWidget) -> list[QWidget]:
    """A part and the widgets in it that take the focus, in the order of Tab."""
    found = [part]
    widget = part.nextInFocusChain()
    while widget is not None and part.isAncestorOf(widget):
        found.append(widget)
        widget = widget.nextInFocusChain()
    return [one for one in found if one.focusPolicy() != Qt.FocusPolicy.NoFocus]


def put_after(before: QWidget, parts: Iterable[QWidget]) -> None:
    """Let Tab go through parts behind a widget, or behind the last before it that takes the focus."""
    while before.focusPolicy() == Qt.FocusPolicy.NoFocus and not before.isWindow():
        before = before.previousInFocusChain() or before.window()
    for part in parts:
        for widget in focusable(part):
            QWidget.setTabOrder(before, widget)
            before = widget
