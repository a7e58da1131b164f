"""Saving a song with all that was done to it as a file, and opening such files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QWidget

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.errands import Errand
from mt3_desktop.app.job import Job
from mt3_desktop.app.messages import Action
from mt3_desktop.app.session_files import OpenedSession, read_session, write_session
from mt3_desktop.app.song import Song
from mt3_desktop.app.takes import KeptSong, kept_of, look_at, state_of
from mt3_desktop.core.progress import CancelToken, Report
from mt3_desktop.core.session import SUFFIX, Session, Take
from mt3_desktop.gui.services import Services


class SessionCommands(QObject):
    """Saves and opens `.mt3session` files.

    A session file holds a song with all its results, and the recording too if the user wants that.

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
        self._recordings = services.locations.recordings
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
            work = partial(_read, path, self._recordings)
            self._files.do(Errand(f"Opening {path.name}", work, self._adopt, path=path))

    def ask_place(self, proposal: Path) -> Path | None:
        """Ask where to save, and whether with the recording; None if the user does not want to.

        Tests replace this.
        """
        dialog = QFileDialog(self._window, "Save session as", str(proposal.parent), f"Session (*{SUFFIX})")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)  # a system's own has no room for the box
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.lstrip("."))
        dialog.selectFile(proposal.name)
        with_sound = QCheckBox("Put the recording into the file, to open it on another computer")
        with_sound.setChecked(self._settings.value.session_sound)
        layout = dialog.layout()
        assert isinstance(layout, QGridLayout), "Qt's own dialog is a grid"
        layout.addWidget(with_sound, layout.rowCount(), 0, 1, layout.columnCount())
        if not dialog.exec():
            return None
        self._settings.update(session_sound=with_sound.isChecked())
        return Path(dialog.selectedFiles()[0])

    def _write(self, job_id: int, place: Path) -> None:
        self._keep_view()
        song = self._queue.document(job_id).song
        job_ids = [job.id for job in self._queue.results(song)]
        documents = tuple(self._queue.document(one) for one in job_ids)
        kept = KeptSong.of(documents, job_ids.index(job_id))
        with_sound = self._settings.value.session_sound

        def work(_report: Report, cancel: CancelToken) -> Session:
            return write_session(place, kept, with_sound=with_sound, cancel=cancel)

        then = partial(self._on_written, kept.path, place)
        self._files.do(Errand(f"Saving {place.name}", work, then, path=place.parent))

    def _on_written(self, recording: Path, place: Path, session: Session) -> None:
        self._places[recording] = place
        self._settings.remember_file(place)
        inside = ", with the recording" if session.has_sound else ""
        self._messages.success(
            f"Saved {place.name}",
            f"In {place.parent}{inside}",
            actions=(Action.SHOW_FILE, Action.COPY_PATH),
            path=place,
        )

    def _adopt(self, opened: OpenedSession) -> None:
        session = opened.session
        recording = session.audio.path
        self._places[recording] = opened.path
        self._settings.remember_file(opened.path)
        song = self._queue.song_at(recording)
        if song is None:
            song = Song(recording, self._queue)
            look_at(song, session.view)
        known = self._queue.results(song) if song in self._queue.songs else ()
        job_ids = [self._adopt_take(song, take, known) for take in session.takes]
        if not job_ids:
            settings = self._settings.value
            job_ids = list(self._queue.add([recording], settings.model_id, settings.device))
        self.song_wanted.emit(job_ids[session.current if session.current in range(len(job_ids)) else 0])
        if opened.problem is not None:
            self._messages.report(opened.problem, path=opened.path)

    def _adopt_take(self, song: Song, take: Take, known: Iterable[Job]) -> int:
        """Put a result on the list beside what the song has; gives its job, or that of one that is equal."""
        document = TranscriptionDocument(song, take.model_id)
        document.restore(kept_of(take))
        for job in known:
            other = self._queue.document(job.id)
            if (other.model_id, other.kept) == (document.model_id, document.kept):
                document.deleteLater()
                return job.id
        return self._queue.adopt(document, state_of(take), was_recovered=False)


def _read(path: Path, recordings: Path, _report: Report, cancel: CancelToken) -> OpenedSession:
    return read_session(path, recordings, cancel=cancel)
