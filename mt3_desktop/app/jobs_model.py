"""The songs of the queue as a list that views can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.wording import counted, tool_tip
from mt3_desktop.core.progress import Progress, Stage, clock
from mt3_desktop.core.store.disk import size_text

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()

JOB_ROLE = Qt.ItemDataRole.UserRole + 1
STATUS_ROLE = Qt.ItemDataRole.UserRole + 2


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


def status(job: Job, *, n_notes: int, heard_until: float, place: int) -> str:
    """The second line of a row: how a job is doing.

    Args:
        job: the job.
        n_notes: notes it has.
        heard_until: seconds transcribed.
        place: its place in the queue from 1, if it waits.
    """
    notes = counted(n_notes, "note")
    match job.state:
        case JobState.RUNNING:
            text = _running(job)
        case JobState.STOPPING:
            text = "stopping…"
        case JobState.WAITING:
            text = _waiting(job)
        case JobState.QUEUED:
            text = "next in line" if place == 1 else f"queued, number {place}"
        case JobState.DONE:
            text = notes if n_notes else "no notes found"
        case JobState.CANCELLED:
            text = f"stopped at {clock(heard_until)} · {notes}" if heard_until else "stopped"
        case JobState.FAILED:
            text = (job.message.title if job.message else "failed") + (f" · {notes} kept" if n_notes else "")
        case JobState.READY:
            text = "not transcribed yet"
    return text


def _waiting(job: Job) -> str:
    done = share(job.progress)
    return "waiting for its model" + ("" if done is None else f" · {done:.0%}")


def _running(job: Job) -> str:
    progress = job.progress
    if progress is None or progress.stage is not Stage.TRANSCRIBE or progress.fraction is None:
        text = phase(progress)
        return f"{text[0].lower()}{text[1:]}…"
    left = "" if job.seconds_left is None else f" · {clock(job.seconds_left)} left"
    return f"{progress.fraction:.0%}{left}"


class JobsModel(QAbstractListModel):
    """One row per job: name, status, and the job itself."""

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
        self._ids = [job.id for job in queue.jobs]
        self._readers: dict[int, Callable[[Job], object]] = {
            JOB_ROLE: lambda job: job,
            STATUS_ROLE: self._status,
            Qt.ItemDataRole.DisplayRole: lambda job: job.path.stem,
            Qt.ItemDataRole.ToolTipRole: lambda job: tool_tip(f"{job.path}\n{self._spoken(job)}"),
            Qt.ItemDataRole.AccessibleTextRole: lambda job: f"{job.path.stem}, {self._spoken(job)}",
        }
        queue.job_added.connect(self._on_job_added)
        queue.job_changed.connect(self._on_job_changed)
        queue.job_removed.connect(self._on_job_removed)
        queue.order_changed.connect(self._on_order_changed)

    def rowCount(self, parent: Index = ROOT) -> int:
        """How many jobs there are."""
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a row shows. `Any` is what Qt's base class declares."""
        if not index.isValid() or self._ids[index.row()] not in self._queue:
            return None
        job = self._queue.job(self._ids[index.row()])
        reader = self._readers.get(role)
        return None if reader is None else reader(job)

    def index_of(self, job_id: int) -> QModelIndex:
        """The row of a job; invalid if it is gone."""
        return self.index(self._ids.index(job_id)) if job_id in self._ids else QModelIndex()

    def job_id(self, index: Index) -> int | None:
        """The job of a row, or None for an invalid index."""
        return self._ids[index.row()] if index.isValid() else None

    def _status(self, job: Job) -> str:
        document = self._queue.document(job.id)
        waiting = [other.id for other in self._queue.jobs if other.state is JobState.QUEUED]
        place = waiting.index(job.id) + 1 if job.id in waiting else 0
        text = status(job, n_notes=document.n_notes, heard_until=document.heard_until, place=place)
        return f"{text} · {self._model_title(job.model_id)}" if job.state is JobState.DONE else text

    def _spoken(self, job: Job) -> str:
        return f"{self._model_title(job.model_id)}, {self._status(job)}"

    @Slot(int, int)
    def _on_job_added(self, job_id: int, index: int) -> None:
        self.beginInsertRows(QModelIndex(), index, index)
        self._ids.insert(index, job_id)
        self.endInsertRows()

    @Slot(int)
    def _on_job_changed(self, job_id: int) -> None:
        index = self.index_of(job_id)
        self.dataChanged.emit(index, index)

    @Slot(int, int)
    def _on_job_removed(self, _job_id: int, index: int) -> None:
        self.beginRemoveRows(QModelIndex(), index, index)
        del self._ids[index]
        self.endRemoveRows()

    @Slot()
    def _on_order_changed(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before = {self._ids[index.row()]: index for index in self.persistentIndexList()}
        self._ids = [job.id for job in self._queue.jobs]
        for job_id, index in before.items():
            self.changePersistentIndex(index, self.index_of(job_id))
        self.layoutChanged.emit()
