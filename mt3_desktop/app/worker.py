"""The worker: the core's one use case, run in a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from mt3_desktop.app.messages import Situation, describe
from mt3_desktop.app.torch_library import open_torch_library
from mt3_desktop.app.waiting_line import Order, WaitingLine
from mt3_desktop.core import families
from mt3_desktop.core.batch import Task, transcribe_files
from mt3_desktop.core.devices import find_devices
from mt3_desktop.core.pipeline import ModelPool
from mt3_desktop.core.progress import Cancelled, every
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import SegmentNotes, Transcription

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.05
"""Measured: 22,500 progress signals froze a window for 3.4 s; one per 50 ms is not felt."""


class TranscriptionWorker(QObject):
    """Does what waits, side by side where the model can; lives in the transcription thread.

    It is the one boundary where everything is caught, and it ends every order that it takes exactly once:
    with `finished`, `failed` or `cancelled`.

    Signals:
        began: (order: Order) it was taken.
        segment_decoded: (order: Order, part: SegmentNotes).
        progressed: (order: Order, progress: Progress), at most 20 a second for each.
        finished: (order: Order, result: Transcription).
        failed: (order: Order, message: UserMessage).
        cancelled: (order: Order).
        devices_found: (devices: tuple[FoundDevice, ...]) once a model was loaded.
    """

    began = Signal(object)
    segment_decoded = Signal(object, object)
    progressed = Signal(object, object)
    finished = Signal(object, object)
    failed = Signal(object, object)
    cancelled = Signal(object)
    devices_found = Signal(object)

    def __init__(self, store: CheckpointStore, pool: ModelPool, line: WaitingLine) -> None:
        """Set up; call `moveToThread` before the first job.

        Args:
            store: where checkpoints come from.
            pool: keeps the loaded model between jobs.
            line: what waits.
        """
        super().__init__()
        self._store = store
        self._pool = pool
        self._line = line
        self._has_looked = False

    @Slot()
    def run(self) -> None:
        """Do what waits, whatever comes."""
        open_torch_library()
        while (first := self._line.take()) is not None:
            self._do(first)
            self._look_for_devices()

    def _do(self, first: Order) -> None:
        """Do an order, and those that go with it."""
        at_work: dict[Task, _AtWork] = {}
        try:
            for outcome in transcribe_files(self._tasks(first, at_work), store=self._store, pool=self._pool):
                self._tell(at_work.pop(outcome.task), outcome.result)
        except Exception as error:  # noqa: BLE001 - thread boundary: nothing may escape into Qt
            for one in at_work.values():
                self._tell(one, error)

    def _tasks(self, first: Order, at_work: dict[Task, _AtWork]) -> Iterator[Task | None]:
        """What the model is to hear when it has room for more; None where nothing waits that goes along."""
        order: Order | None = first
        while True:
            if order is None:
                yield None
            else:
                self.began.emit(order)
                one = _AtWork(order)
                report = every(PROGRESS_SECONDS, partial(self.progressed.emit, order))
                task = Task(order.request, report, partial(self._on_segment, one), order.cancel)
                at_work[task] = one
                yield task
            order = self._line.take(beside=first)

    def _tell(self, one: _AtWork, result: Transcription | Exception) -> None:
        """Say how an order ended."""
        order = one.order
        if isinstance(result, Transcription):
            self.finished.emit(order, result)
        elif isinstance(result, Cancelled):
            self.cancelled.emit(order)
        else:
            log.info("job %d failed", order.job_id, exc_info=result)
            # The message, not the exception: its traceback would keep the model's tensors alive.
            self.failed.emit(order, describe(result, _situation(one)))

    @Slot(str, str)
    def warm_up(self, model_id: str, device: str) -> None:
        """Load a model that is already here, so that the first job need not wait for it."""
        open_torch_library()
        try:
            self._pool.warm_up(model_id, store=self._store, device=device)
        except Exception as error:  # the job that needs the model will say what is wrong
            log.info("could not warm up %s", model_id, exc_info=error)
        self._look_for_devices()

    @Slot()
    def close(self) -> None:
        """Give the model's memory back, in the thread that used it, and end that thread."""
        self._pool.close()
        QThread.currentThread().quit()

    def _look_for_devices(self) -> None:
        """Tell once what can compute here, as soon as that costs nothing more."""
        if not self._has_looked and (devices := find_devices()):
            self._has_looked = True
            self.devices_found.emit(devices)

    def _on_segment(self, one: _AtWork, part: SegmentNotes) -> None:
        one.heard_until = part.end
        self.segment_decoded.emit(one.order, part)


def _situation(one: _AtWork) -> Situation:
    """Where an order stands, for who reads why it failed."""
    request = one.order.request
    spec = next((spec for spec in families.specs() if spec.id == request.model), None)
    return Situation(
        one.heard_until,
        request.device,
        name=request.path.name,
        model=Path(request.model).name if spec is None else spec.title,
        is_published=spec is not None,
    )


@dataclass(slots=True, eq=False)
class _AtWork:
    """An order that is being done, and how far it is in seconds."""

    order: Order
    heard_until: float = 0.0
