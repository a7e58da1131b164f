"""The command palette: every action by name, with its key."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QDialog, QLineEdit, QTreeView, QVBoxLayout, QWidget

SIZE = (520, 420)
ACTION_ROLE = Qt.ItemDataRole.UserRole + 1


class CommandPalette(QDialog):
    """A search field over all commands; Return runs the chosen one.

    Signals:
        chosen: (action: QAction) to be triggered, after the palette is gone.
    """

    chosen = Signal(object)

    def __init__(self, actions: Iterable[QAction], parent: QWidget | None = None) -> None:
        """List the actions that are possible now."""
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self.resize(*SIZE)
        self._source = QStandardItemModel(0, 2, self)
        for action in actions:
            if action.isEnabled() and action.isVisible():
                text, _, key = action.text().partition("\t")
                name = QStandardItem(action.icon(), text.rstrip("…"))
                name.setData(action, ACTION_ROLE)
                native = QKeySequence.SequenceFormat.NativeText
                self._source.appendRow([name, QStandardItem(key or action.shortcut().toString(native))])
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self._source)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._search = QLineEdit(placeholderText="Type what you want to do")
        self._search.setAccessibleName("Find a command")
        self._search.textChanged.connect(self._on_text_changed)
        self._search.installEventFilter(self)
        self._view = QTreeView()
        self._view.setModel(self._proxy)
        self._view.setAccessibleName("Commands")
        self._view.setHeaderHidden(True)
        self._view.setRootIsDecorated(False)
        self._view.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._view.setColumnWidth(0, SIZE[0] - 150)
        self._view.activated.connect(self._run)
        column = QVBoxLayout(self)
        column.addWidget(self._search)
        column.addWidget(self._view)
        self._on_text_changed("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Return work while the search field has the focus."""
        if watched is self._search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if steps is not None:
                self._move(steps)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return super().eventFilter(watched, event)

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        self._proxy.setFilterFixedString(text)
        self._view.setCurrentIndex(self._proxy.index(0, 0))

    def _move(self, steps: int) -> None:
        row = self._view.currentIndex().row() + steps
        if 0 <= row < self._proxy.rowCount():
            self._view.setCurrentIndex(self._proxy.index(row, 0))

    @Slot()
    def _run(self) -> None:
        index = self._view.currentIndex()
        action = index.siblingAtColumn(0).data(ACTION_ROLE)
        self.accept()
        if isinstance(action, QAction):
            self.chosen.emit(action)
