"""The library: the songs of the window, their state, and what can be done with them."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    SignalInstance,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.app.job import ACTIVE, Job, JobState
from mt3_desktop.app.jobs_model import JOB_ROLE, MISSING_ROLE, STATUS_ROLE, JobsModel, share
from mt3_desktop.gui.theme import icon, tokens

SEARCH_FROM_ROWS = 6
LEAST_TEXT_WIDTH = 60
LETTERS = 3

_ICONS = {
    JobState.READY: "file-audio",
    JobState.QUEUED: "clock",
    JobState.WAITING: "download",
    JobState.RUNNING: "waveform",
    JobState.STOPPING: "waveform",
    JobState.DONE: "check",
    JobState.FAILED: "error",
    JobState.CANCELLED: "pause",
}


class JobPanel(QWidget):
    """The list of songs.

    Signals:
        current_changed: (job_id: int | None) another song is to be shown.
        selection_changed: () other songs, or more or fewer, are selected.
        menu_requested: (job_id: int, position: QPoint on the screen) the song's menu is wanted.
        clear_requested: () finished songs are to leave the list.
        add_requested: () more songs are wanted.
    """

    current_changed = Signal(object)
    selection_changed = Signal()
    menu_requested = Signal(int, QPoint)
    clear_requested = Signal()
    add_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show an empty list."""
        super().__init__(parent)
        self._model: JobsModel | None = None
        self._is_folded = False
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.view = _SongList()
        self.setFocusProxy(self.view)
        self.view.setModel(self._proxy)
        self.view.setItemDelegate(_JobDelegate(self.view))
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.setAccessibleName("Songs")
        self.view.customContextMenuRequested.connect(self._on_menu_requested)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._search = QLineEdit(placeholderText="Find a song", clearButtonEnabled=True)
        self._search.setAccessibleName("Find a song")
        self._search.textChanged.connect(self._proxy.setFilterFixedString)
        self._clear = _tool("clear-done", "Remove finished songs from the list", self.clear_requested)
        add = _tool("add", "Add files", self.add_requested)
        header = QHBoxLayout()
        header.setContentsMargins(4, 0, 0, 0)
        self._label = section_label("Library")
        header.addWidget(self._label, 1)
        header.addWidget(self._clear)
        header.addWidget(add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(header)
        column.addWidget(self._search)
        column.addWidget(self.view, 1)
        self._on_rows_changed()

    def set_songs(self, model: JobsModel) -> None:
        """Show the songs of a model from now on."""
        self._model = model
        self._proxy.setSourceModel(model)
        for signal in (model.rowsInserted, model.rowsRemoved, model.dataChanged, model.modelReset):
            signal.connect(self._on_rows_changed)
        self._on_rows_changed()

    @property
    def current(self) -> int | None:
        """The result on show, or None."""
        return self._id(self.view.currentIndex())

    @property
    def selected(self) -> tuple[int, ...]:
        """The current results of the selected songs, from top to bottom."""
        rows = sorted(self.view.selectionModel().selectedRows(), key=QModelIndex.row)
        return tuple(job_id for row in rows if (job_id := self._id(row)) is not None)

    def set_folded(self, is_folded: bool) -> None:
        """Be a strip of icons; names and states are in the tips."""
        self._is_folded = is_folded
        self._label.setHidden(is_folded)
        self._clear.setHidden(is_folded)
        scroll = Qt.ScrollBarPolicy
        self.view.setVerticalScrollBarPolicy(
            scroll.ScrollBarAlwaysOff if is_folded else scroll.ScrollBarAsNeeded
        )
        self._on_rows_changed()

    def set_current(self, job_id: int) -> None:
        """Show a result of a song.

        Raises:
            KeyError: if it is not on the list.
        """
        if self._model is None:
            raise KeyError(job_id)
        self._model.choose(job_id)
        index = self._proxy.mapFromSource(self._model.index_of(job_id))
        self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    @Slot()
    def _on_rows_changed(self) -> None:
        rows = range(0 if self._model is None else self._model.rowCount())
        is_long = len(rows) >= SEARCH_FROM_ROWS
        self._search.setVisible((is_long or bool(self._search.text())) and not self._is_folded)
        jobs = (self._model.index(row).data(JOB_ROLE) for row in rows) if self._model else ()
        self._clear.setEnabled(any(job is not None and job.state is JobState.DONE for job in jobs))

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        self.current_changed.emit(self._id(current))

    @Slot()
    def _on_selection_changed(self) -> None:
        self.selection_changed.emit()

    @Slot(QPoint)
    def _on_menu_requested(self, position: QPoint) -> None:
        job_id = self._id(self.view.indexAt(position))
        if job_id is not None:
            self.menu_requested.emit(job_id, self.view.viewport().mapToGlobal(position))

    def _id(self, index: QModelIndex) -> int | None:
        if self._model is None or not index.isValid():
            return None
        return self._model.job_id(self._proxy.mapToSource(index))


class _SongList(QListView):
    """A list that says what it is for while it is empty."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or the hint."""
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(tokens().faint))
            rect = self.viewport().rect().adjusted(14, 14, -14, -14)
            flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            if rect.width() > LEAST_TEXT_WIDTH:
                painter.drawText(rect, flags, "Songs that you add appear here, with their notes.")


class _Line(NamedTuple):
    """A line of a row."""

    text: str
    colour: str
    elide: Qt.TextElideMode
    weight: QFont.Weight = QFont.Weight.Normal


class _JobDelegate(QStyledItemDelegate):
    """Two lines and an icon; a running job has a thin bar below."""

    MARGIN = 8
    ICON = 18

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines of text with air around them."""
        return QSize(120, QFontMetrics(option.font).height() * 2 + 2 * self.MARGIN + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row."""
        job = index.data(JOB_ROLE)
        if not isinstance(job, Job):
            return
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        rect = option.rect.adjusted(self.MARGIN, self.MARGIN, -self.MARGIN, -self.MARGIN)
        painter.save()
        picture = QRect(rect.left(), rect.top() + 1, self.ICON, self.ICON)
        name = _icon_name(job, is_missing=bool(index.data(MISSING_ROLE)))
        if rect.width() < LEAST_TEXT_WIDTH:
            self._draw_strip(painter, job, option.rect, name)
            painter.restore()
            return
        icon(name).paint(painter, picture)
        text = rect.adjusted(self.ICON + self.MARGIN, 0, 0, 0)
        table = tokens()
        status_colour = table.danger if job.state is JobState.FAILED else table.faint
        lines = (
            _Line(str(index.data()), table.text, Qt.TextElideMode.ElideMiddle, QFont.Weight.DemiBold),
            _Line(str(index.data(STATUS_ROLE)), status_colour, Qt.TextElideMode.ElideRight),
        )
        self._draw_lines(painter, option.font, text, lines)
        if job.state in ACTIVE or job.state is JobState.WAITING:
            self._draw_bar(painter, job, QRect(text.left(), option.rect.bottom() - 5, text.width(), 3))
        painter.restore()

    def _draw_strip(self, painter: QPainter, job: Job, rect: QRect, icon_name: str) -> None:
        """An icon and the first letters, as there is no room for more."""
        picture = QRect(0, 0, self.ICON, self.ICON)
        picture.moveCenter(QPoint(rect.center().x(), rect.top() + self.MARGIN + self.ICON // 2))
        icon(icon_name).paint(painter, picture)
        letters = rect.adjusted(0, self.MARGIN + self.ICON, 0, -self.MARGIN)
        painter.setPen(QColor(tokens().text))
        painter.drawText(letters, Qt.AlignmentFlag.AlignCenter, job.path.stem[:LETTERS])
        if job.state in ACTIVE or job.state is JobState.WAITING:
            self._draw_bar(painter, job, QRect(rect.left() + 4, rect.bottom() - 5, rect.width() - 8, 3))

    def _draw_lines(self, painter: QPainter, font: QFont, rect: QRect, lines: tuple[_Line, _Line]) -> None:
        height = QFontMetrics(font).height()
        for row, line in enumerate(lines):
            line_font = QFont(font)
            line_font.setWeight(line.weight)
            place = QRect(rect.left(), rect.top() + row * (height + 2), rect.width(), height)
            elided = QFontMetrics(line_font).elidedText(line.text, line.elide, place.width())
            painter.setFont(line_font)
            painter.setPen(QColor(line.colour))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, elided)

    def _draw_bar(self, painter: QPainter, job: Job, rect: QRect) -> None:
        table = tokens()
        fraction = share(job.progress)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(table.line))
        painter.drawRoundedRect(rect, 1.5, 1.5)
        if fraction:
            painter.setBrush(QColor(table.accent))
            painter.drawRoundedRect(
                QRectF(rect.left(), rect.top(), rect.width() * fraction, rect.height()), 1.5, 1.5
            )


def _icon_name(job: Job, *, is_missing: bool) -> str:
    """The picture of a row; work that goes on counts more than where the file is."""
    if not job.can_start:
        return _ICONS[job.state]
    if is_missing:
        return "question"
    return "retry" if job.was_recovered else _ICONS[job.state]


def section_label(text: str) -> QLabel:
    """The heading of a side of the window."""
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def _tool(name: str, tip: str, signal: SignalInstance) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(name))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(signal)
    return button
