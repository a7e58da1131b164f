"""One yes-or-no question, whose buttons say what they do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def confirmation(
    parent: QWidget, question: str, explanation: str = "", *, do: str, leave: str, is_safe: bool = False
) -> QMessageBox:
    """The box that asks before something is done.

    Args:
        parent: the window it belongs to.
        question: one line.
        explanation: what follows from it.
        do: the button that does it, a verb.
        leave: the button that does not; Escape presses it.
        is_safe: whether nothing is lost by doing it, so that Enter may do it.
    """
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    box.setInformativeText(explanation)
    roles = QMessageBox.ButtonRole
    doing = box.addButton(do, roles.AcceptRole if is_safe else roles.DestructiveRole)
    leaving = box.addButton(leave, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(doing if is_safe else leaving)
    box.setEscapeButton(leaving)
    return box


def confirm(
    parent: QWidget, question: str, explanation: str = "", *, do: str, leave: str, is_safe: bool = False
) -> bool:
    """Ask, as `confirmation` says, and wait for the answer."""
    box = confirmation(parent, question, explanation, do=do, leave=leave, is_safe=is_safe)
    box.exec()
    return box.buttonRole(box.clickedButton()) is not QMessageBox.ButtonRole.RejectRole
