"""Forms: captions in line with what they name, and no button that Enter presses unasked."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QFormLayout, QLayoutItem, QPushButton, QWidget

INDENT = 5


def level_captions(form: QFormLayout) -> None:
    """Centre each caption on its field, once all rows are there; Qt sets them some pixels higher."""
    for row in range(form.rowCount()):
        label = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
        caption = None if label is None else label.widget()
        if caption is not None:
            caption.setMinimumHeight(_height(form.itemAt(row, QFormLayout.ItemRole.FieldRole)))


def indent(box: QAbstractSpinBox) -> None:
    """Keep a number off its frame; Qt passes over the padding that the style sheet gives it."""
    box.lineEdit().setTextMargins(INDENT, 0, 0, 0)


def without_default(page: QWidget) -> None:
    """Let no button of a page become the default one of its dialog, which Enter presses from any field."""
    for button in page.findChildren(QPushButton):
        button.setAutoDefault(False)


def _height(item: QLayoutItem | None) -> int:
    """How high a widget or row of widgets will be once the style sheet is on it."""
    widget, layout = (None, None) if item is None else (item.widget(), item.layout())
    if widget is not None:
        widget.ensurePolished()
        return max(widget.sizeHint().height(), widget.minimumSizeHint().height())
    if layout is None:
        return 0
    return max((_height(layout.itemAt(index)) for index in range(layout.count())), default=0)
