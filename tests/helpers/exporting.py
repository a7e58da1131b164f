"""Exporting from the window as a person does it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QWidget

from mt3_desktop.gui.export_dialog import ExportDialog
from tests.helpers.window import Hands


def open_export(hands: Hands) -> ExportDialog:
    """Choose *Export*; the window stays usable beside the dialog."""
    hands.trigger("export")
    (dialog,) = (one for one in hands.window.findChildren(ExportDialog) if one.isVisible())
    assert not dialog.isModal()
    return dialog


def press(dialog: QWidget, text: str) -> None:
    """Press a button of a dialog."""
    (button,) = (one for one in dialog.findChildren(QPushButton) if one.text() == text)
    assert button.isEnabled(), f'"{text}" is disabled'
    button.click()


def export(hands: Hands, choose: Callable[[ExportDialog], object] | None = None) -> None:
    """Export the song on show.

    Args:
        hands: the window.
        choose: makes choices in the dialog before it is accepted.
    """
    dialog = open_export(hands)
    if choose is not None:
        choose(dialog)
    press(dialog, "Export")
