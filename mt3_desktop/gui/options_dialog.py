"""The options of a model: each with what it means, and a field that takes only what it can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.core.specs import OptionFacts, OptionValue
from mt3_desktop.gui.forms import indent, level_captions
from mt3_desktop.gui.plain_label import plain_label

WIDTH = 460

Options = dict[str, OptionValue]


class OptionsDialog(QDialog):
    """Asks for options. Not modal: what goes on goes on."""

    def __init__(
        self,
        heading: str,
        facts: Mapping[str, OptionFacts],
        values: Mapping[str, OptionValue],
        parent: QWidget,
    ) -> None:
        """Build the dialog.

        Args:
            heading: what it is about, one line; it may contain names of the user's.
            facts: the options to ask for, by name.
            values: their present values.
            parent: owner.
        """
        super().__init__(parent)
        self.setWindowTitle(heading)
        self.setMinimumWidth(WIDTH)
        self._readers: dict[str, Callable[[], OptionValue]] = {}
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addWidget(_wrapped(heading))
        form = QFormLayout()
        for name, fact in facts.items():
            form.addRow(fact.title, self._field(name, fact, values[name]))
        level_captions(form)
        for row, fact in reversed(tuple(enumerate(facts.values()))):
            form.insertRow(row + 1, _wrapped(fact.explanation, role="caption"))
        column.addLayout(form)
        column.addStretch(1)
        buttons = QDialogButtonBox()
        buttons.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    @property
    def values(self) -> Options:
        """What the fields say."""
        return {name: read() for name, read in self._readers.items()}

    def _field(self, name: str, fact: OptionFacts, value: OptionValue) -> QWidget:
        if fact.bounds is not None and isinstance(value, int):
            return self._number(name, fact.title, fact.bounds, value)
        if fact.choices:
            box = QComboBox()
            for choice, meaning in fact.choices.items():
                box.addItem(meaning, choice)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.setAccessibleName(fact.title)
            self._readers[name] = lambda: str(box.currentData())
            return box
        line = QLineEdit(str(value))
        line.setAccessibleName(fact.title)
        self._readers[name] = lambda: line.text().strip()
        return line

    def _number(self, name: str, title: str, bounds: tuple[int, int], value: int) -> QWidget:
        box = QSpinBox()
        box.setRange(*bounds)
        box.setValue(value)
        box.setAccessibleName(title)
        indent(box)
        self._readers[name] = box.value
        return box


def ask_options(
    parent: QWidget,
    heading: str,
    facts: Mapping[str, OptionFacts],
    values: Mapping[str, OptionValue],
    done: Callable[[Options], None],
) -> None:
    """Ask, without waiting for the answer.

    Args:
        parent: the window it belongs to.
        heading: as `OptionsDialog`, as are the two that follow.
        facts: the options.
        values: their present values.
        done: gets the options that were changed, if the answer is not "Cancel" and any were.
    """
    dialog = OptionsDialog(heading, facts, values, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def take() -> None:
        changed = {name: value for name, value in dialog.values.items() if value != values[name]}
        if changed:
            done(changed)

    dialog.accepted.connect(take)
    dialog.open()


def _wrapped(text: str, *, role: str = "") -> QWidget:
    label = plain_label(text)
    label.setWordWrap(True)
    label.setProperty("role", role)
    return label
