"""The songs of the queue as a list that views can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from mt3_desktop.app.job import UNFINISHED, Job, JobState
from mt3_desktop.app.song import Song
from mt3_desktop.app.wording import counted, tool_tip
from mt3_desktop.core.progress import Progress, Stage, clock
from mt3_desktop.core.store.disk import size_text

if TYPE_CHECKING:
    from mt3_desktop.app.jobs import JobQueue

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()

JOB_ROLE = Qt.ItemDataRole.UserRole + 1
STATUS_ROLE = Qt.ItemDataRole.UserRole + 2
MISSING_ROLE = Qt.ItemDataRole.UserRole + 3


def share(progress: Progress | None) -> float | None:
    """How far a job is, 0-1, or None where there is nothing to measure yet.

    A file that is read is not a job that is done: until the first segment nothing is measured.
    """
    if progress is None or (progress.stage is Stage.READ and progress.fraction == 1.0):
        return None
    return progress.fraction


def phase(progress: Progress | None) -> str:
    """What a running job does, in a few words: "Reading audio", "Segment 18 of 41"."""
    if progress is None:
        return "Starting"
    if progress.stage is Stage.TRANSCRIBE:
        if not progress.total:
            return "Transcribing"
        return f"Segment {min(progress.done + 1, progress.total):.0f} of {progress.total:.0f}"
    if progress.stage is Stage.READ and progress.fraction == 1.0:
        return "Listening"
    if progress.stage is Stage.FETCH and progress.total:
        return f"Downloading model, {size_text(progress.done)} of {size_text(progress.total)}"
    return _PHASES[progress.stage]


_PHASES = {
    Stage.FETCH: "Downloading model",
    Stage.VERIFY: "Checking model",
    Stage.LOAD: "Loading model",
    Stage.READ: "Reading audio",
    Stage.TRANSCRIBE: "Transcribing",
    Stage.DONE: "Finishing",
}


def status(job: Job, *, n_notes: int, heard_until: float, place: int, model_title: str = "") -> str:
    """The second line of a row: how a job is doing.

    Args:
        job: the job.
        n_notes: notes it has.
        heard_until: seconds transcribed.
        place: its place in the queue from 1, if it waits.
        model_title: what users read for its model, or "".
    """
    notes = counted(n_notes, "note")
    match job.state:
        case JobState.RUNNING:
            text = _running(job)
        case JobState.STOPPING:
            text = "stopping…"
        case JobState.WAITING:
            text = _waiting(job, model_title)
        case JobState.QUEUED:
            text = "next in line" if place == 1 else f"queued, number {place}"
        case JobState.DONE:
            text = f"{notes}{taken(job)}" if n_notes else "no notes found"
        case JobState.CANCELLED:
            text = f"stopped at {clock(heard_until)} · {notes}" if heard_until else "stopped"
        case JobState.FAILED:
            text = (job.message.title if job.message else "failed") + (f" · {notes} kept" if n_notes else "")
        case JobState.READY:
            text = "not transcribed yet"
    return text


def _waiting(job: Job, model_title: str) -> str:
    done = share(job.progress)
    return f"waiting for {model_title or 'its model'}" + ("" if done is None else f" · {done:.0%}")


def taken(job: Job) -> str:
    """How long a finished job took: " in 1:12"; "" where that is not known, as after a restart."""
    return f" in {clock(job.seconds_taken)}" if job.state is JobState.DONE and job.seconds_taken else ""


def _running(job: Job) -> str:
    progress = job.progress
    if progress is None or progress.stage is not Stage.TRANSCRIBE or progress.fraction is None:
        text = phase(progress)
        return f"{text[0].lower()}{text[1:]}…"
    left = "" if job.seconds_left is None else f" · {clock(job.seconds_left)} left"
    return f"{progress.fraction:.0%}{left}"


class JobsModel(QAbstractListModel):
    """One row per song: name, status, and the job that speaks for it.

    That is the one at work, if a model listens or is going to; else the current one.
    """

    def __init__(
        self, queue: JobQueue, model_title: Callable[[str], str], parent: QObject | None = None
    ) -> None:
        """Show a queue.

        Args:
            queue: the songs.
            model_title: a model's id → what users read.
            parent: owner.
        """
        super().__init__(parent)
        self._queue = queue
        self._model_title = model_title
        self._songs = list(queue.songs)
        self._readers: dict[int, Callable[[Job], object]] = {
            JOB_ROLE: lambda job: job,
            STATUS_ROLE: self._status,
            Qt.ItemDataRole.DisplayRole: lambda job: job.path.stem,
            Qt.ItemDataRole.ToolTipRole: lambda job: tool_tip(f"{job.path}\n{self._spoken(job)}"),
            Qt.ItemDataRole.AccessibleTextRole: lambda job: f"{job.path.stem}, {self._spoken(job)}",
        }
        self._readers[MISSING_ROLE] = lambda job: queue.document(job.id).song.is_missing
        for song in self._songs:
            song.missing_changed.connect(self._on_missing_changed)
        queue.job_added.connect(self._on_job_added)
        queue.job_changed.connect(self._on_job_changed)
        queue.job_removed.connect(self._on_job_removed)
        queue.result_chosen.connect(self._on_job_changed)
        queue.order_changed.connect(self._on_order_changed)

    def rowCount(self, parent: Index = ROOT) -> int:
        """How many songs there are."""
        return 0 if parent.isValid() else len(self._songs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a row shows. `Any` is what Qt's base class declares."""
        reader = self._readers.get(role)
        if reader is None or not index.isValid() or self._songs[index.row()] not in self._queue.songs:
            return None
        return reader(self._speaker(self._songs[index.row()]))

    def index_of(self, job_id: int) -> QModelIndex:
        """The row of a job's song; invalid if it is gone."""
        return self._index_of(self._queue.document(job_id).song) if job_id in self._queue else QModelIndex()

    def job_id(self, index: Index) -> int | None:
        """The current job of a row, or None for an invalid index or a song that is going."""
        if not index.isValid() or self._songs[index.row()] not in self._queue.songs:
            return None
        return self._queue.current(self._songs[index.row()]).id

    def choose(self, job_id: int) -> None:
        """Make a result the one of its song that is shown.

        Raises:
            KeyError: if it is gone.
        """
        self._queue.show_result(job_id)

    def _index_of(self, song: Song) -> QModelIndex:
        return self.index(self._songs.index(song)) if song in self._songs else QModelIndex()

    def _speaker(self, song: Song) -> Job:
        results = self._queue.results(song)
        at_work = (job for job in results if job.state in UNFINISHED)
        return min(at_work, key=lambda job: not job.is_active, default=self._queue.current(song))

    def _status(self, job: Job) -> str:
        document = self._queue.document(job.id)
        waiting = [other.id for other in self._queue.jobs if other.state is JobState.QUEUED]
        place = waiting.index(job.id) + 1 if job.id in waiting else 0
        title = self._model_title(job.model_id)
        text = ("recovered · " if job.was_recovered else "") + status(
            job,
            n_notes=document.n_notes + len(document.sounding),
            heard_until=document.heard_until,
            place=place,
            model_title=title,
        )
        if document.song.is_missing and job.can_start:
            text = f"file moved · {text}"
        if not document.span.is_whole:
            text = f"{document.span} · {text}"
        n_results = len(self._queue.results(document.song))
        if n_results > 1:
            return f"{text} · {n_results} results"  # the tabs above the roll name their models
        return f"{text} · {title}" if job.state is JobState.DONE else text

    def _spoken(self, job: Job) -> str:
        return f"{self._model_title(job.model_id)}, {self._status(job)}"

    @Slot(int)
    def _on_job_added(self, job_id: int) -> None:
        song = self._queue.document(job_id).song
        if song in self._songs:
            self._on_job_changed(job_id)
            return
        row = self._queue.songs.index(song)
        self.beginInsertRows(QModelIndex(), row, row)
        self._songs.insert(row, song)
        song.missing_changed.connect(self._on_missing_changed)
        self.endInsertRows()

    @Slot(int)
    def _on_job_changed(self, job_id: int) -> None:
        index = self.index_of(job_id)
        self.dataChanged.emit(index, index)

    @Slot(bool)
    def _on_missing_changed(self, _is_missing: bool) -> None:
        if self._songs:
            self.dataChanged.emit(self.index(0), self.index(len(self._songs) - 1))

    @Slot(int)
    def _on_job_removed(self, _job_id: int) -> None:
        there = self._queue.songs
        for row, song in reversed(tuple(enumerate(self._songs))):
            if song not in there:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._songs[row]
                self.endRemoveRows()
        if self._songs:
            self.dataChanged.emit(self.index(0), self.index(len(self._songs) - 1))

    @Slot()
    def _on_order_changed(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before = {self._songs[index.row()]: index for index in self.persistentIndexList()}
        self._songs = list(self._queue.songs)
        for song, index in before.items():
            self.changePersistentIndex(index, self._index_of(song))
        self.layoutChanged.emit()
