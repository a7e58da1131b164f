"""The main window as it is seen first: laid out, complete to the eye, and wired to nothing yet.

It imports only what its first picture needs; `window_wiring` puts everything else behind it.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
    QStatusTipEvent,
)
from PySide6.QtWidgets import QMainWindow

from mt3_desktop.app.settings import Settings, SettingsStore
from mt3_desktop.gui.actions import Actions
from mt3_desktop.gui.ask import confirm
from mt3_desktop.gui.possible import possible
from mt3_desktop.gui.top_bar import TopBar
from mt3_desktop.gui.window_layout import WindowLayout

MIN_SIZE = (960, 600)
FIRST_SIZE = (1360, 860)


class MainWindow(QMainWindow):
    """The window: library on the left, roll in the middle, tracks on the right.

    Attributes:
        commands: everything the window can do.
        parts: what it consists of.

    Signals:
        painted: () the window was painted for the first time: heavy work may begin.
        files_dropped: (paths: list[Path]) to be taken in.
        closing: () the window is hidden; services are to be closed.
    """

    painted = Signal()
    files_dropped = Signal(object)
    closing = Signal()

    def __init__(self, settings: SettingsStore) -> None:
        """Lay out the window as it was left.

        Args:
            settings: what was chosen last, and where the window was.
        """
        super().__init__()
        self._settings = settings
        self._has_painted = False
        self._n_unfinished = 0
        self.setWindowTitle("MT3 Desktop")
        self.setMinimumSize(*MIN_SIZE)
        self.setAcceptDrops(True)
        self.commands = Actions(self)
        self.parts = WindowLayout(TopBar(self.commands))
        self.setCentralWidget(self.parts)
        self.commands.fill(self.menuBar())
        self._restore_layout(settings.value)
        self.show_settings(settings.value)
        self._show_models(settings.value)
        self._show_nothing()
        self.parts.setFocus()

    def command(self, action_id: str) -> QAction:
        """One of the commands of the window, by its id in the table of actions."""
        return self.commands[action_id]

    def show_settings(self, settings: Settings) -> None:
        """Show what is chosen for new songs."""
        self.parts.top.picker.set_model(settings.model_id)
        self.parts.top.set_device(settings.device)
        self.parts.transport.set_balance(settings.mix)
        self.parts.transport.set_volume(settings.volume)
        self.parts.transport.set_follow(settings.follow)
        self.parts.cleanup.set_open(settings.cleanup_shown)

    def set_unfinished(self, n_songs: int) -> None:
        """Say how many songs would be interrupted by closing the window."""
        self._n_unfinished = n_songs

    def toggle_full_screen(self) -> None:
        """Fill the screen, or give it back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # --- events ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped anywhere, by whom lets them be copied: no source is to delete them after."""
        can_copy = bool(event.possibleActions() & Qt.DropAction.CopyAction)
        if event.mimeData().hasUrls() and event.source() is None and can_copy:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.parts.show_drop_hint(len(event.mimeData().urls()))

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """They were only passing."""
        self.parts.show_drop_hint(0)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the files in once the drop is through, so that a chooser or a message cannot hold it up."""
        self.parts.show_drop_hint(0)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.files_dropped.emit(
            [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        )

    def event(self, event: QEvent) -> bool:
        """What a part of the window says of itself, or a command in a menu, is shown in the status line."""
        if isinstance(event, QStatusTipEvent):
            self.parts.status.show_tip(event.tip())
            return True
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once if work is going on; then hide first, as a worker may take a moment to end."""
        if self._n_unfinished and not self.confirm_quit(self._n_unfinished):
            event.ignore()
            return
        ready, better = self.parts.drop_zone.models
        self._settings.update(
            geometry=bytes(self.saveGeometry().data()),
            splitter=self.parts.save_columns(),
            model_label=self.parts.top.picker.label,
            ready_line=ready,
            better_line=better,
        )
        self.hide()
        event.accept()
        self.closing.emit()

    def confirm_quit(self, n_unfinished: int) -> bool:
        """Ask whether to quit although songs are unfinished; tests replace this."""
        if n_unfinished == 1:
            question, rest = "Finish 1 song later?", "It continues from where it stopped."
        else:
            question, rest = f"Finish {n_unfinished} songs later?", "They continue from where they stopped."
        return confirm(self, question, rest, do="Quit", leave="Keep working", is_safe=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first paint is the moment from which heavy work may begin."""
        super().paintEvent(event)
        if not self._has_painted:
            self._has_painted = True
            self.painted.emit()

    def _show_models(self, settings: Settings) -> None:
        """Say of the models what was said last: nothing is to move when they are looked up."""
        self.parts.top.picker.show_label(settings.model_label)
        self.parts.drop_zone.set_models(settings.ready_line, settings.better_line)

    def _show_nothing(self) -> None:
        """Look as if no song is on show, which is so until one is restored or added."""
        for action_id, is_possible in possible(None, None, ()).items():
            self.commands[action_id].setEnabled(is_possible)
        self.parts.top.set_song(has_notes=False, is_running=False)
        self.parts.transport.set_duration(0.0)
        self.parts.transport.setEnabled(False)
        self.parts.cleanup.setEnabled(False)

    def _restore_layout(self, settings: Settings) -> None:
        if not (settings.geometry and self.restoreGeometry(QByteArray(settings.geometry))):
            available = self.screen().availableGeometry()
            self.resize(min(FIRST_SIZE[0], available.width()), min(FIRST_SIZE[1], available.height()))
        if settings.splitter:
            self.parts.restore_columns(settings.splitter)
        self.commands["show_library"].setChecked(settings.library_shown)
        self.commands["show_tracks"].setChecked(settings.tracks_shown)
        self.parts.show_sides(library=settings.library_shown, tracks=settings.tracks_shown)
