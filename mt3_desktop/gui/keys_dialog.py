"""All keys in one table: those of commands, of the roll and of the tracks, and what the wheel does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.gui.actions import ACTIONS
from mt3_desktop.gui.roll import wheel
from mt3_desktop.gui.roll.wheel import WheelPreset

SIZE = (640, 620)
ANYWHERE, IN_ROLL, IN_TRACKS = "Anywhere", "In the roll", "In the tracks"

ROLL_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Next or previous note", ("Right", "Left")),
    ("Add the next or previous note to the selection", ("Shift+Right", "Shift+Left")),
    ("Accept a possible note, else go to the start", ("Return", "Enter")),
    ("Edit the values of the selected notes", ("Shift+Return", "Shift+Enter")),
    ("Move notes up or down a semitone", ("Up", "Down")),
    ("Move notes up or down an octave", ("Shift+Up", "Shift+Down")),
    ("Louder or softer notes", ("Ctrl+Up", "Ctrl+Down")),
    ("Move notes by one step of the grid", ("Ctrl+Right", "Ctrl+Left")),
    ("Move notes by 10 ms", ("Alt+Right", "Alt+Left")),
    ("Copy, cut, paste notes", ("Ctrl+C", "Ctrl+X", "Ctrl+V")),
    ("Duplicate notes", ("Ctrl+D",)),
    ("Quantise notes", ("Q", "Ctrl+U")),
    ("Join notes", ("J",)),
    ("Split notes at the playhead", ("K",)),
    ("Draw notes, or select", ("B",)),
    ("Snap to the grid, or not", ("N",)),
    ("Drag the view while held", ("H",)),
    ("Send notes to a track", tuple(f"Ctrl+{number}" for number in range(1, 10))),
    ("One screen forward or back", ("PgDown", "PgUp")),
    ("Zoom pitches in or out", ("Alt+=", "Alt+-")),
    ("End a drag, or select nothing", ("Esc",)),
)
"""What the roll does with keys that belong to no command; two in a row are the two directions."""

TRACK_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Next or previous track", ("Alt+Down", "Alt+Up")),
    ("Mute", ("M",)),
    ("Solo", ("S",)),
    ("Rename", ("F2",)),
)
_WHEEL_MODIFIERS = {
    Qt.KeyboardModifier.NoModifier: "Wheel",
    Qt.KeyboardModifier.ShiftModifier: "Shift+Wheel",
    Qt.KeyboardModifier.ControlModifier: "Ctrl+Wheel",
    Qt.KeyboardModifier.AltModifier: "Alt+Wheel",
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A line of the table.

    Attributes:
        text: what it does.
        keys: on this computer's keyboard.
        place: where it works.
    """

    text: str
    keys: str
    place: str


def key_rows(preset: WheelPreset) -> Iterator[KeyRow]:
    """Every key and every turn of the wheel.

    Args:
        preset: what the wheel does.
    """
    for spec in ACTIONS:
        if spec.keys:
            place = IN_ROLL if spec.is_for_roll else ANYWHERE
            yield KeyRow(spec.text.rstrip("…"), _native(spec.keys), place)
    for table, place in ((ROLL_KEYS, IN_ROLL), (TRACK_KEYS, IN_TRACKS)):
        yield from (KeyRow(text, _native(keys), place) for text, keys in table)
    for modifier, action in wheel.ACTIONS[preset].items():
        yield KeyRow(action.value.capitalize(), _WHEEL_MODIFIERS[modifier], IN_ROLL)
    yield KeyRow("Move the view", "Drag with the middle button", IN_ROLL)


class KeysDialog(QDialog):
    """The table in a window of its own."""

    def __init__(self, preset: WheelPreset, parent: QWidget | None = None) -> None:
        """List the keys.

        Args:
            preset: what the wheel does.
            parent: owner.
        """
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(*SIZE)
        table = KeysTable(preset)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(table, 1)
        column.addWidget(buttons)
        table.setFocus()


class KeysTable(QWidget):
    """The table, with a search field; nothing is changed here."""

    def __init__(self, preset: WheelPreset, parent: QWidget | None = None) -> None:
        """List the keys.

        Args:
            preset: what the wheel does.
            parent: owner.
        """
        super().__init__(parent)
        model = QStandardItemModel(0, 3, self)
        model.setHorizontalHeaderLabels(["What", "Keys", "Where"])
        for row in key_rows(preset):
            model.appendRow([QStandardItem(text) for text in (row.text, row.keys, row.place)])
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(model)
        self._proxy.setFilterKeyColumn(-1)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        search = QLineEdit(placeholderText="Find a command or a key", clearButtonEnabled=True)
        search.setAccessibleName("Find a key")
        search.textChanged.connect(self._proxy.setFilterFixedString)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(search)
        column.addWidget(self._table(), 1)
        self.setFocusProxy(search)

    def _table(self) -> QTreeView:
        view = QTreeView()
        view.setModel(self._proxy)
        view.setAccessibleName("Keys")
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        view.setSortingEnabled(True)
        view.header().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        view.header().setStretchLastSection(False)
        view.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section in (1, 2):
            view.header().setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        return view


def _native(keys: tuple[str, ...]) -> str:
    """Keys as this computer's keyboard calls them; a long row is a span."""
    names = [
        QKeySequence(key, QKeySequence.SequenceFormat.PortableText).toString(
            QKeySequence.SequenceFormat.NativeText
        )
        for key in keys
    ]
    return f"{names[0]} … {names[-1]}" if len(names) > 3 else ", ".join(names)
