"""The notes as a table: the roll's twin for the keyboard and for those who hear the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note, sort_key
from mt3_desktop.gui.roll import editing
from mt3_desktop.gui.roll.editing import MIN_DURATION, NoteEdit
from mt3_desktop.gui.roll.spoken import note_name
from mt3_desktop.gui.roll.store import UNSURE_BELOW
from mt3_desktop.gui.roll.time_grid import format_seconds

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()
APPEND_MS = 500
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table.

    Attributes:
        title: its heading.
        text: note → what is shown.
        key: note → what is sorted by.
        changed: (note, typed text) → the note as typed, or None if it makes no sense; None: not editable.
    """

    title: str
    text: Callable[[Note], str]
    key: Callable[[Note], object]
    changed: Callable[[Note, str], Note | None] | None = None


def parse_seconds(text: str) -> float | None:
    """Seconds from "65.25", "1:05.25" or "1:00:05"; None if it is none of these."""
    parts = text.strip().removesuffix("s").strip().replace(",", ".").split(":")
    if len(parts) > 3 or not all(re.fullmatch(r"\d+(\.\d*)?", part) for part in parts):
        return None
    seconds = 0.0
    for part in parts:
        seconds = 60.0 * seconds + float(part)
    return seconds


def parse_pitch(text: str) -> int | None:
    """MIDI pitch from "C4", "F#3", "B♭2" or "60"; None if it is none of these."""
    text = text.strip()
    if text.isdigit():
        pitch = int(text)
    else:
        found = re.fullmatch(r"([A-Ga-g])([#♯b♭]?)(-?\d)", text)
        if found is None:
            return None
        letter, accidental, octave = found.groups()
        pitch = 12 * (int(octave) + 1) + LETTERS[letter.upper()] + ACCIDENTALS[accidental]
    return pitch if 0 <= pitch <= 127 else None


class NotesModel(QAbstractTableModel):
    """Notes in rows, in the order that was asked for.

    Signals:
        edit_requested: NoteEdit.
    """

    edit_requested = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notes: list[Note] = []
        self._rows: dict[Note, int] | None = None
        self._names: dict[Instrument, str] = {}
        self._has_confidences = False
        self._columns = (
            Column("Start", lambda n: format_seconds(n.onset, 0.01), sort_key, _with_onset),
            Column("Length", lambda n: f"{n.duration:.2f} s", lambda n: n.duration, _with_duration),
            Column("Pitch", note_name, lambda n: (n.is_drum, n.pitch), _with_pitch),
            Column("Velocity", lambda n: str(n.velocity), lambda n: n.velocity, _with_velocity),
            Column("Track", self._track_name, self._track_name),
            Column("Confidence", _confidence, lambda n: n.confidence if n.confidence is not None else -1.0),
        )
        self._sorted_by = (0, Qt.SortOrder.AscendingOrder)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns; confidence only where a model gave one."""
        return self._columns if self._has_confidences else self._columns[:-1]

    def set_tracks(self, tracks: Iterable[Track]) -> None:
        """Hand in the names of the tracks."""
        names = {track.instrument: track.name for track in tracks}
        if names != self._names:
            self._names = names
            if self._notes:
                self.dataChanged.emit(self.index(0, 4), self.index(len(self._notes) - 1, 4))

    def set_notes(self, notes: Iterable[Note]) -> None:
        """Show these notes."""
        self.beginResetModel()
        self._notes = list(notes)
        self._has_confidences = any(note.confidence is not None for note in self._notes)
        self._arrange()
        self.endResetModel()

    def note_at(self, row: int) -> Note:
        """The note of a row."""
        return self._notes[row]

    def row_of(self, note: Note) -> int | None:
        """The row of a note, or None."""
        if self._rows is None:
            self._rows = {other: row for row, other in enumerate(self._notes)}
        return self._rows.get(note)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """How many notes."""
        return 0 if parent.isValid() else len(self._notes)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """How many columns."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Headings of the columns; rows are numbered."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.columns[section].title if orientation == Qt.Orientation.Horizontal else section + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text of a cell, for eyes and ears."""
        if not index.isValid():
            return None
        note, column = self._notes[index.row()], self.columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return column.text(note)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title} {column.text(note)}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if index.column() in (2, 4) else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Selectable; editable where the column is."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        is_editable = self.columns[index.column()].changed is not None
        return flags | Qt.ItemFlag.ItemIsEditable if is_editable else flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Wish for the note as typed."""
        column, note = self.columns[index.column()], self._notes[index.row()]
        if role != Qt.ItemDataRole.EditRole or column.changed is None:
            return False
        changed = column.changed(note, str(value))
        if changed is None or changed == note:
            return False
        self.edit_requested.emit(NoteEdit(f"Change {column.title.lower()}", (note,), (changed,)))
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in order; equal ones stay in time order."""
        self._sorted_by = (column, order)
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, order = self._sorted_by
        self._notes.sort(key=sort_key)
        columns = self.columns
        is_descending = order == Qt.SortOrder.DescendingOrder
        if column < len(columns) and (column or is_descending):
            self._notes.sort(key=columns[column].key, reverse=is_descending)  # type: ignore[arg-type]
        self._rows = None

    def _track_name(self, note: Note) -> str:
        return self._names.get(note.instrument, "")


class NoteTable(QWidget):
    """The table with its selection, in step with the roll's.

    Signals:
        selection_changed: tuple[Note, ...], by the user.
        edit_requested: NoteEdit.
        note_activated: Note, to be shown and sounded.
    """

    selection_changed = Signal(object)
    edit_requested = Signal(object)
    note_activated = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = NotesModel(self)
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setAlternatingRowColors(True)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.setTabKeyNavigation(False)
        self.view.setAccessibleName("Notes")
        rows = self.view.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 10)
        columns = self.view.horizontalHeader()
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        columns.setHighlightSections(False)
        columns.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.view.setSortingEnabled(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._selected: tuple[Note, ...] = ()
        self._is_following = False
        self._arrived: list[Note] = []
        self._append = QTimer(self, singleShot=True, interval=APPEND_MS)
        self._append.timeout.connect(self._on_append_due)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.view.activated.connect(self._on_activated)
        self.model.modelAboutToBeReset.connect(self._on_about_to_reset)
        self.model.modelReset.connect(self._on_reset)
        self.model.edit_requested.connect(self.edit_requested)

    def set_tracks(self, tracks: Iterable[Track]) -> None:
        """Hand in the names of the tracks."""
        self.model.set_tracks(tracks)

    def set_notes(self, notes: Iterable[Note]) -> None:
        """Show these notes."""
        self._arrived.clear()
        self.model.set_notes(notes)

    def append(self, notes: Iterable[Note]) -> None:
        """Show more notes, at most twice a second."""
        self._arrived.extend(notes)
        if self._arrived and not self._append.isActive():
            self._append.start()

    def select(self, notes: Collection[Note]) -> None:
        """Select the rows of these notes and scroll to the first: the roll's selection changed."""
        if tuple(notes) == self._selected:
            return
        self._selected = tuple(notes)
        self._show_selection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes the selected notes away."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._selected:
            self.edit_requested.emit(editing.deleted(self._selected))
        else:
            super().keyPressEvent(event)

    def _show_selection(self) -> None:
        rows = sorted(row for row in map(self.model.row_of, self._selected) if row is not None)
        selection = QItemSelection()
        last = self.model.columnCount() - 1
        for first, end in _runs(rows):
            selection.select(self.model.index(first, 0), self.model.index(end, last))
        self._is_following = True
        chooser = self.view.selectionModel()
        chooser.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            chooser.setCurrentIndex(self.model.index(rows[0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(self.model.index(rows[0], 0))
        self._is_following = False

    @Slot()
    def _on_append_due(self) -> None:
        arrived, self._arrived = self._arrived, []
        present = [self.model.note_at(row) for row in range(self.model.rowCount())]
        self.model.set_notes([*present, *arrived])

    @Slot()
    def _on_about_to_reset(self) -> None:
        self._is_following = True

    @Slot()
    def _on_reset(self) -> None:
        self._show_selection()

    @Slot()
    def _on_selection_changed(self) -> None:
        if self._is_following:
            return
        rows = {index.row() for index in self.view.selectionModel().selectedRows()}
        self._selected = tuple(sorted((self.model.note_at(row) for row in rows), key=sort_key))
        self.selection_changed.emit(self._selected)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.note_activated.emit(self.model.note_at(index.row()))


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Rising numbers as (first, last) of their unbroken runs."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def _with_onset(note: Note, text: str) -> Note | None:
    seconds = parse_seconds(text)
    if seconds is None:
        return None
    return replace(note, onset=seconds, offset=seconds + note.duration)


def _with_duration(note: Note, text: str) -> Note | None:
    seconds = parse_seconds(text)
    return None if seconds is None else replace(note, offset=note.onset + max(seconds, MIN_DURATION))


def _with_pitch(note: Note, text: str) -> Note | None:
    pitch = parse_pitch(text)
    return None if pitch is None else replace(note, pitch=pitch)


def _with_velocity(note: Note, text: str) -> Note | None:
    return replace(note, velocity=int(text)) if text.isdigit() and 1 <= int(text) <= 127 else None


def _confidence(note: Note) -> str:
    if note.confidence is None:
        return ""
    mark = ", unsure" if note.confidence < UNSURE_BELOW else ""
    return f"{round(100 * note.confidence)} %{mark}"
