"""What the window is wired to: its commands, the songs and their sound, and what the services say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QApplication, QMenu

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs_model import JobsModel
from mt3_desktop.app.messages import Action, UserMessage
from mt3_desktop.app.settings import Settings
from mt3_desktop.app.wordings import NO_NOTES
from mt3_desktop.gui.drag_commands import DragCommands
from mt3_desktop.gui.errand_line import ErrandLine
from mt3_desktop.gui.export_commands import ExportCommands
from mt3_desktop.gui.job_news import JobNews
from mt3_desktop.gui.main_window import MainWindow
from mt3_desktop.gui.message_commands import MessageCommands
from mt3_desktop.gui.model_commands import ModelCommands
from mt3_desktop.gui.note_table import NoteTable
from mt3_desktop.gui.possible import has_notes, possible
from mt3_desktop.gui.roll import command_table
from mt3_desktop.gui.roll.backdrop import BackdropKind
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.session_commands import SessionCommands
from mt3_desktop.gui.song_binding import SongBinding
from mt3_desktop.gui.song_cleanup import SongCleanup
from mt3_desktop.gui.song_commands import SongCommands
from mt3_desktop.gui.song_comparison import SongComparison
from mt3_desktop.gui.song_menu import fill_song_menu
from mt3_desktop.gui.song_notes import SongNotes
from mt3_desktop.gui.song_player import SongPlayer
from mt3_desktop.gui.song_results import SongResults
from mt3_desktop.gui.song_standing import SongStanding
from mt3_desktop.gui.song_tempo import SongTempo
from mt3_desktop.gui.song_view import SongView
from mt3_desktop.gui.theme import apply_theme
from mt3_desktop.gui.window_dialogs import WindowDialogs


class WindowWiring(QObject):
    """Fills the window with what needs services: the roll, and everything that a command does."""

    def __init__(self, window: MainWindow, services: Services) -> None:
        """Furnish the window and wire it.

        Args:
            window: laid out already, perhaps on screen; becomes the owner.
            services: what the window is a face of.
        """
        super().__init__(window)
        self._window = window
        self._services = services
        self._queue = services.queue
        self._settings = services.settings
        self._messages = services.messages
        self._actions = window.commands
        self._parts = window.parts
        self._models = ModelCommands(services, window)
        self._songs = SongCommands(services, self._models.built_in, window)
        self._exports = ExportCommands(services, self._models.title, window)
        self._panel, self._roll = self._parts.panel, RollView()
        self._panel.set_songs(JobsModel(self._queue, self._models.title, self))
        self._parts.bar.set_heir(self._roll)
        self._parts.furnish(
            self._roll, NoteTable(), [ErrandLine(errands) for errands in (services.files, services.sounds)]
        )
        self._binding = SongBinding(self._parts, self)
        self._cleanup = SongCleanup(self._parts.cleanup, self._roll, self._settings, self)
        self._drags = DragCommands(self._parts, self._binding, self._exports, window)
        self._tempo = SongTempo(self._parts.transport.tempo, self._roll, services.player, self)
        self._sound = SongPlayer(services, self._roll, self._parts.transport, self)
        self._notes = SongNotes(
            self._roll, self._actions, self._messages, self, sound=self._sound, models=self._models
        )
        self._comparison = SongComparison(
            self._queue,
            self._parts.comparison,
            self._roll,
            self,
            sound=self._sound,
            model_title=self._models.title,
        )
        self._news = JobNews(self._queue, self._settings, window)
        self._view = SongView(self._roll, self._sound, self)
        self._results = SongResults(self._queue, self._parts.results, self._models.title, self)
        self._sessions = SessionCommands(services, self._view.keep, window)
        self._dialogs = WindowDialogs(
            services,
            self._models,
            self._actions,
            device_entries=self._parts.top.device_entries,
            window=window,
        )
        self._message_commands = MessageCommands(
            services,
            self._songs,
            self._models,
            open_settings=self._dialogs.open_settings,
            export=self._export,
            pick_model=self._parts.top.picker.open,
            show_spectrogram=partial(self._roll.set_backdrop, BackdropKind.SPECTROGRAM),
            window=window,
        )
        self._standing = SongStanding(services, self._models.title, self._message_commands.offered, self)
        self._actions.connect_slots(self._slots())
        self._actions.add_to_roll(self._roll)
        self._connect()
        self._show_settings(services.settings.value)
        self._show_models()
        self._show_song(None)

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
            "quit": self._window.close,
            "undo": self._undo,
            "redo": lambda: self._with_document(lambda document: document.undo_stack.redo()),
            "delete": self._delete,
            "transcribe": self._transcribe,
            "stop": self._stop,
            "resume": lambda: self._songs.resume_each(self._chosen),
            "next_result": lambda: self._with_song(self._songs.next_result),
            "transcribe_all": self._songs.transcribe_all,
            "move_up": lambda: self._with_song(lambda job_id: self._queue.move(job_id, -1)),
            "move_down": lambda: self._with_song(lambda job_id: self._queue.move(job_id, 1)),
            "show_source": lambda: self._with_song(self._songs.show_source),
            "locate": lambda: self._with_song(self._songs.locate),
            "remove": lambda: self._songs.remove(self._chosen),
            "clear_done": self._songs.clear_done,
            "full_screen": self._window.toggle_full_screen,
            "copy_selection": self._drags.copy_selection,
            "bake": self._cleanup.bake,
            "show_library": self._toggle_sides,
            "show_tracks": self._toggle_sides,
            "show_table": self._toggle_table,
            "next_region": lambda: self._parts.step_focus(1),
            "previous_region": lambda: self._parts.step_focus(-1),
        }
        parts = self._sound.slots() | self._tempo.slots() | self._notes.slots() | self._dialogs.slots()
        return command_table.slots(self._roll) | parts | self._comparison.slots() | own

    def _connect(self) -> None:
        self._window.files_dropped.connect(self.open)
        self._parts.top.drag_handle.set_source(self._drags.song_file)
        self._panel.current_changed.connect(self._show_song)
        self._panel.selection_changed.connect(self._refresh_actions)
        self._panel.menu_requested.connect(self._open_song_menu)
        self._panel.clear_requested.connect(self._songs.clear_done)
        self._panel.add_requested.connect(self._songs.choose_files)
        self._parts.drop_zone.choose_requested.connect(self._songs.choose_files)
        self._parts.drop_zone.example_requested.connect(self._songs.add_example)
        self._parts.drop_zone.models_requested.connect(self._dialogs.open_models)
        self._models.cards_changed.connect(self._show_models)
        self._songs.undo_changed.connect(self._refresh_actions)
        self._songs.weights_added.connect(self._models.import_path)
        self._parts.top.picker.offer_taken.connect(self._models.take_offer)
        self._roll.key_clicked.connect(self._sound.preview_key)
        self._parts.tracks.program_previewed.connect(self._sound.preview_program)
        self._songs.song_wanted.connect(self._panel.set_current)
        self._songs.sessions_added.connect(self._sessions.open)
        self._sessions.song_wanted.connect(self._panel.set_current)
        self._binding.content_changed.connect(self._results.refresh)
        self._parts.results.removal_wanted.connect(self._songs.remove_result)
        self._parts.results.comparison_wanted.connect(self._comparison.start)
        self._parts.top.recent_menu.aboutToShow.connect(self._fill_recent)
        self._parts.top.range.kind_chosen.connect(lambda kind: self._settings.update(range_kind=kind))
        self._parts.top.device_chosen.connect(self._on_device_chosen)
        self._parts.top.picker.model_chosen.connect(self._on_model_chosen)
        self._parts.top.picker.manage_requested.connect(self._dialogs.open_models)
        self._parts.status.stop_button.clicked.connect(self._queue.cancel_all)
        self._binding.content_changed.connect(self._refresh_actions)
        self._tempo.bars_changed.connect(self._refresh_actions)
        self._parts.bar.acted.connect(self._message_commands.act)
        self._messages.posted.connect(self._show_message)
        self._messages.withdrawn.connect(self._parts.bar.withdraw)
        self._messages.retracted.connect(self._parts.bar.retract)
        self._settings.changed.connect(self._on_settings_changed)
        self._queue.devices_found.connect(self._parts.top.set_found)
        self._queue.job_added.connect(self._on_jobs_changed)
        self._queue.job_removed.connect(self._on_jobs_changed)
        self._queue.job_changed.connect(self._on_job_changed)
        self._queue.job_ended.connect(self._on_job_ended)
        self._queue.result_chosen.connect(self._on_jobs_changed)

    @Slot(object)
    def open(self, paths: Iterable[Path]) -> None:
        """Add files and folders, as if they had been dropped."""
        self._songs.add(paths)

    def release(self) -> None:
        """Let go of the song on show, before the services that own it end."""
        self._news.close()
        self._view.leave()
        self._sound.show(None)
        self._cleanup.show(None)
        self._notes.show(None)
        self._comparison.show(None)
        self._tempo.show(None)
        self._binding.show(None)

    # --- what is shown ---

    @Slot(object)
    def _show_song(self, job_id: int | None) -> None:
        """Show a song of the library, or the drop zone."""
        document = None if job_id is None else self._queue.document(job_id)
        song = None if document is None else document.song
        if self._binding.document is not document:
            self._parts.bar.leave_song()
        is_other = self._view.song is not song
        if is_other:
            self._view.leave()
        self._binding.show(document)
        self._cleanup.show(document)
        self._notes.show(document)
        self._comparison.show(document)
        self._tempo.show(document)
        self._sound.show(document)
        self._parts.show_roll(document is not None)
        self._results.show(song)
        if is_other:
            self._view.enter(song)
        self._show_title(document)
        self._standing.show(job_id)
        self._refresh_actions()

    def _show_title(self, document: TranscriptionDocument | None) -> None:
        name = "" if document is None else f"{document.path.name} — "
        self._window.setWindowTitle(f"{name}MT3 Desktop")

    @Slot(object)
    def show_last(self, job_id: int | None) -> None:
        """Show the song that was changed last, unless there is none or one is shown already."""
        if self._panel.current is None and job_id is not None:
            self._panel.set_current(job_id)

    @Slot()
    def _refresh_actions(self) -> None:
        """Enable what makes sense now."""
        job = self._current_job()
        document = self._binding.document
        chosen = [self._queue.job(job_id) for job_id in self._chosen]
        for action_id, is_possible in possible(job, document, self._queue.jobs, chosen).items():
            self._actions[action_id].setEnabled(is_possible)
        self._actions["undo"].setEnabled(self._actions["undo"].isEnabled() or self._songs.can_undo)
        is_running = job is not None and not job.can_start
        self._parts.top.set_song(has_notes=has_notes(document), is_running=is_running)

    def _show_settings(self, settings: Settings) -> None:
        self._window.show_settings(settings)
        self._roll.set_wheel_preset(settings.wheel)
        self._roll.set_follow(settings.follow)
        self._parts.top.range.set_kind(settings.range_kind)

    @Slot()
    def _show_models(self) -> None:
        cards = self._models.cards
        if cards:  # before the first look at the disk the window says what it said last
            self._parts.top.picker.set_cards(cards)
            self._parts.drop_zone.set_models(self._models.ready_line, self._models.better_line)

    # --- what the services say ---

    @Slot(object)
    def _show_message(self, message: UserMessage) -> None:
        """Show a message with those of its buttons that can do something."""
        self._parts.bar.set_built_in(self._models.title(self._models.built_in))
        self._parts.bar.show_message(self._message_commands.offered(message))

    @Slot(object, object)
    def _on_settings_changed(self, old: Settings, new: Settings) -> None:
        self._show_settings(new)
        if new.theme != old.theme:
            apply_theme(_app(), new.theme)
        if (new.model_id, new.device) != (old.model_id, old.device):
            self._queue.warm_up(new.model_id, new.device)

    @Slot()
    def _on_jobs_changed(self) -> None:
        """Results came, went, or were chosen: show the one that is the current one of its song now."""
        job = self._current_job()
        if job is not None and self._queue.document(job.id) is not self._binding.document:
            self._show_song(job.id)
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
        if job.state is JobState.DONE and not self._queue.document(job_id).n_notes:
            message = NO_NOTES.message({"model": self._models.title(job.model_id)})
            self._messages.post(replace(message, job_id=job_id, detail=str(job.path)))
        self._show_running()

    def _show_running(self) -> None:
        at_work = [job for job in self._queue.jobs if job.is_active]
        waiting = sum(job.state is JobState.QUEUED for job in self._queue.jobs)
        self._window.set_unfinished(self._queue.n_unfinished)
        self._parts.status.show_jobs(at_work, n_waiting=waiting)

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

    @property
    def _chosen(self) -> tuple[int, ...]:
        """The songs that a command of the library is about: those selected, or the one on show."""
        current, selected = self._panel.current, self._panel.selected
        alone = () if current is None else (current,)
        return tuple(one for one in (selected if current in selected else alone) if one in self._queue)

    def _transcribe(self, model_id: str | None = None) -> None:
        """Transcribe the chosen range of the chosen songs."""
        chosen, box = self._chosen, self._parts.top.range
        try:
            span = box.span(self._sound.drawn_loop, self._roll.selection, n_songs=len(chosen))
        except ValueError as error:
            self._messages.info("Nothing was transcribed", str(error))
        else:
            self._songs.transcribe_each(chosen, model_id=model_id, span=span)

    def _stop(self) -> None:
        for job_id in self._chosen:
            self._queue.cancel(job_id)

    def _undo(self) -> None:
        """Undo what was done last to the notes; in the library, or if there is nothing else, to the list."""
        document = self._binding.document
        has_edits = document is not None and document.undo_stack.canUndo()
        is_in_library = self._panel.isAncestorOf(_app().focusWidget() or self._window)
        if self._songs.can_undo and (is_in_library or not has_edits):
            self._songs.undo()
        else:
            self._with_document(lambda document: document.undo_stack.undo())

    def _delete(self) -> None:
        """Delete what has the focus: songs of the library, or notes."""
        if self._panel.isAncestorOf(_app().focusWidget() or self._window):
            self._songs.remove(self._chosen)
        else:
            self._roll.commands.delete()

    def _open_song_menu(self, job_id: int, position: QPoint) -> None:
        menu = QMenu(self._window)
        if job_id not in self._panel.selected:  # else several may be meant
            self._panel.set_current(job_id)
        chosen = self._chosen
        message = self._queue.job(job_id).message
        copy = None if message is None else self._message_commands.command(Action.COPY_DETAILS, message)
        fill_song_menu(
            menu,
            self._actions,
            [self._queue.job(one) for one in chosen],
            self._models.cards,
            redo=self._transcribe,
            copy_details=copy,
        )
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

    def _current_job(self) -> Job | None:
        job_id = self._panel.current
        return self._queue.job(job_id) if job_id is not None and job_id in self._queue else None

    def _with_song(self, command: Callable[[int], object]) -> None:
        if self._panel.current is not None:
            command(self._panel.current)

    def _with_document(self, command: Callable[[TranscriptionDocument], object]) -> None:
        if self._binding.document is not None:
            command(self._binding.document)


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
