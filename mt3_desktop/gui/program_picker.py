"""A popup to choose a General MIDI program by typing part of its name."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from mt3_desktop.core.instruments import FAMILY_NAMES, PROGRAM_NAMES, family

PROGRAM_ROLE = Qt.ItemDataRole.UserRole
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 1
N_VISIBLE = 12
STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -N_VISIBLE, Qt.Key.Key_PageDown: N_VISIBLE}


class ProgramPicker(QFrame):
    """All 128 programs with a search field; the family's name finds them as well.

    Signals:
        previewed: program that was moved to, to be sounded.
        chosen: program.
    """

    previewed = Signal(int)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Choose an instrument")
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search instruments")
        self._search.setAccessibleName("Search instruments")
        self._search.setClearButtonEnabled(True)
        self._model = QSortFilterProxyModel(self)
        self._model.setSourceModel(_programs(self))
        self._model.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._model.setFilterRole(SEARCH_ROLE)
        self._list = QListView()
        self._list.setAccessibleName("Instruments")
        self._list.setModel(self._model)
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._search)
        layout.addWidget(self._list)
        self._search.textChanged.connect(self._on_text_changed)
        self._search.returnPressed.connect(self._on_return_pressed)
        self._list.clicked.connect(self._on_chosen)
        self._list.activated.connect(self._on_chosen)
        self._list.selectionModel().currentChanged.connect(self._on_current_changed)
        line = self._list.fontMetrics().height()
        self.resize(line * 17, line * (N_VISIBLE * 2))

    def open_at(self, where: QPoint, program: int) -> None:
        """Show the popup with a program marked."""
        self._search.clear()
        self._mark(self._model.index(program, 0))
        self.move(where)
        self.show()
        self._search.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows move in the list while the typing goes on."""
        step = STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        row = min(max(self._list.currentIndex().row() + step, 0), self._model.rowCount() - 1)
        self._mark(self._model.index(row, 0))

    def _mark(self, index: QModelIndex) -> None:
        self._list.setCurrentIndex(index)
        self._list.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self._model.setFilterFixedString(text.strip())
        if not self._list.currentIndex().isValid():
            self._mark(self._model.index(0, 0))

    @Slot()
    def _on_return_pressed(self) -> None:
        self._on_chosen(self._list.currentIndex())

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        if index.isValid() and self.isVisible():
            self.hide()
            self.chosen.emit(int(index.data(PROGRAM_ROLE)))

    @Slot(QModelIndex)
    def _on_current_changed(self, index: QModelIndex) -> None:
        if index.isValid() and self.isVisible():
            self.previewed.emit(int(index.data(PROGRAM_ROLE)))


def _programs(parent: ProgramPicker) -> QStandardItemModel:
    model = QStandardItemModel(parent)
    for program, name in enumerate(PROGRAM_NAMES):
        item = QStandardItem(name)
        group = FAMILY_NAMES[family(program)]
        item.setData(program, PROGRAM_ROLE)
        item.setData(f"{name} {group}", SEARCH_ROLE)
        item.setToolTip(f"{group}, program {program + 1}")
        model.appendRow(item)
    return model
