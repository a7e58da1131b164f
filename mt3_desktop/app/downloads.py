"""The models as the window sees them: how each stands, and getting, checking, deleting, importing, moving."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from itertools import count
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QObject, QThread, Signal, Slot

from mt3_desktop.app.library_messages import outcome
from mt3_desktop.app.library_worker import LibraryWorker, Task, TaskKind
from mt3_desktop.app.messages import Action, Level, UserMessage
from mt3_desktop.app.model_status import BUSY, FolderStatus, ModelState, ModelStatus, Survey
from mt3_desktop.app.pace import Pace, seconds_left
from mt3_desktop.core.catalogue import Catalogue
from mt3_desktop.core.progress import CancelToken, Progress, Stage
from mt3_desktop.core.store.checkpoints import CheckpointStore

log = logging.getLogger(__name__)

CLOSE_SECONDS = 10.0

_STATE_OF = {
    TaskKind.GET: ModelState.DOWNLOADING,
    TaskKind.VERIFY: ModelState.VERIFYING,
    TaskKind.REPAIR: ModelState.VERIFYING,
    TaskKind.REMOVE: ModelState.REMOVING,
}
_SHOWN_ALONE = frozenset({TaskKind.IMPORT, TaskKind.MOVE})


class _Ending(Enum):
    """Why a running task was cancelled."""

    NONE = auto()
    PAUSED = auto()
    DISCARDED = auto()
    STEPPED_ASIDE = auto()


@dataclass(slots=True)
class _Run:
    """The task that the thread does now."""

    task: Task
    cancel: CancelToken = field(default_factory=CancelToken)
    ending: _Ending = _Ending.NONE


@dataclass(frozen=True, slots=True)
class FolderTask:
    """A task about a file or the folder, while it runs.

    Attributes:
        kind: `IMPORT` or `MOVE`.
        path: the file or folder.
        progress: how far it is, or None at the start.
    """

    kind: TaskKind
    path: Path
    progress: Progress | None = None


class ModelLibrary(QObject):
    """Every model with its state, and one thread that works on them beside transcription.

    Tasks are done one after the other. A download steps aside for anything shorter and then goes on from
    where it stopped. What has arrived stays on disk: after a restart the model is `PAUSED`.

    Signals:
        model_changed: (model_id: str) its `status` is another one.
        models_changed: () models came or went; includes the first look at the disk.
        folder_changed: () `folder` is another one.
        folder_task_changed: (task: FolderTask | None) an import or a move runs, or has ended.
        imported: (specs: tuple[ModelSpec, ...]) these models were taken in.
        message_ready: (message: UserMessage) something worth telling happened.
    """

    model_changed = Signal(str)
    models_changed = Signal()
    folder_changed = Signal()
    folder_task_changed = Signal(object)
    imported = Signal(object)
    message_ready = Signal(object)

    _run_requested = Signal(object, object)  # Task, CancelToken: the only door into the thread

    def __init__(
        self,
        store: CheckpointStore,
        catalogue: Catalogue | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Start the thread and look at the disk.

        Args:
            store: the files.
            catalogue: the models; one over `store` where None.
            clock: for speeds.
            parent: owner.
        """
        super().__init__(parent)
        self._clock = clock
        self._statuses: dict[str, ModelStatus] = {}
        self._folder = FolderStatus(store.folder, is_fixed=store.is_fixed)
        self._ids = count(1)
        self._queue: list[Task] = []
        self._running: _Run | None = None
        self._pace = Pace(clock=clock)
        self._is_closing = False
        self._thread = QThread()
        self._thread.setObjectName("downloads")
        self._worker = LibraryWorker(store, catalogue or Catalogue(store))
        self._worker.moveToThread(self._thread)
        self._run_requested.connect(self._worker.run)
        self._worker.surveyed.connect(self._on_surveyed)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.cancelled.connect(self._on_cancelled)
        self._thread.start(QThread.Priority.LowPriority)
        self.refresh()

    # --- how things stand ---

    @property
    def statuses(self) -> tuple[ModelStatus, ...]:
        """Every model, in the order of the catalogue; empty until the first look at the disk."""
        return tuple(self._statuses.values())

    def status(self, model_id: str) -> ModelStatus | None:
        """How a model stands, or None if it is unknown (yet)."""
        return self._statuses.get(model_id)

    @property
    def folder(self) -> FolderStatus:
        """How the models folder stands."""
        return self._folder

    @property
    def folder_task(self) -> FolderTask | None:
        """The import or move that runs, or None."""
        run = self._running
        if run is None or run.task.kind not in _SHOWN_ALONE or run.task.path is None:
            return None
        return FolderTask(run.task.kind, run.task.path)

    @property
    def is_busy(self) -> bool:
        """Whether the thread has something to do that closing would interrupt."""
        return self._running is not None and self._running.task.kind is not TaskKind.SURVEY

    # --- wishes ---

    @Slot()
    def refresh(self) -> None:
        """Look at the disk again."""
        self._ask(TaskKind.SURVEY)

    @Slot(str)
    def get(self, model_id: str) -> None:
        """Download a model, or go on with it."""
        status = self._statuses.get(model_id)
        if status is None or status.is_usable or status.is_busy or status.spec.checkpoint is None:
            return
        self._set(replace(status, state=ModelState.QUEUED, problem=None, note=""))
        self._ask(TaskKind.GET, model_id)

    def repair(self, model_id: str) -> None:
        """Check the file of a model, put it aside if it is damaged, and download it anew if so."""
        status = self._statuses.get(model_id)
        if status is None or status.is_busy or status.spec.checkpoint is None:
            return
        self._set(replace(status, state=ModelState.QUEUED, problem=None, note=""))
        if status.path is not None:
            self._ask(TaskKind.REPAIR, model_id)
        self._ask(TaskKind.GET, model_id)

    @Slot()
    def get_all(self) -> None:
        """Download every model that is not here."""
        for status in self.statuses:
            self.get(status.spec.id)

    @Slot(str)
    def pause(self, model_id: str) -> None:
        """Stop a download and keep what has arrived."""
        self._stop(model_id, _Ending.PAUSED)

    @Slot(str)
    def resume(self, model_id: str) -> None:
        """Go on with a download; the same as `get`."""
        self.get(model_id)

    @Slot(str)
    def cancel(self, model_id: str) -> None:
        """Stop a download, or forget a paused one, and delete what has arrived."""
        if not self._stop(model_id, _Ending.DISCARDED):
            self._ask(TaskKind.DISCARD, model_id)

    @Slot(str)
    def verify(self, model_id: str) -> None:
        """Compare the whole file of a model with its hash."""
        status = self._statuses.get(model_id)
        if status is None or status.path is None or status.is_busy:
            return
        self._set(replace(status, state=ModelState.VERIFYING, done_bytes=0, problem=None))
        self._ask(TaskKind.VERIFY, model_id)

    @Slot()
    def verify_all(self) -> None:
        """Compare every file with its hash."""
        for status in self.statuses:
            self.verify(status.spec.id)

    @Slot(str)
    def remove(self, model_id: str) -> None:
        """Put a model into the recycle bin."""
        status = self._statuses.get(model_id)
        if status is None or status.spec.checkpoint is None or status.is_busy:
            return
        self._set(replace(status, state=ModelState.REMOVING, problem=None))
        self._ask(TaskKind.REMOVE, model_id)

    def import_path(self, path: Path, options: Mapping[str, int | float | str] | None = None) -> None:
        """Take in a file of weights, or what a folder holds.

        Args:
            path: the file or folder.
            options: what an unknown file does not say, for example the memory length.
        """
        self._ask(TaskKind.IMPORT, path=path, options=options)

    def set_options(self, model_id: str, options: Mapping[str, int | float | str]) -> None:
        """Change what the file of an imported model does not say."""
        self._ask(TaskKind.OPTIONS, model_id, options=options)

    def move_folder(self, folder: Path) -> None:
        """Move all models to another folder."""
        self._ask(TaskKind.MOVE, path=folder)

    @Slot()
    def stop_folder_task(self) -> None:
        """Stop the import or move that runs; nothing is lost."""
        if self.folder_task is not None and self._running is not None:
            self._running.cancel.cancel()

    @Slot()
    def delete_leftovers(self) -> None:
        """Delete what no model uses."""
        self._ask(TaskKind.CLEAN)

    def close(self) -> bool:
        """Stop what is running, keeping what has arrived, and end the thread.

        Returns:
            Whether the thread ended; if not, the process has to be ended without destroying it.
        """
        self._is_closing = True
        self._queue.clear()
        if self._running is not None:
            self._running.cancel.cancel()
        self._thread.quit()
        if not self._thread.wait(int(CLOSE_SECONDS * 1000)):
            log.error("the download thread did not end within %.0f s", CLOSE_SECONDS)
            return False
        return True

    # --- what the worker says ---

    @Slot(object)
    def _on_surveyed(self, found: Survey) -> None:
        """Take over how things stand; what is going on, or went wrong, is known better here."""
        before, self._statuses = self._statuses, {}
        for fresh in found.models:
            old = before.get(fresh.spec.id)
            self._statuses[fresh.spec.id] = fresh if old is None else _merged(old, fresh)
        if list(before) != list(self._statuses):
            self.models_changed.emit()
        else:
            for model_id, old in before.items():
                if self._statuses[model_id] != old:
                    self.model_changed.emit(model_id)
        if found.folder != self._folder:
            self._folder = found.folder
            self.folder_changed.emit()

    @Slot(int, object)
    def _on_progressed(self, task_id: int, progress: Progress) -> None:
        run = self._running
        if run is None or run.task.id != task_id:
            return
        if run.task.kind in _SHOWN_ALONE and run.task.path is not None:
            self.folder_task_changed.emit(FolderTask(run.task.kind, run.task.path, progress))
            return
        status = self._statuses.get(run.task.model_id)
        if status is None or progress.stage not in (Stage.FETCH, Stage.VERIFY):
            return
        speed = self._pace.update(progress.done)
        self._set(
            replace(
                status,
                state=_STATE_OF.get(run.task.kind, status.state),
                done_bytes=progress.done,
                bytes_per_second=speed if progress.stage is Stage.FETCH else None,
                seconds_left=seconds_left(progress.done, status.size_bytes, speed),
                note=progress.note,
            )
        )

    @Slot(int, object)
    def _on_finished(self, task_id: int, result: object) -> None:
        task = self._take(task_id)
        if task is None:
            return
        status = self._settle(task)
        message = outcome(task, status, result, self._folder)
        if message is not None and message.level is Level.ERROR and status is not None:
            self._set(replace(status, problem=message))
        if task.kind is TaskKind.IMPORT:
            self.imported.emit(result)
        if message is not None:
            self.message_ready.emit(message)
        self._start_next()

    @Slot(int, object)
    def _on_failed(self, task_id: int, message: UserMessage) -> None:
        task = self._take(task_id)
        if task is None:
            return
        again = {Action.RETRY: partial(self._ask, task.kind, task.model_id, task.path, task.options)}
        message = replace(message, model_id=task.model_id, path=task.path, commands=again)
        status = self._settle(task)
        if status is not None:
            self._set(replace(status, problem=message))
        self.message_ready.emit(message)
        self._start_next()

    @Slot(int)
    def _on_cancelled(self, task_id: int) -> None:
        run = self._running
        task = self._take(task_id)
        if task is None or run is None or self._is_closing:
            return
        status = self._settle(task)
        if run.ending is _Ending.STEPPED_ASIDE:
            if status is not None:
                self._set(replace(status, state=ModelState.QUEUED))
            self._queue.append(task)
            self._queue.sort(key=_rank)
        elif run.ending is _Ending.DISCARDED:
            self._ask(TaskKind.DISCARD, task.model_id)
        self._start_next()

    # --- private ---

    def _ask(
        self,
        kind: TaskKind,
        model_id: str = "",
        path: Path | None = None,
        options: Mapping[str, int | float | str] | None = None,
    ) -> None:
        """Put a task into the queue: short ones before downloads, each in the order of asking."""
        if self._is_closing:
            return
        task = Task(next(self._ids), kind, model_id, path, MappingProxyType(dict(options or {})))
        self._queue.append(task)
        self._queue.sort(key=_rank)
        run = self._running
        if run is not None and run.task.kind is TaskKind.GET and kind is not TaskKind.GET:
            self._cancel(run, _Ending.STEPPED_ASIDE)
        self._start_next()

    def _start_next(self) -> None:
        if self._running is not None or not self._queue or self._is_closing:
            return
        task = self._queue.pop(0)
        self._running = _Run(task)
        self._pace = Pace(clock=self._clock)
        status = self._statuses.get(task.model_id)
        if status is not None and task.kind in _STATE_OF:
            self._set(replace(status, state=_STATE_OF[task.kind]))
        if self.folder_task is not None:
            self.folder_task_changed.emit(self.folder_task)
        log.info("%s %s", task.kind.value, task.model_id)
        self._run_requested.emit(task, self._running.cancel)

    def _stop(self, model_id: str, ending: _Ending) -> bool:
        """Stop the download of a model, running or waiting.

        Returns:
            Whether the running task will see to the rest.
        """
        run = self._running
        if run is not None and run.task.kind is TaskKind.GET and run.task.model_id == model_id:
            self._cancel(run, ending)
            return True
        waiting = [task for task in self._queue if task.kind is TaskKind.GET and task.model_id == model_id]
        for task in waiting:
            self._queue.remove(task)
        status = self._statuses.get(model_id)
        if waiting and status is not None:
            self._set(_at_rest(status))
        return False

    def _cancel(self, run: _Run, ending: _Ending) -> None:
        """Cancel a download; a wish of the user's counts more than a download's courtesy."""
        if run.ending in (_Ending.NONE, _Ending.STEPPED_ASIDE):
            run.ending = ending
        run.cancel.cancel()

    def _take(self, task_id: int) -> Task | None:
        """The running task, now ended; None for one that is no longer ours."""
        run = self._running
        if run is None or run.task.id != task_id:
            return None
        self._running = None
        if run.task.kind in _SHOWN_ALONE:
            self.folder_task_changed.emit(None)
        return run.task

    def _settle(self, task: Task) -> ModelStatus | None:
        """Show a model at rest, now that nothing is going on with it; gives its status."""
        status = self._statuses.get(task.model_id)
        if status is None:
            return None
        rested = _at_rest(status)
        self._set(rested)
        return rested

    def _set(self, status: ModelStatus) -> None:
        model_id = status.spec.id
        if self._statuses.get(model_id) != status:
            self._statuses[model_id] = status
            self.model_changed.emit(model_id)


def _rank(task: Task) -> int:
    """Downloads come after everything else; the sort is stable."""
    return int(task.kind is TaskKind.GET)


def _merged(old: ModelStatus, fresh: ModelStatus) -> ModelStatus:
    """A fresh look at a model about which something is known beside the disk."""
    if old.state in BUSY:
        return replace(fresh, state=old.state, problem=old.problem, note=old.note)
    return fresh if fresh.is_usable else replace(fresh, problem=old.problem)


def _at_rest(status: ModelStatus) -> ModelStatus:
    """The status once nothing is going on."""
    return replace(status, state=status.at_rest, bytes_per_second=None, seconds_left=None, note="")
