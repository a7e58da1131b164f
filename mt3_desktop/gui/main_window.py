"""The main window: layout and wiring, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
)

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs_model import JobsModel
from mt3_desktop.app.settings import Settings
from mt3_desktop.gui.actions import Actions
from mt3_desktop.gui.ask import confirm
from mt3_desktop.gui.drag_commands import DragCommands
from mt3_desktop.gui.drag_handle import DragHandle
from mt3_desktop.gui.export_commands import ExportCommands
from mt3_desktop.gui.job_news import JobNews
from mt3_desktop.gui.message_commands import MessageCommands
from mt3_desktop.gui.model_commands import ModelCommands
from mt3_desktop.gui.possible import has_notes, possible
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.session_commands import SessionCommands
from mt3_desktop.gui.song_binding import SongBinding
from mt3_desktop.gui.song_cleanup import SongCleanup
from mt3_desktop.gui.song_commands import SongCommands
from mt3_desktop.gui.song_player import SongPlayer
from mt3_desktop.gui.song_tempo import SongTempo
from mt3_desktop.gui.song_view import SongView
from mt3_desktop.gui.theme import apply_theme
from mt3_desktop.gui.top_bar import TopBar
from mt3_desktop.gui.window_dialogs import WindowDialogs
from mt3_desktop.gui.window_layout import WindowLayout

MIN_SIZE = (960, 600)
FIRST_SIZE = (1360, 860)


class MainWindow(QMainWindow):
    """The window: library on the left, roll in the middle, tracks on the right.

    Signals:
        painted: () the window was painted for the first time: heavy work may begin.
        closing: () the window is hidden; services are to be closed.
    """

    painted = Signal()
    closing = Signal()

    def __init__(self, services: Services) -> None:
        """Lay out the window and wire it to the services."""
        super().__init__()
        self._services = services
        self._queue = services.queue
        self._settings = services.settings
        self._messages = services.messages
        self._has_painted = False
        self.setWindowTitle("MT3 Desktop")
        self.setMinimumSize(*MIN_SIZE)
        self.setAcceptDrops(True)
        self._actions = Actions(self)
        self._models = ModelCommands(services, self)
        self._songs = SongCommands(services, self._models.built_in, self)
        self._exports = ExportCommands(services, self._models.title, self)
        top = TopBar(self._actions, DragHandle(self._song_file))
        songs = JobsModel(self._queue, self._models.title, self)
        self._parts = WindowLayout(top, songs, (services.files, services.sounds))
        self._panel, self._roll = self._parts.panel, self._parts.roll
        self._binding = SongBinding(self._parts, self)
        self._cleanup = SongCleanup(self._parts.cleanup, self._roll, self._settings, self)
        self._drags = DragCommands(self._parts, self._binding, self._exports, self)
        self._tempo = SongTempo(self._parts.transport.tempo, self._roll, services.player, self)
        self._sound = SongPlayer(services, self._roll, self._parts.transport, self)
        self._news = JobNews(self._queue, self)
        self._view = SongView(self._roll, self._sound, self)
        self._sessions = SessionCommands(services, self._view.keep, self)
        self._dialogs = WindowDialogs(
            services, self._models, self._actions, device_entries=top.device_entries, window=self
        )
        self._message_commands = MessageCommands(
            services,
            self._songs,
            self._models,
            open_settings=self._dialogs.open_settings,
            export=self._export,
            pick_model=top.picker.open,
            window=self,
        )
        self.setCentralWidget(self._parts)
        self._actions.connect_slots(self._slots())
        self._actions.add_to_roll(self._roll)
        self._actions.fill(self.menuBar())
        self._connect()
        self._restore_layout(services.settings.value)
        self._show_settings(services.settings.value)
        self._show_models()
        self._show_song(None)
        self._parts.setFocus()

    # --- building ---

    def _slots(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        own: dict[str, Callable[[], object]] = {
            "add_files": self._songs.choose_files,
            "add_folder": self._songs.choose_folder,
            "export": self._export,
            "export_again": lambda: self._with_song(self._exports.again),
            "copy_midi": lambda: self._with_song(self._exports.copy),
            "save_session": lambda: self._with_song(self._sessions.save),
            "save_session_as": lambda: self._with_song(self._sessions.save_as),
            "quit": self.close,
            "undo": lambda: self._with_document(lambda document: document.undo_stack.undo()),
            "redo": lambda: self._with_document(lambda document: document.undo_stack.redo()),
            "delete": self._delete,
            "select_all": self._roll.commands.select_all,
            "select_none": self._roll.commands.select_none,
            "transcribe": lambda: self._with_song(self._songs.transcribe),
            "stop": self._stop,
            "resume": lambda: self._with_song(self._songs.resume),
            "transcribe_all": self._songs.transcribe_all,
            "move_up": lambda: self._with_song(lambda job_id: self._queue.move(job_id, -1)),
            "move_down": lambda: self._with_song(lambda job_id: self._queue.move(job_id, 1)),
            "show_source": lambda: self._with_song(self._songs.show_source),
            "locate": lambda: self._with_song(self._songs.locate),
            "remove": lambda: self._songs.remove(self._panel.selected),
            "clear_done": self._songs.clear_done,
            "full_screen": self._toggle_full_screen,
            "fit": self._roll.navigation.fit,
            "zoom_in": lambda: self._roll.navigation.zoom_time(1),
            "zoom_out": lambda: self._roll.navigation.zoom_time(-1),
            "zoom_selection": self._roll.navigation.zoom_to_selection,
            "zoom_back": self._roll.zoom_back,
            "backdrop": self._roll.next_backdrop,
            "show_library": self._toggle_sides,
            "show_tracks": self._toggle_sides,
            "show_table": self._toggle_table,
            "next_region": lambda: self._parts.step_focus(1),
            "previous_region": lambda: self._parts.step_focus(-1),
        }
        return self._sound.slots() | self._tempo.slots() | self._dialogs.slots() | own

    def _connect(self) -> None:
        self._panel.current_changed.connect(self._show_song)
        self._panel.menu_requested.connect(self._open_song_menu)
        self._panel.clear_requested.connect(self._songs.clear_done)
        self._panel.add_requested.connect(self._songs.choose_files)
        self._parts.drop_zone.choose_requested.connect(self._songs.choose_files)
        self._parts.drop_zone.example_requested.connect(self._songs.add_example)
        self._parts.drop_zone.models_requested.connect(self._dialogs.open_models)
        self._models.cards_changed.connect(self._show_models)
        self._songs.weights_added.connect(self._models.import_path)
        self._parts.top.picker.offer_taken.connect(self._models.take_offer)
        self._roll.key_clicked.connect(self._sound.preview_key)
        self._parts.tracks.program_previewed.connect(self._sound.preview_program)
        self._songs.song_wanted.connect(self._panel.set_current)
        self._songs.sessions_added.connect(self._sessions.open)
        self._sessions.song_wanted.connect(self._panel.set_current)
        self._parts.top.recent_menu.aboutToShow.connect(self._fill_recent)
        self._parts.top.device_chosen.connect(self._on_device_chosen)
        self._parts.top.picker.model_chosen.connect(self._on_model_chosen)
        self._parts.top.picker.manage_requested.connect(self._dialogs.open_models)
        self._parts.status.stop_button.clicked.connect(self._stop_running)
        self._binding.content_changed.connect(self._refresh_actions)
        self._tempo.bars_changed.connect(self._refresh_actions)
        self._parts.bar.acted.connect(self._message_commands.act)
        self._messages.posted.connect(self._parts.bar.show_message)
        self._messages.withdrawn.connect(self._parts.bar.withdraw)
        self._settings.changed.connect(self._on_settings_changed)
        self._queue.devices_found.connect(self._parts.top.set_found)
        self._queue.job_added.connect(self._on_jobs_changed)
        self._queue.job_removed.connect(self._on_jobs_changed)
        self._queue.job_changed.connect(self._on_job_changed)
        self._queue.job_ended.connect(self._on_job_ended)

    def open(self, paths: Iterable[Path]) -> None:
        """Add files and folders, as if they had been dropped."""
        self._songs.add(paths)

    def release(self) -> None:
        """Let go of the song on show, before the services that own it end."""
        self._news.close()
        self._view.leave()
        self._sound.show(None)
        self._cleanup.show(None)
        self._tempo.show(None)
        self._binding.show(None)

    def command(self, action_id: str) -> QAction:
        """One of the commands of the window, by its id in the table of actions."""
        return self._actions[action_id]

    @Slot(object)
    def report(self, error: BaseException) -> None:
        """Say what an error means."""
        self._messages.report(error)

    # --- what is shown ---

    @Slot(object)
    def _show_song(self, job_id: int | None) -> None:
        """Show a song of the library, or the drop zone."""
        document = None if job_id is None else self._queue.document(job_id)
        is_other = self._binding.document is not document
        if is_other:
            self._parts.bar.dismiss()
            self._view.leave()
        self._binding.show(document)
        self._cleanup.show(document)
        self._tempo.show(document)
        self._sound.show(document)
        self._parts.show_roll(document is not None)
        if is_other:
            self._view.enter(document)
        self._show_title(document)
        self._show_standing(job_id)
        self._refresh_actions()

    def _show_title(self, document: TranscriptionDocument | None) -> None:
        name = "" if document is None else f"{document.path.name} — "
        self.setWindowTitle(f"{name}MT3 Desktop")

    def _show_standing(self, job_id: int | None) -> None:
        """Say what is the matter with the song on show, if anything is."""
        if job_id is not None:
            message = self._queue.job(job_id).standing(self._queue.document(job_id).heard_until)
            if message is not None:
                self._messages.post(message)

    @Slot()
    def show_last(self) -> None:
        """Show the song that was changed last, unless one is shown already."""
        if self._panel.current is None and self._queue.jobs:
            self._panel.set_current(self._queue.jobs[-1].id)

    @Slot()
    def _refresh_actions(self) -> None:
        """Enable what makes sense now."""
        job = self._current_job()
        document = self._binding.document
        for action_id, is_possible in possible(job, document, self._queue.jobs).items():
            self._actions[action_id].setEnabled(is_possible)
        is_running = job is not None and not job.can_start
        self._parts.top.set_song(has_notes=has_notes(document), is_running=is_running)

    def _show_settings(self, settings: Settings) -> None:
        self._parts.top.picker.set_model(settings.model_id)
        self._parts.top.set_device(settings.device)
        self._roll.set_wheel_preset(settings.wheel)
        self._roll.set_follow(settings.follow)

    @Slot()
    def _show_models(self) -> None:
        self._parts.top.picker.set_cards(self._models.cards)
        self._parts.drop_zone.set_models(self._models.ready_line, self._models.better_line)

    # --- what the services say ---

    @Slot(object, object)
    def _on_settings_changed(self, old: Settings, new: Settings) -> None:
        self._show_settings(new)
        if new.theme != old.theme:
            apply_theme(_app(), new.theme)
        if (new.model_id, new.device) != (old.model_id, old.device):
            self._queue.warm_up(new.model_id, new.device)

    @Slot()
    def _on_jobs_changed(self) -> None:
        self._refresh_actions()
        self._show_running()

    @Slot(int)
    def _on_job_changed(self, job_id: int) -> None:
        if job_id == self._panel.current:
            self._refresh_actions()
            document = self._queue.document(job_id)
            if document is not self._binding.document:
                self._show_song(job_id)
            self._show_title(document)  # the recording may have been located under another name
            self._sound.open_source()
        self._show_running()

    @Slot(int)
    def _on_job_ended(self, job_id: int) -> None:
        job = self._queue.job(job_id)
        if job_id == self._panel.current:
            self._show_standing(job_id)
        if job.state is JobState.DONE and not self._queue.document(job_id).n_notes:
            self._messages.info(
                f'No notes found in "{job.path.stem}"',
                f"{self._models.title(job.model_id)} heard nothing it could name.",
            )
        self._show_running()

    def _show_running(self) -> None:
        running = next((job for job in self._queue.jobs if job.is_active), None)
        waiting = sum(job.state is JobState.QUEUED for job in self._queue.jobs)
        self._parts.status.show_job(running, n_waiting=waiting)

    # --- what the user wants ---

    @Slot(str)
    def _on_model_chosen(self, model_id: str) -> None:
        self._settings.update(model_id=model_id)

    @Slot(str)
    def _on_device_chosen(self, device: str) -> None:
        self._settings.update(device=device)

    def _export(self) -> None:
        job_id = self._panel.current
        if job_id is not None:
            self._exports.ask(
                job_id, selected=self._panel.selected, loop=self._sound.loop, notes=self._roll.selection
            )

    def _stop(self) -> None:
        if self._panel.current is not None:
            self._queue.cancel(self._panel.current)

    def _stop_running(self) -> None:
        running = next((job for job in self._queue.jobs if job.is_active), None)
        if running is not None:
            self._queue.cancel(running.id)

    def _delete(self) -> None:
        """Delete what has the focus: songs of the library, or notes."""
        if self._panel.isAncestorOf(_app().focusWidget() or self):
            self._songs.remove(self._panel.selected)
        else:
            self._roll.commands.delete()

    def _open_song_menu(self, job_id: int, position: QPoint) -> None:
        menu = QMenu(self)
        self._panel.set_current(job_id)
        self._actions.fill_menu(menu, "Song")
        menu.exec(position)

    def _toggle_sides(self) -> None:
        shows_library = self._actions["show_library"].isChecked()
        shows_tracks = self._actions["show_tracks"].isChecked()
        self._parts.show_sides(library=shows_library, tracks=shows_tracks)
        self._settings.update(library_shown=shows_library, tracks_shown=shows_tracks)

    @Slot()
    def _fill_recent(self) -> None:
        self._songs.fill_recent(self._parts.top.recent_menu)

    def _toggle_table(self) -> None:
        self._parts.show_table(self._actions["show_table"].isChecked())

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _current_job(self) -> Job | None:
        job_id = self._panel.current
        return self._queue.job(job_id) if job_id is not None and job_id in self._queue else None

    def _with_song(self, command: Callable[[int], object]) -> None:
        if self._panel.current is not None:
            command(self._panel.current)

    def _with_document(self, command: Callable[[TranscriptionDocument], object]) -> None:
        if self._binding.document is not None:
            command(self._binding.document)

    def _song_file(self) -> Path | None:
        return self._drags.song_file()

    # --- events ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped anywhere."""
        if event.mimeData().hasUrls() and event.source() is None:
            event.acceptProposedAction()
            self._parts.drop_zone.set_hot(True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """They were only passing."""
        self._parts.drop_zone.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the files in once the drop is through, so that a chooser or a message cannot hold it up."""
        self._parts.drop_zone.set_hot(False)
        event.acceptProposedAction()
        self._songs.add([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once if work is going on; then hide first, as a worker may take a moment to end."""
        if self._queue.n_unfinished and not self.confirm_quit(self._queue.n_unfinished):
            event.ignore()
            return
        self._settings.update(geometry=bytes(self.saveGeometry().data()), splitter=self._parts.save_columns())
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

    def _restore_layout(self, settings: Settings) -> None:
        if not (settings.geometry and self.restoreGeometry(QByteArray(settings.geometry))):
            available = self.screen().availableGeometry()
            self.resize(min(FIRST_SIZE[0], available.width()), min(FIRST_SIZE[1], available.height()))
        if settings.splitter:
            self._parts.restore_columns(settings.splitter)
        self._actions["show_library"].setChecked(settings.library_shown)
        self._actions["show_tracks"].setChecked(settings.tracks_shown)
        self._parts.show_sides(library=settings.library_shown, tracks=settings.tracks_shown)


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
