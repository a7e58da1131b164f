"""Saving a song with all that was done to it as a file, and opening such files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.errands import Errand
from mt3_desktop.app.messages import Action
from mt3_desktop.app.session_files import read_session, write_session
from mt3_desktop.app.takes import kept_of, state_of
from mt3_desktop.core.progress import CancelToken, Report
from mt3_desktop.core.session import SUFFIX, Session
from mt3_desktop.gui.services import Services


class SessionCommands(QObject):
    """Saves and opens `.mt3session` files.

    A row of the library is one song heard by one model; a session file holds all rows of a song.

    Signals:
        song_wanted: (job_id: int) this song is to be shown.
    """

    song_wanted = Signal(int)

    def __init__(self, services: Services, keep_view: Callable[[], None], window: QWidget) -> None:
        """Wire the commands.

        Args:
            services: the songs, the messages, the thread for files.
            keep_view: notes how the song on show is looked at.
            window: parent of file choosers, and owner.
        """
        super().__init__(window)
        self._queue = services.queue
        self._settings = services.settings
        self._messages = services.messages
        self._files = services.files
        self._keep_view = keep_view
        self._window = window
        self._places: dict[Path, Path] = {}  # recording → its session file

    def save(self, job_id: int) -> None:
        """Save a song where it was saved or opened before; ask where if it was not."""
        place = self._places.get(self._queue.job(job_id).path)
        if place is None:
            self.save_as(job_id)
        else:
            self._write(job_id, place)

    def save_as(self, job_id: int) -> None:
        """Ask where to save a song, and save it there."""
        recording = self._queue.job(job_id).path
        folder = recording.parent if os.access(recording.parent, os.W_OK) else Path.home()
        place = self.ask_place(self._places.get(recording) or folder / f"{recording.stem}{SUFFIX}")
        if place is not None:
            self._write(job_id, place)

    def open(self, paths: Iterable[Path]) -> None:
        """Put the songs of session files on the list, and show the last."""
        for path in paths:
            self._files.do(
                Errand(f"Opening {path.name}", partial(_read, path), partial(self._adopt, path), path=path)
            )

    def ask_place(self, proposal: Path) -> Path | None:
        """Ask where to save; None if the user does not want to. Tests replace this."""
        dialog = QFileDialog(self._window, "Save session as", str(proposal.parent), f"Session (*{SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.lstrip("."))
        dialog.selectFile(proposal.name)
        return Path(dialog.selectedFiles()[0]) if dialog.exec() else None

    def _write(self, job_id: int, place: Path) -> None:
        self._keep_view()
        shown = self._queue.job(job_id)
        heard = tuple(
            (job.model_id, self._queue.document(job.id).kept)
            for job in self._queue.jobs
            if job.path == shown.path
        )
        view = self._queue.document(job_id).view

        def work(_report: Report, cancel: CancelToken) -> Path:
            return write_session(place, shown.path, heard, current=shown.model_id, view=view, cancel=cancel)

        then = partial(self._on_written, shown.path)
        self._files.do(Errand(f"Saving {place.name}", work, then, path=place.parent))

    def _on_written(self, recording: Path, place: Path) -> None:
        self._places[recording] = place
        self._settings.remember_file(place)
        self._messages.success(
            f"Saved {place.name}",
            f"In {place.parent}",
            actions=(Action.SHOW_FILE, Action.COPY_PATH),
            path=place,
        )

    def _adopt(self, path: Path, session: Session) -> None:
        recording = session.audio.path
        self._places[recording] = path
        self._settings.remember_file(path)
        rows = {}
        for take in session.takes:
            document = TranscriptionDocument(recording, take.model_id)
            document.restore(kept_of(take, session.view))
            rows[take.model_id] = self._queue.adopt(document, state_of(take), was_recovered=False)
        if not rows:
            settings = self._settings.value
            (rows[""],) = self._queue.add([recording], settings.model_id, settings.device)
        self.song_wanted.emit(rows.get(session.current, next(iter(rows.values()))))


def _read(path: Path, _report: Report, cancel: CancelToken) -> Session:
    return read_session(path, cancel=cancel)
