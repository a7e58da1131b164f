"""Where the parts of the main window are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from mt3_desktop.gui.cleanup_panel import CleanupPanel
from mt3_desktop.gui.comparison_bar import ComparisonBar
from mt3_desktop.gui.drop_zone import DropHint, DropZone
from mt3_desktop.gui.job_panel import JobPanel
from mt3_desktop.gui.message_bar import MessageBar
from mt3_desktop.gui.result_bar import ResultBar
from mt3_desktop.gui.status_line import StatusLine
from mt3_desktop.gui.tab_order import focusable, put_after
from mt3_desktop.gui.top_bar import TopBar
from mt3_desktop.gui.track_panel import TrackPanel
from mt3_desktop.gui.transport import TransportBar

if TYPE_CHECKING:
    from mt3_desktop.gui.note_table import NoteTable
    from mt3_desktop.gui.roll.view import RollView

FIRST_COLUMNS = (250, 800, 310)
FIRST_ROWS = (460, 220)
FOLDED_BELOW = 1200
STRIP_WIDTH = 58
WIDEST = (1 << 24) - 1  # Qt's word for "no limit"
HINT = "Space plays · Ctrl+K finds every command · F1 lists the keys"
EMPTY_HINT = "Drop audio or video files anywhere in this window · Ctrl+O adds files"


class WindowLayout(QWidget):
    """The top bar; library, roll and tracks side by side; the status line.

    What an empty window shows is here at once; `furnish` puts in the rest.

    Attributes:
        top: what one does most.
        bar: messages, above the roll.
        results: what several models made of the song on show.
        comparison: how another result that lies over the notes agrees with them; hidden without one.
        panel: the songs.
        drop_zone: in the place of the roll while no song is shown.
        roll: the notes; there from `furnish` on.
        table: the notes as a table, below the roll; hidden at first; there from `furnish` on.
        tracks: the instruments.
        cleanup: filters over the notes, below the tracks.
        transport: play, position, mix and volume.
        status: the hint and the running job.
    """

    roll: RollView
    table: NoteTable

    def __init__(self, top: TopBar, parent: QWidget | None = None) -> None:
        """Make what an empty window shows, and put it in its place.

        Args:
            top: the top bar.
            parent: owner.
        """
        super().__init__(parent)
        self.top = top
        self.bar = MessageBar()
        self.results = ResultBar()
        self.comparison = ComparisonBar()
        self.panel = JobPanel()
        self.drop_zone = DropZone()
        self.tracks = TrackPanel()
        self.cleanup = CleanupPanel()
        self.transport = TransportBar()
        self.status = StatusLine()
        self.status.set_hint(EMPTY_HINT)
        self._centre = QStackedWidget()
        self._centre.addWidget(self.drop_zone)
        self._drop_hint = DropHint(self._centre)
        self._notes = QSplitter(Qt.Orientation.Vertical)
        self._notes.setChildrenCollapsible(False)
        self._centre.addWidget(self._notes)
        self._left = _column(self.panel, margin=8)
        self._right = _column(self.tracks, self.cleanup, margin=8, stretched=self.tracks)
        self._columns = QSplitter(Qt.Orientation.Horizontal)
        for part in (self._left, _column(self.bar, self.results, self.comparison, self._centre), self._right):
            self._columns.addWidget(part)
        self._columns.setStretchFactor(1, 1)
        self._columns.setChildrenCollapsible(False)
        self._columns.setSizes(list(FIRST_COLUMNS))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._columns, 1)
        column.addWidget(self.transport)
        self._column = column
        column.addWidget(self.status)
        self._unfolded: bytes | None = None
        self._explain()
        self._leave_drops_to_window()

    def furnish(self, roll: RollView, table: NoteTable, lines: Iterable[QWidget]) -> None:
        """Put in what is seen only once there is a song, or something going on.

        Args:
            roll: the notes.
            table: the notes as a table.
            lines: what is done aside, each above the status line.
        """
        self.roll, self.table = roll, table
        table.hide()
        self._notes.addWidget(roll)
        self._notes.addWidget(table)
        self._notes.setSizes(list(FIRST_ROWS))
        for line in lines:
            self._column.insertWidget(self._column.indexOf(self.status), line)
        put_after(focusable(self.drop_zone)[-1], (roll, table))
        self._leave_drops_to_window()

    def step_focus(self, step: int) -> None:
        """Move the focus to the next (1) or previous (-1) part, in the order of reading."""
        parts = (self.top, self.panel, self.roll, self.table, self.tracks, self.cleanup, self.transport)
        entries = [(part, entry) for part in parts if part.isVisible() and (entry := _entry(part))]
        focused = self.window().focusWidget()
        here = next((i for i, (part, _) in enumerate(entries) if focused and part.isAncestorOf(focused)), -1)
        if entries:
            _, entry = entries[(here + step) % len(entries)]
            entry.setFocus(Qt.FocusReason.TabFocusReason)

    def show_drop_hint(self, n_files: int) -> None:
        """Say that files over the window can be dropped, over a song as in the drop zone; 0: they left."""
        is_empty = self._centre.currentWidget() is self.drop_zone
        self.drop_zone.set_hot(is_empty and n_files > 0)
        if is_empty or not n_files:
            self._drop_hint.hide()
        else:
            self._drop_hint.show_for(n_files)

    def show_roll(self, is_shown: bool) -> None:
        """Show the roll, or the drop zone."""
        self._centre.setCurrentWidget(self._notes if is_shown else self.drop_zone)
        self.status.set_hint(HINT if is_shown else EMPTY_HINT)

    def show_table(self, is_shown: bool) -> None:
        """Open or close the table of notes, and put the focus where one goes on."""
        self.table.setVisible(is_shown)
        (self.table if is_shown else self.roll).setFocus()

    def show_sides(self, *, library: bool, tracks: bool) -> None:
        """Open or close the sides."""
        self._left.setVisible(library)
        self._right.setVisible(tracks)

    def save_columns(self) -> bytes:
        """The widths of the columns in a wide window, for `restore_columns`."""
        return bytes(self._columns.saveState().data()) if self._unfolded is None else self._unfolded

    def restore_columns(self, state: bytes) -> None:
        """Give the columns the widths that they had; rubbish leaves them as they are."""
        if self._unfolded is None:
            self._columns.restoreState(QByteArray(state))
        else:
            self._unfolded = state

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the library is a strip of icons."""
        super().resizeEvent(event)
        is_narrow = event.size().width() < FOLDED_BELOW
        if is_narrow and self._unfolded is None:
            self._unfolded = bytes(self._columns.saveState().data())
            self.panel.set_folded(True)
            self._left.setFixedWidth(STRIP_WIDTH)
            library, centre, tracks = self._columns.sizes()
            self._columns.setSizes([STRIP_WIDTH, centre + library - STRIP_WIDTH, tracks])
        elif not is_narrow and self._unfolded is not None:
            state, self._unfolded = self._unfolded, None
            self.panel.set_folded(False)
            self._left.setMinimumWidth(0)
            self._left.setMaximumWidth(WIDEST)
            self._columns.restoreState(QByteArray(state))

    def _explain(self) -> None:
        """What the status line says of the parts while the mouse is over them."""
        self.panel.setStatusTip("Click shows a song · Del takes it off the list · right click for more")
        self.tracks.setStatusTip("M mutes · S solos, with Ctrl besides others · drag ⠿ into another program")
        self.cleanup.setStatusTip(
            "Filters what is seen, heard and exported · nothing is lost, Bake makes edits of it"
        )
        self.transport.setStatusTip(
            "Space plays · L loops · , and . mix the original and the notes · T taps the tempo"
        )

    def _leave_drops_to_window(self) -> None:
        """A real drop goes to the innermost widget that takes any; lists and the roll would keep it."""
        for area in self.findChildren(QAbstractScrollArea):
            area.setAcceptDrops(False)
            area.viewport().setAcceptDrops(False)


def _entry(part: QWidget) -> QWidget | None:
    """Where the keys go in a part of the window: its proxy, or its first widget that takes them."""
    proxy = part.focusProxy()
    for one in part.findChildren(QWidget) if proxy is None else [proxy]:
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isEnabled() and one.isVisible():
            return one
    return None


def _column(*parts: QWidget, margin: int = 0, stretched: QWidget | None = None) -> QWidget:
    """Widgets below each other; the last one, or `stretched`, takes the room that is left."""
    widget = QWidget()
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(margin, 0, margin, 0)
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part, 1 if part is (stretched or parts[-1]) else 0)
    return widget
