"""Autosave: every song is on disk a second after it changed, and back in the library at the next start."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMetaObject, QObject, QThread, QTimer, Signal, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.kept_document import KeptDocument
from mt3_desktop.app.messages import Messages, UserMessage, describe
from mt3_desktop.app.takes import kept_of, state_of, take_of, view_of
from mt3_desktop.core.errors import DamagedSession, DiskFull, MT3Error, NotWritable
from mt3_desktop.core.session import AudioReference, Session, Take, load_all, new_id, path_in, save

log = logging.getLogger(__name__)

DELAY_MS = 1000
CLOSE_SECONDS = 20.0


class Autosave(QObject):
    """Keeps the songs of a queue in a folder; owns the thread that writes.

    A burst of changes is one write. What is written is a frozen snapshot, so the window goes on meanwhile.

    Signals:
        restored: () the songs of earlier runs are in the queue.
        saved: () everything that was changed is on disk.
    """

    restored = Signal()
    saved = Signal()

    _load_requested = Signal()
    _save_requested = Signal(str, object, str, object)  # session id, path, model id, KeptDocument
    _delete_requested = Signal(str)
    _close_requested = Signal()

    def __init__(
        self, queue: JobQueue, folder: Path, messages: Messages, parent: QObject | None = None
    ) -> None:
        """Begin to watch a queue.

        Args:
            queue: the songs.
            folder: where the sessions are kept.
            messages: where to say that something could not be saved or read.
            parent: owner.
        """
        super().__init__(parent)
        self._queue = queue
        self._messages = messages
        self._ids: dict[int, str] = {}
        self._watched: dict[int, tuple[TranscriptionDocument, QMetaObject.Connection]] = {}
        self._changed: set[int] = set()
        self._n_writing = 0
        self._has_complained = False
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self.flush)
        self._thread = QThread()
        self._thread.setObjectName("sessions")
        self._writer = SessionWriter(folder)
        self._writer.moveToThread(self._thread)
        self._load_requested.connect(self._writer.load)
        self._save_requested.connect(self._writer.save)
        self._delete_requested.connect(self._writer.delete)
        self._close_requested.connect(self._writer.close)
        self._writer.loaded.connect(self._on_loaded)
        self._writer.written.connect(self._on_written)
        queue.job_added.connect(self._on_job_added)
        queue.job_changed.connect(self._on_job_changed)
        queue.job_removed.connect(self._on_job_removed)
        self._thread.start()

    def restore(self) -> None:
        """Bring the songs of earlier runs back; `restored` follows."""
        self._load_requested.emit()

    @Slot()
    def flush(self) -> None:
        """Write what was changed, now."""
        self._timer.stop()
        changed, self._changed = self._changed, set()
        for job_id in sorted(changed):
            if job_id not in self._queue:
                continue
            job, document = self._queue.job(job_id), self._queue.document(job_id)
            if _is_worth_keeping(job, document):
                self._n_writing += 1
                self._save_requested.emit(self._ids[job_id], job.path, job.model_id, document.kept)
            else:
                self._delete_requested.emit(self._ids[job_id])

    def close(self) -> bool:
        """Write what was changed, and end the thread.

        Returns:
            Whether the thread ended; if not, the process has to be ended without destroying it.
        """
        self.flush()
        self._close_requested.emit()
        if not self._thread.wait(int(CLOSE_SECONDS * 1000)):
            log.error("the session thread did not end within %.0f s", CLOSE_SECONDS)
            return False
        return True

    @Slot(int, int)
    def _on_job_added(self, job_id: int, _index: int) -> None:
        is_new = job_id not in self._ids
        self._ids.setdefault(job_id, new_id())
        self._watch(job_id)
        if is_new or not self._queue.job(job_id).was_recovered:
            self._mark(job_id)

    @Slot(int)
    def _on_job_changed(self, job_id: int) -> None:
        watched = self._watched.get(job_id)
        if watched is None or watched[0] is not self._queue.document(job_id):
            self._watch(job_id)
            self._mark(job_id)
        elif self._queue.job(job_id).state is JobState.FAILED:
            self._mark(job_id)

    @Slot(int, int)
    def _on_job_removed(self, job_id: int, _index: int) -> None:
        self._changed.discard(job_id)
        self._unwatch(job_id)
        self._delete_requested.emit(self._ids[job_id])

    @Slot(object, object)
    def _on_loaded(self, sessions: tuple[Session, ...], damaged: tuple[Exception, ...]) -> None:
        for session in reversed(sessions):  # the last one changed comes first: it shall be the last row
            for take in session.takes:
                self._adopt(session, take)
        self.restored.emit()  # first: a song that comes on show takes the message of the one before away
        if damaged:
            self._messages.report(damaged[0] if len(damaged) == 1 else _several(damaged))

    @Slot(object)
    def _on_written(self, problem: UserMessage | None) -> None:
        self._n_writing -= 1
        if problem is not None and not self._has_complained:
            self._messages.post(problem)
        self._has_complained = problem is not None
        if not self._n_writing and not self._changed:
            self.saved.emit()

    def _adopt(self, session: Session, take: Take) -> None:
        document = TranscriptionDocument(session.audio.path, take.model_id)
        document.restore(kept_of(take, session.view))
        job_id = self._queue.adopt(document, state_of(take), was_recovered=True)
        self._ids[job_id] = session.id
        self._changed.discard(job_id)

    def _watch(self, job_id: int) -> None:
        self._unwatch(job_id)
        document = self._queue.document(job_id)
        self._watched[job_id] = (document, document.touched.connect(partial(self._mark, job_id)))

    def _unwatch(self, job_id: int) -> None:
        watched = self._watched.pop(job_id, None)
        if watched is not None:
            QObject.disconnect(watched[1])

    def _mark(self, job_id: int) -> None:
        """Have a song written soon; a timer that runs is not put off, so the wait has an end."""
        self._changed.add(job_id)
        if not self._timer.isActive():
            self._timer.start()


class SessionWriter(QObject):
    """Reads and writes sessions; lives in a thread of its own.

    Signals:
        loaded: (sessions: tuple[Session, ...], damaged: tuple[DamagedSession, ...]).
        written: (problem: UserMessage | None) one session was written, or why it was not.
    """

    loaded = Signal(object, object)
    written = Signal(object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._references: dict[Path, AudioReference] = {}

    @Slot()
    def load(self) -> None:
        """Read every session of the folder."""
        sessions, damaged = load_all(self._folder)
        self._references.update((session.audio.path, session.audio) for session in sessions)
        self.loaded.emit(sessions, damaged)

    @Slot(str, object, str, object)
    def save(self, session_id: str, path: Path, model_id: str, kept: KeptDocument) -> None:
        """Write a session, replacing what was there of it."""
        take = take_of(model_id, kept)
        session = Session(session_id, self._reference(path), (take,), model_id, view_of(kept))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save(session, path_in(self._folder, session_id))
        except OSError as error:
            log.info("session %s was not saved", session_id, exc_info=error)
            self.written.emit(describe(_unsaved(path.stem, self._folder, error)))
        except Exception as error:  # thread boundary: nothing may escape into Qt
            log.info("session %s was not saved", session_id, exc_info=error)
            self.written.emit(describe(error))
        else:
            self.written.emit(None)

    @Slot(str)
    def delete(self, session_id: str) -> None:
        """Forget a session; the recording stays where it is."""
        try:
            path_in(self._folder, session_id).unlink(missing_ok=True)
        except OSError as error:
            log.warning("session %s can't be deleted: %s", session_id, error)

    @Slot()
    def close(self) -> None:
        """End the thread, after all that was asked for before."""
        QThread.currentThread().quit()

    def _reference(self, path: Path) -> AudioReference:
        """The recording by place and content; hashed once, as far as it can be read."""
        if path not in self._references:
            try:
                self._references[path] = AudioReference.to(path)
            except OSError as error:
                log.info("%s can't be read: %s", path.name, error)
                return AudioReference(path, "", 0, 0)
        return self._references[path]


def _unsaved(song: str, folder: Path, error: OSError) -> MT3Error:
    """Why a song was not saved, by its own name: that of its file says nothing to anybody."""
    if isinstance(error, DiskFull):
        reason = f"{error.hint} Your notes are still open here."
        return DiskFull(f'Disk full: "{song}" was not saved.', hint=reason, detail=error.detail)
    return NotWritable(
        f'Can\'t save "{song}".',
        hint=f'The folder "{folder}" is read-only or not there. Your notes are still open here.',
        detail=str(error),
    )


def _several(damaged: Sequence[Exception]) -> DamagedSession:
    """One message for all."""
    return DamagedSession(
        f"{len(damaged)} songs of earlier runs can't be opened.",
        hint="Their files are damaged, or from a newer version. They were not changed.",
        detail="\n".join(map(str, damaged)),
    )


def _is_worth_keeping(job: Job, document: TranscriptionDocument) -> bool:
    """A file that could not even be read need not come back."""
    return job.state is not JobState.FAILED or document.heard_until > 0
