"""Autosave: every song is on disk a second after it changed, and back in the library at the next start."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QMetaObject, QObject, QThread, QTimer, Signal, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.messages import Action, Messages, UserMessage, describe
from mt3_desktop.app.song import Song
from mt3_desktop.app.takes import KeptSong, kept_of, look_at, state_of
from mt3_desktop.core.errors import DamagedSession, DiskFull, MT3Error, NotWritable
from mt3_desktop.core.session import (
    AudioReference,
    Merged,
    Session,
    begin_run,
    end_run,
    load_all,
    load_order,
    merged,
    new_id,
    path_in,
    save,
    save_order,
)

log = logging.getLogger(__name__)

DELAY_MS = 1000
CLOSE_SECONDS = 20.0


class Autosave(QObject):
    """Keeps the songs of a queue in a folder; owns the thread that writes.

    A burst of changes is one write. What is written is a frozen snapshot, so the window goes on meanwhile.

    Signals:
        restored: (last_changed: int | None) the songs of earlier runs are in the queue; one of their jobs.
        saved: () everything that was changed is on disk.
    """

    restored = Signal(object)
    saved = Signal()

    _load_requested = Signal()
    _save_requested = Signal(str, object)  # session id, KeptSong
    _delete_requested = Signal(str)
    _order_requested = Signal(object)  # session ids
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
        self._ids: dict[Song, str] = {}
        self._watched: dict[int, tuple[TranscriptionDocument, QMetaObject.Connection]] = {}
        self._changed: set[Song] = set()
        self._order: tuple[str, ...] = ()
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
        self._order_requested.connect(self._writer.keep_order)
        self._close_requested.connect(self._writer.close)
        self._writer.loaded.connect(self._on_loaded)
        self._writer.written.connect(self._on_written)
        queue.job_added.connect(self._on_job_added)
        queue.job_changed.connect(self._on_job_changed)
        queue.job_removed.connect(self._on_job_removed)
        queue.result_chosen.connect(self._on_result_chosen)
        queue.order_changed.connect(self._on_order_changed)
        self._thread.start()

    def restore(self) -> None:
        """Bring the songs of earlier runs back; `restored` follows."""
        self._load_requested.emit()

    @Slot()
    def flush(self) -> None:
        """Write what was changed, now."""
        self._timer.stop()
        changed, self._changed = self._changed, set()
        for song in changed:
            kept = self._kept(song)
            if kept is None:
                self._delete_requested.emit(self._ids[song])
            else:
                self._n_writing += 1
                self._save_requested.emit(self._ids[song], kept)
        order = tuple(self._ids[song] for song in self._queue.songs)
        if order != self._order:
            self._order = order
            self._order_requested.emit(order)

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

    @Slot(int)
    def _on_job_added(self, job_id: int) -> None:
        song = self._queue.document(job_id).song
        self._ids.setdefault(song, new_id())
        self._watch(job_id)
        self._mark(song)

    @Slot(int)
    def _on_job_changed(self, job_id: int) -> None:
        watched, document = self._watched.get(job_id), self._queue.document(job_id)
        if watched is None or watched[0] is not document:
            self._watch(job_id)
            self._mark(document.song)

    @Slot(int)
    def _on_job_removed(self, job_id: int) -> None:
        document, connection = self._watched.pop(job_id)
        QObject.disconnect(connection)
        self._mark(document.song)
        if document.song not in self._queue.songs:
            self.flush()  # a song that was taken off the list is forgotten at once

    @Slot(int)
    def _on_result_chosen(self, job_id: int) -> None:
        self._mark(self._queue.document(job_id).song)

    @Slot()
    def _on_order_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot(object)
    def _on_loaded(self, found: Loaded) -> None:
        sessions, damaged = found.sessions, found.damaged
        places = {session_id: place for place, session_id in enumerate(found.order)}
        by_age = reversed(sessions)  # of those without a place the one changed last is the last row
        songs = {
            session.id: self._adopt(session, found)
            for session in sorted(by_age, key=lambda session: places.get(session.id, len(places)))
        }
        self._order = found.order
        last = self._queue.current(songs[sessions[0].id]).id if sessions and sessions[0].takes else None
        self.restored.emit(last)  # first: a song that comes on show takes the message of the one before away
        if damaged:
            self._messages.report(damaged[0] if len(damaged) == 1 else _several(damaged))

    @Slot(str, object)
    def _on_written(self, session_id: str, problem: UserMessage | None) -> None:
        self._n_writing -= 1
        if problem is not None:  # written again with the next change, or at the end at the latest
            self._changed.update(song for song, known in self._ids.items() if known == session_id)
        if problem is not None and not self._has_complained:
            self._messages.post(replace(problem, commands={Action.RETRY: self.flush}))
        self._has_complained = problem is not None
        if not self._n_writing and not self._changed:
            self.saved.emit()

    def _adopt(self, session: Session, found: Loaded) -> Song:
        song = Song(session.audio.path, self._queue)
        song.set_missing(session.id in found.missing)
        look_at(song, session.view)
        self._ids[song] = session.id
        job_ids = []
        for take in session.takes:
            document = TranscriptionDocument(song, take.model_id)
            document.restore(kept_of(take))
            was_recovered = session.id in found.left_behind and document.n_notes > 0
            job_ids.append(self._queue.adopt(document, state_of(take), was_recovered=was_recovered))
        if 0 <= session.current < len(job_ids):
            self._queue.show_result(job_ids[session.current])
        self._changed.discard(song)
        return song

    def _kept(self, song: Song) -> KeptSong | None:
        """What is to be written of a song, or None if it is not on the list any more."""
        if song not in self._queue.songs:
            return None
        current = self._queue.current(song)
        jobs = self._queue.results(song)
        documents = tuple(self._queue.document(job.id) for job in jobs)
        return KeptSong.of(documents, jobs.index(current))

    def _watch(self, job_id: int) -> None:
        watched = self._watched.pop(job_id, None)
        if watched is not None:
            QObject.disconnect(watched[1])
        document = self._queue.document(job_id)
        self._watched[job_id] = (document, document.touched.connect(partial(self._mark, document.song)))

    def _mark(self, song: Song) -> None:
        """Have a song written soon; a timer that runs is not put off, so the wait has an end."""
        self._changed.add(song)
        if not self._timer.isActive():
            self._timer.start()


class Loaded(NamedTuple):
    """What the folder of sessions holds.

    Attributes:
        sessions: the one changed last in front.
        order: their ids in the order of the library.
        damaged: what is wrong with those that cannot be read.
        left_behind: ids of those that a run wrote which did not come to its end.
        missing: ids of those whose recording is not where it was.
    """

    sessions: tuple[Session, ...]
    order: tuple[str, ...]
    damaged: tuple[DamagedSession, ...]
    left_behind: frozenset[str]
    missing: frozenset[str]


class SessionWriter(QObject):
    """Reads and writes sessions; lives in a thread of its own.

    Signals:
        loaded: (found: Loaded).
        written: (session_id: str, problem: UserMessage | None) it was written, or why it was not.
    """

    loaded = Signal(object)
    written = Signal(str, object)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._references: dict[Path, AudioReference] = {}

    @Slot()
    def load(self) -> None:
        """Read every session of the folder."""
        left_since = self._begin()
        found, damaged = load_all(self._folder)
        songs = merged(found)
        for song in songs:
            if song.absorbed:
                self._replace(song)
        sessions = tuple(song.session for song in songs)
        self._references.update((session.audio.path, session.audio) for session in sessions)
        missing = frozenset(session.id for session in sessions if not session.audio.path.exists())
        left_behind = self._written_since(left_since, sessions)
        self.loaded.emit(Loaded(sessions, load_order(self._folder), damaged, left_behind, missing))

    @Slot(str, object)
    def save(self, session_id: str, song: KeptSong) -> None:
        """Write a session, replacing what was there of it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save(song.session(session_id, self._reference(song.path)), path_in(self._folder, session_id))
        except OSError as error:
            log.info("session %s was not saved", session_id, exc_info=error)
            self.written.emit(session_id, describe(_unsaved(song.path.stem, self._folder, error)))
        except Exception as error:  # thread boundary: nothing may escape into Qt
            log.info("session %s was not saved", session_id, exc_info=error)
            self.written.emit(session_id, describe(error))
        else:
            self.written.emit(session_id, None)

    @Slot(str)
    def delete(self, session_id: str) -> None:
        """Forget a session; the recording stays where it is."""
        try:
            path_in(self._folder, session_id).unlink(missing_ok=True)
        except OSError as error:
            log.warning("session %s can't be deleted: %s", session_id, error)

    @Slot(object)
    def keep_order(self, session_ids: tuple[str, ...]) -> None:
        """Keep the order of the library; without it the songs come back in the order of their last change."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save_order(self._folder, session_ids)
        except (OSError, MT3Error) as error:
            log.info("the order of the library is not kept: %s", error)

    @Slot()
    def close(self) -> None:
        """End the thread, after all that was asked for before."""
        try:
            end_run(self._folder)
        except OSError as error:
            log.info("the next start will take this run for one that broke off: %s", error)
        QThread.currentThread().quit()

    def _begin(self) -> int | None:
        """Leave the mark of this run; when the one before began, if it broke off."""
        try:
            return begin_run(self._folder)
        except OSError as error:
            log.info("whether a run broke off is not known: %s", error)
            return None

    def _written_since(self, since: int | None, sessions: Sequence[Session]) -> frozenset[str]:
        """Ids of the sessions that were written after a time, of which None is the end."""
        if since is None:
            return frozenset()
        places = ((session.id, path_in(self._folder, session.id)) for session in sessions)
        return frozenset(
            session_id for session_id, path in places if path.exists() and path.stat().st_mtime_ns >= since
        )

    def _replace(self, song: Merged) -> None:
        """Write what was put together, and only then delete what is in it; later, if the disk is full."""
        place = path_in(self._folder, song.session.id)
        try:
            changed_ns = place.stat().st_mtime_ns
            save(song.session, place)
            os.utime(place, ns=(changed_ns, changed_ns))  # the song changed last is shown first
        except OSError as error:
            log.info("session %s stays in parts: %s", song.session.id, error)
            return
        for session_id in song.absorbed:
            self.delete(session_id)

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
        return DiskFull(f'Disk full — "{song}" was not saved.', hint=reason, detail=error.detail)
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
