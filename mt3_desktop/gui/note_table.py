"""The notes as a table: the roll's twin for the keyboard and for those who hear the screen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.note_rows import Key, rows_of, without
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note, sort_key
from mt3_desktop.gui.roll import editing
from mt3_desktop.gui.roll.editing import NoteEdit
from mt3_desktop.gui.roll.note_values import (
    duration_text,
    onset_text,
    velocity_text,
    with_duration,
    with_onset,
    with_pitch,
    with_velocity,
)
from mt3_desktop.gui.roll.spoken import note_name
from mt3_desktop.gui.roll.store import UNSURE_BELOW

Index = QModelIndex | QPersistentModelIndex
_NAMES = (2, 4)
"""Columns of words: pitch and track."""
NO_INDEX = QModelIndex()
READ_ONLY = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
EDITABLE = READ_ONLY | Qt.ItemFlag.ItemIsEditable
TRACK = 4
"""The column of the track's name."""
MAX_STEPS = 64
"""A change that takes more insertions and removals of rows is shown at one go."""


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


class NotesModel(QAbstractTableModel):
    """Notes in rows, in the order that was asked for.

    Signals:
        edit_requested: NoteEdit.
    """

    edit_requested = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notes: list[Note] = []
        self._names: dict[Instrument, str] = {}
        self._has_confidences = False
        self._columns = (
            Column("Start", onset_text, sort_key, with_onset),
            Column("Length", duration_text, lambda n: n.duration, with_duration),
            Column("Pitch", note_name, lambda n: (n.is_drum, n.pitch), with_pitch),
            Column("Velocity", velocity_text, lambda n: n.velocity, with_velocity),
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
            if self._sorted_by[0] == TRACK:
                self.sort(*self._sorted_by)
            elif self._notes:
                self.dataChanged.emit(self.index(0, TRACK), self.index(len(self._notes) - 1, TRACK))

    def set_notes(self, notes: Iterable[Note]) -> None:
        """Show these notes."""
        self.beginResetModel()
        self._notes = list(notes)
        self._has_confidences = any(note.confidence is not None for note in self._notes)
        self._arrange()
        self.endResetModel()

    def change(self, diff: NoteDiff) -> None:
        """Take over what became of the notes; the other rows stay what they are."""
        gone = _runs(self.rows_of(diff.removed))
        is_first = not self._has_confidences and any(note.confidence is not None for note in diff.added)
        if is_first:
            self.set_notes((*without(self._notes, diff.removed), *diff.added))
            return
        if len(gone) + len(diff.added) > MAX_STEPS:
            self.beginResetModel()
            self._notes = list(diff.applied(self._notes, key=self._key))
            self.endResetModel()
            return
        key = self._key
        added = sorted(diff.added, key=key)
        if len(gone) == 1 and self._is_place_of(added, *gone[0]):
            first, last = gone[0]
            self._notes[first : last + 1] = added
            self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))
            return
        for first, last in reversed(gone):
            self.beginRemoveRows(NO_INDEX, first, last)
            del self._notes[first : last + 1]
            self.endRemoveRows()
        for note in added:
            row = bisect_right(self._notes, key(note), key=key)
            self.beginInsertRows(NO_INDEX, row, row)
            self._notes.insert(row, note)
            self.endInsertRows()

    def note_at(self, row: int) -> Note:
        """The note of a row."""
        return self._notes[row]

    def row_of(self, note: Note) -> int | None:
        """The row of a note, or None."""
        return next(iter(self.rows_of((note,))), None)

    def rows_of(self, notes: Collection[Note]) -> list[int]:
        """The rows of some notes, rising; those that are not here have none."""
        return rows_of(self._notes, notes, self._key)

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
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Horizontal:
            return _alignment(section)
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
            return _alignment(index.column())
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Selectable; editable where the column is."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return READ_ONLY if self._columns[index.column()].changed is None else EDITABLE

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

    @property
    def _key(self) -> Key:
        """What the rows are in the order of, as `_arrange` puts them."""
        column, order = self._sorted_by
        key = self._columns[column].key
        if order == Qt.SortOrder.DescendingOrder:
            return lambda note: (_Falling(key(note)), sort_key(note))
        return key if key is sort_key else lambda note: (key(note), sort_key(note))

    def _is_place_of(self, notes: list[Note], first: int, last: int) -> bool:
        """Whether notes, in order, would be where the rows from `first` to `last` are."""
        if len(notes) != last - first + 1:
            return False
        before, after = self._notes[max(first - 1, 0) : first], self._notes[last + 1 : last + 2]
        keys = list(map(self._key, (*before, *notes, *after)))
        return keys == sorted(keys)

    def _track_name(self, note: Note) -> str:
        return self._names.get(note.instrument, "")


def _alignment(column: int) -> int:
    """Names at the left, numbers at the right; headings as what is below them."""
    side = Qt.AlignmentFlag.AlignLeft if column in _NAMES else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


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
        # It highlights nothing; the view's own it would ask of every row whether it is selected.
        columns.setSelectionModel(QItemSelectionModel(self.model, columns))
        columns.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.view.setSortingEnabled(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._selected: tuple[Note, ...] = ()
        self._is_following = False
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
        self.model.set_notes(notes)

    def change(self, diff: NoteDiff) -> None:
        """Show what became of the notes; what is selected and where the table is scrolled to stays."""
        self._is_following = True
        self.model.change(diff)
        self._is_following = False

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
        rows = self.model.rows_of(self._selected)
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
    def _on_about_to_reset(self) -> None:
        self._is_following = True

    @Slot()
    def _on_reset(self) -> None:
        self._show_selection()

    @Slot()
    def _on_selection_changed(self) -> None:
        if self._is_following:
            return
        selection = self.view.selectionModel().selection()
        parts = [selection.at(place) for place in range(selection.count())]
        rows = {row for part in parts for row in range(part.top(), part.bottom() + 1)}
        self._selected = tuple(sorted(map(self.model.note_at, rows), key=sort_key))
        self.selection_changed.emit(self._selected)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.note_activated.emit(self.model.note_at(index.row()))


@dataclass(frozen=True, slots=True)
class _Falling:
    """A value in falling order."""

    value: Any

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.value < self.value)


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Rising numbers as (first, last) of their unbroken runs."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def _confidence(note: Note) -> str:
    if note.confidence is None:
        return ""
    mark = ", unsure" if note.confidence < UNSURE_BELOW else ""
    return f"{round(100 * note.confidence)} %{mark}"
