"""What the download thread does: one task after the other, each ended exactly once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QObject, Signal, Slot

from mt3_desktop.app.messages import Situation, UserMessage, describe
from mt3_desktop.app.model_status import survey
from mt3_desktop.core.catalogue import Catalogue
from mt3_desktop.core.errors import DamagedCheckpoint, MT3Error, UnknownCheckpoint
from mt3_desktop.core.progress import Cancelled, CancelToken, Report, every
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store.checkpoints import CheckpointStore

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.05


class TaskKind(Enum):
    """What can be asked of the download thread."""

    SURVEY = "survey"
    GET = "get"
    DISCARD = "discard"
    VERIFY = "verify"
    REPAIR = "repair"
    REMOVE = "remove"
    IMPORT = "import"
    OPTIONS = "options"
    MOVE = "move"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do.

    Attributes:
        id: unique in this run of the program.
        kind: what.
        model_id: with which model, or "" for tasks about files and folders.
        path: with which file or folder, or None.
        options: what the file of an imported model does not say.
    """

    id: int
    kind: TaskKind
    model_id: str = ""
    path: Path | None = None
    options: Mapping[str, int | float | str] = field(default_factory=lambda: MappingProxyType({}))


class LibraryWorker(QObject):
    """Does the tasks; lives in the download thread. The boundary where everything is caught.

    Signals:
        surveyed: (survey: Survey) how everything stands; after every task, before its end is told.
        progressed: (task_id: int, progress: Progress), at most 20 a second.
        finished: (task_id: int, result: object) `GET`: path; `VERIFY`, `REPAIR`: whether it is intact;
            `IMPORT`: tuple of `ModelSpec`; `CLEAN`: bytes freed; None for others.
        failed: (task_id: int, message: UserMessage).
        cancelled: (task_id: int).
    """

    surveyed = Signal(object)
    progressed = Signal(int, object)
    finished = Signal(int, object)
    failed = Signal(int, object)
    cancelled = Signal(int)

    def __init__(self, store: CheckpointStore, catalogue: Catalogue) -> None:
        """Set up; call `moveToThread` before the first task.

        Args:
            store: the files.
            catalogue: the models.
        """
        super().__init__()
        self._store = store
        self._catalogue = catalogue
        self._acts: dict[TaskKind, Callable[[Task, Report, CancelToken], object]] = {
            TaskKind.SURVEY: self._nothing,
            TaskKind.GET: self._get,
            TaskKind.DISCARD: self._discard,
            TaskKind.VERIFY: self._verify,
            TaskKind.REPAIR: self._verify,  # puts a damaged file aside for a download that follows
            TaskKind.REMOVE: self._remove,
            TaskKind.IMPORT: self._import,
            TaskKind.OPTIONS: self._set_options,
            TaskKind.MOVE: self._move,
            TaskKind.CLEAN: self._clean,
        }

    @Slot(object, object)
    def run(self, task: Task, cancel: CancelToken) -> None:
        """Do one task, whatever comes."""
        report = every(PROGRESS_SECONDS, partial(self.progressed.emit, task.id))
        try:
            result = self._acts[task.kind](task, report, cancel)
            self._look(cancel)
        except Cancelled:
            self._look_after()
            self.cancelled.emit(task.id)
        except Exception as error:  # thread boundary: nothing may escape into Qt
            log.info("%s %s failed", task.kind.value, task.model_id, exc_info=error)
            self._look_after()
            self.failed.emit(task.id, self._described(task, error))
        else:
            self.finished.emit(task.id, result)

    def _look(self, cancel: CancelToken) -> None:
        self.surveyed.emit(survey(self._store, self._catalogue, cancel))

    def _look_after(self) -> None:
        """Look once more after a task that failed; if even that fails, the old picture stays."""
        try:
            self._look(CancelToken())
        except Exception as error:  # the disk may be gone; the task's own message says so already
            log.info("can't look at the models folder", exc_info=error)

    def _described(self, task: Task, error: Exception) -> UserMessage:
        """What a failed task means."""
        if task.kind is TaskKind.IMPORT and isinstance(error, DamagedCheckpoint):
            return describe(_not_taken(_path(task), error))
        try:
            model = self._catalogue.spec(task.model_id).title if task.model_id else ""
        except MT3Error:  # it went away meanwhile
            model = ""
        return describe(error, Situation(model=model, is_published=task.kind is not TaskKind.OPTIONS))

    def _nothing(self, _task: Task, _report: Report, _cancel: CancelToken) -> None:
        """The look that follows every task is all that was asked."""

    def _get(self, task: Task, report: Report, cancel: CancelToken) -> Path:
        title = self._catalogue.spec(task.model_id).title
        return self._store.ensure(self._checkpoint(task), title=title, report=report, cancel=cancel)

    def _discard(self, task: Task, _report: Report, _cancel: CancelToken) -> None:
        self._store.forget_download(self._checkpoint(task))

    def _verify(self, task: Task, report: Report, cancel: CancelToken) -> bool:
        return self._store.verify(self._checkpoint(task), report=report, cancel=cancel)

    def _remove(self, task: Task, _report: Report, _cancel: CancelToken) -> None:
        self._store.remove(self._checkpoint(task))

    def _import(self, task: Task, report: Report, cancel: CancelToken) -> object:
        return self._catalogue.import_path(_path(task), options=task.options, report=report, cancel=cancel)

    def _set_options(self, task: Task, _report: Report, _cancel: CancelToken) -> None:
        self._catalogue.set_options(task.model_id, task.options)

    def _move(self, task: Task, report: Report, cancel: CancelToken) -> None:
        self._store.move(_path(task), report=report, cancel=cancel)

    def _clean(self, _task: Task, _report: Report, _cancel: CancelToken) -> int:
        return self._store.delete_leftovers()

    def _checkpoint(self, task: Task) -> Checkpoint:
        checkpoint = self._catalogue.spec(task.model_id).checkpoint
        if checkpoint is None:
            raise ValueError(f"{task.model_id} is built in: there is no file to {task.kind.value}")
        return checkpoint


def _not_taken(path: Path, error: DamagedCheckpoint) -> UnknownCheckpoint:
    """Why a file was not imported that may be anything."""
    return UnknownCheckpoint(
        f'"{path.name}" isn\'t an MT3-family model.', hint=f"{error} It was not added.", detail=error.detail
    )


def _path(task: Task) -> Path:
    if task.path is None:
        raise ValueError(f"{task.kind.value} needs a path")
    return task.path
