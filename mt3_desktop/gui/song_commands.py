"""What can be done with the songs of the library, whoever asks: a menu, a key, a button of a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from mt3_desktop.app.errands import Errand
from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.messages import Action, Level, UserMessage
from mt3_desktop.app.song import Song
from mt3_desktop.app.user_message import Command
from mt3_desktop.app.wording import counted, menu_text, tool_tip
from mt3_desktop.core.audio import AUDIO_SUFFIXES, FoundFiles, find_audio
from mt3_desktop.core.progress import CancelToken, Report
from mt3_desktop.core.resources import resource
from mt3_desktop.core.session import SUFFIX
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.store.imported import CONFIG_NAME, WEIGHTS_SUFFIXES
from mt3_desktop.gui.services import Services

EXAMPLE = "example.ogg"


class SongCommands(QObject):
    """Adds, starts, stops, moves and removes songs.

    Signals:
        song_wanted: (job_id: int) this song is to be shown.
        weights_added: (path: Path) a checkpoint was dropped or chosen as if it were a song.
        sessions_added: (paths: tuple[Path, ...]) sessions were.
        undo_changed: () something can be undone, or nothing any more.
    """

    song_wanted = Signal(int)
    weights_added = Signal(object)
    sessions_added = Signal(object)
    undo_changed = Signal()

    def __init__(self, services: Services, built_in: str, window: QWidget) -> None:
        """Wire the commands.

        Args:
            services: the songs, the settings, the messages.
            built_in: the model that is always here.
            window: parent of file choosers, and owner.
        """
        super().__init__(window)
        self._queue = services.queue
        self._settings = services.settings
        self._messages = services.messages
        self._files = services.files
        self._built_in = built_in
        self._window = window
        self._undoable: list[tuple[tuple[int, ...], UserMessage]] = []

    # --- adding ---

    def choose_files(self) -> None:
        """Ask for files and add them."""
        patterns = " ".join(f"*{suffix}" for suffix in sorted({*AUDIO_SUFFIXES, SUFFIX}))
        names, _filter = QFileDialog.getOpenFileNames(
            self._window,
            "Add audio or video files",
            self._settings.value.add_folder,
            f"Audio, video and sessions ({patterns});;All files (*)",
        )
        if names:
            self._settings.update(add_folder=str(Path(names[0]).parent))
            self.add([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder and add the recordings in it."""
        name = QFileDialog.getExistingDirectory(self._window, "Add folder", self._settings.value.add_folder)
        if name:
            self._settings.update(add_folder=name)
            self.add([Path(name)])

    def add_example(self) -> None:
        """Transcribe the song that comes with the program."""
        path = resource(EXAMPLE)
        known = self._queue.song_at(path)
        if known is not None:
            self.song_wanted.emit(self._queue.current(known).id)
            return
        (job_id,) = self._queue.submit([path], self._built_in, self._settings.value.device)
        self.song_wanted.emit(job_id)

    def add(self, paths: Iterable[Path]) -> None:
        """Add files and folders, whatever they are; the view stays where it is if it shows a song.

        Folders are looked through aside: one on a slow network drive may take minutes.
        """
        chosen = tuple(paths)
        weights = tuple(path for path in chosen if _is_model(path))
        for path in weights:
            self.weights_added.emit(path)
        sessions = tuple(path for path in chosen if path.suffix.lower() == SUFFIX)
        if sessions:
            self.sessions_added.emit(sessions)
        songs = tuple(path for path in chosen if path not in (*weights, *sessions))
        if not songs:
            return
        if not any(path.is_dir() for path in songs):
            self._take(find_audio(songs), n_given=len(songs))
            return
        title = f'Looking through "{songs[0].name}"' if len(songs) == 1 else "Looking through folders"
        self._files.do(Errand(title, partial(_find, songs), partial(self._take, n_given=len(songs))))

    def fill_recent(self, menu: QMenu) -> None:
        """Put the files that were added last into a menu."""
        menu.clear()
        for name in self._settings.value.recent_files:
            menu.addAction(menu_text(Path(name).name), partial(self.add, [Path(name)])).setToolTip(
                tool_tip(name)
            )
        menu.setToolTipsVisible(True)
        menu.setEnabled(not menu.isEmpty())

    def _take(self, found: FoundFiles, *, n_given: int) -> None:
        """Put what was found on the list."""
        for folder in found.barren:
            self._messages.post(
                UserMessage(
                    Level.WARNING,
                    f'No audio in "{folder.name}"',
                    "There is no file in this folder that could be a recording.",
                    (Action.CHOOSE_FILE,),
                )
            )
        self._submit(found.files, from_folders=len(found.files) > n_given)

    def _submit(self, files: tuple[Path, ...], *, from_folders: bool) -> None:
        for path in reversed(files):
            self._settings.remember_file(path)
        known = [song for path in files if (song := self._queue.song_at(path)) is not None]
        files = tuple(path for path in files if self._queue.song_at(path) is None)
        if known and not files:
            self._say_known(known)
        if not files:
            return
        settings = self._settings.value
        was_empty = not self._queue.jobs
        put = self._queue.submit if settings.start_on_add else self._queue.add
        job_ids = put(files, settings.model_id, settings.device)
        if was_empty:
            self.song_wanted.emit(job_ids[0])
        if from_folders:
            self._say_undoable(f"Added {counted(len(files), 'recording')}", job_ids)

    def _say_known(self, songs: Sequence[Song]) -> None:
        """Nothing new was added: show what is there already."""
        what = f'"{songs[0].name}" is' if len(songs) == 1 else f"{counted(len(songs), 'song')} are"
        self.song_wanted.emit(self._queue.current(songs[0]).id)
        self._messages.info(
            f"{what} on the list already", "Press Transcribe to hear it with the chosen model as well."
        )

    # --- working ---

    def transcribe(self, job_id: int, *, model_id: str | None = None, span: Span = WHOLE) -> None:
        """Find the notes of a song with the chosen model; a song that has notes gets another result."""
        settings = self._settings.value
        self._messages.withdraw(job_id)
        started = self._queue.start(
            job_id, model_id=model_id or settings.model_id, device=settings.device, span=span
        )
        self.song_wanted.emit(started)

    def transcribe_each(
        self, job_ids: Sequence[int], *, model_id: str | None = None, span: Span = WHOLE
    ) -> None:
        """Find the notes of songs with a model, or the chosen one; those at work go on."""
        if len(job_ids) == 1:
            self.transcribe(job_ids[0], model_id=model_id, span=span)
            return
        settings = self._settings.value
        for job_id in job_ids:
            self._messages.withdraw(job_id)
            self._queue.start(
                job_id, model_id=model_id or settings.model_id, device=settings.device, span=span
            )

    def resume_each(self, job_ids: Iterable[int]) -> None:
        """Go on with those of these songs that stopped."""
        for job_id in job_ids:
            if self.can_resume(self._queue.job(job_id)):
                self.resume(job_id)

    def transcribe_all(self) -> None:
        """Start every song that was not transcribed yet."""
        settings = self._settings.value
        for job in self._queue.jobs:
            if job.state is JobState.READY:
                self._queue.start(job.id, model_id=settings.model_id, device=settings.device)

    def resume(self, job_id: int, *, device: str | None = None) -> None:
        """Go on where a song stopped."""
        self._messages.withdraw(job_id)
        self._queue.resume(job_id, device=device)

    # --- the list ---

    def remove(self, job_ids: Iterable[int]) -> None:
        """Take songs off the list; the recordings stay where they are, and it can be undone."""
        chosen = tuple(job_ids)
        if not chosen:
            return
        songs = list(dict.fromkeys(self._queue.document(job_id).song for job_id in chosen))
        names = [song.name for song in songs]
        removed = tuple(job.id for song in songs for job in self._queue.results(song))
        for job_id in removed:
            self._messages.withdraw(job_id)
            self._queue.remove(job_id)
        what = f'"{names[0]}"' if len(names) == 1 else counted(len(names), "song")
        self._say_undoable(f"Removed {what} from the list", removed)

    @Slot(int)
    def remove_result(self, job_id: int) -> None:
        """Take one result of a song off the list; it can be undone."""
        name = self._queue.document(job_id).song.name
        self._messages.withdraw(job_id)
        self._queue.remove(job_id)
        self._say_undoable(f'Removed a result of "{name}"', (job_id,))

    def next_result(self, job_id: int) -> None:
        """Show the next result of a song; the place, the zoom and the sound go on."""
        results = self._queue.results(self._queue.document(job_id).song)
        place = next(place for place, job in enumerate(results) if job.id == job_id)
        self._queue.show_result(results[(place + 1) % len(results)].id)

    def undo(self) -> None:
        """Undo the last removal, or adding of a folder, that was not undone yet."""
        if not self._undoable:
            return
        job_ids, message = self._undoable.pop()
        self._messages.retract(message)
        for job_id in reversed(job_ids):
            if job_id in self._queue:
                self._queue.remove(job_id)
            else:
                self._queue.restore(job_id)
                song = self._queue.document(job_id).song
                self.song_wanted.emit(self._queue.current(song).id)
        self.undo_changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether a removal, or the adding of a folder, can be undone."""
        return bool(self._undoable)

    def _say_undoable(self, title: str, job_ids: tuple[int, ...]) -> None:
        """Say what was done to the list; the next undo removes these results again, or brings them back."""
        message = UserMessage(Level.INFO, title, actions=(Action.UNDO,))
        self._undoable.append((job_ids, message))
        self.undo_changed.emit()
        self._messages.post(message)

    def clear_done(self) -> None:
        """Take all songs off the list that no model has anything left to do for."""
        done = [
            self._queue.current(song).id
            for song in self._queue.songs
            if all(job.state is JobState.DONE for job in self._queue.results(song))
        ]
        self.remove(done)

    def locate(self, job_id: int) -> None:
        """Ask where a recording lies now."""
        job = self._queue.job(job_id)
        name, _filter = QFileDialog.getOpenFileName(
            self._window, f'Where is "{job.path.name}"?', str(job.path.parent), "All files (*)"
        )
        if name:
            self._queue.relocate(job_id, Path(name))
            if job.state is JobState.FAILED:
                self.resume(job_id)

    def show_source(self, job_id: int) -> None:
        """Open the folder of a recording."""
        open_folder(self._queue.job(job_id).path.parent)

    def can_resume(self, job: Job) -> bool:
        """Whether a song stopped somewhere and can go on."""
        return job.state in (JobState.CANCELLED, JobState.FAILED)

    # --- buttons of messages ---

    def command(self, action: Action, message: UserMessage) -> Command | None:
        """What a button of a message does with the song that it is about, or None if it can do nothing."""
        if action is Action.CHOOSE_FILE:
            return self.choose_files
        if action is Action.UNDO:
            return self.undo if self._undoable else None
        job_id = self._job_of(message)
        return None if job_id is None else self._commands_for(job_id).get(action)

    def _job_of(self, message: UserMessage) -> int | None:
        """The song that a message is about: named, or the one with its recording."""
        if message.job_id is not None:
            return message.job_id if message.job_id in self._queue else None
        return next((job.id for job in self._queue.jobs if job.path == message.path), None)

    def _commands_for(self, job_id: int) -> dict[Action, Command]:
        """What can be done with a song now."""
        commands: dict[Action, Command] = {
            Action.USE_BUILT_IN: partial(self.transcribe, job_id, model_id=self._built_in),
            Action.LOCATE: partial(self.locate, job_id),
            Action.REMOVE: partial(self.remove, [job_id]),
            Action.DISCARD: partial(self.remove_result, job_id),
            Action.KEEP: partial(self._queue.keep, job_id),
            Action.WITHOUT_AUDIO: partial(self._queue.leave_at_that, job_id),
        }
        if self.can_resume(self._queue.job(job_id)):
            commands |= {
                Action.RETRY: partial(self.resume, job_id),
                Action.CONTINUE: partial(self.resume, job_id),
                Action.CONTINUE_ON_CPU: partial(self.resume, job_id, device="cpu"),
                Action.USE_CPU: partial(self.resume, job_id, device="cpu"),
                Action.CONTINUE_BUILT_IN: partial(self.transcribe, job_id, model_id=self._built_in),
                Action.TAKE_PART: partial(self._queue.resume, job_id, accepts_damaged=True),
                Action.TRY_ANYWAY: partial(self._queue.resume, job_id, accepts_silent=True),
                Action.STOP_HERE: partial(self._queue.leave_at_that, job_id),
            }
        return commands


def _is_model(path: Path) -> bool:
    """Whether something dropped as a song is a checkpoint: a file, or a folder in a published layout."""
    if path.suffix.lower() in WEIGHTS_SUFFIXES:
        return True
    return (path / CONFIG_NAME).is_file() and any(
        child.suffix.lower() in WEIGHTS_SUFFIXES for child in path.iterdir()
    )


def _find(paths: tuple[Path, ...], _report: Report, cancel: CancelToken) -> FoundFiles:
    return find_audio(paths, cancel=cancel)


def open_folder(path: Path) -> None:
    """Show a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
