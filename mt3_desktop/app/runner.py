"""The transcription thread as the window's thread sees it: what waits goes in, what happens comes out."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from PySide6.QtCore import QObject, QThread, Signal, Slot

from mt3_desktop.app.messages import UserMessage
from mt3_desktop.app.run import Run
from mt3_desktop.app.waiting_line import Order, WaitingLine
from mt3_desktop.app.worker import TranscriptionWorker
from mt3_desktop.core.pipeline import ModelPool, Request
from mt3_desktop.core.progress import Progress
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import SegmentNotes, Transcription

log = logging.getLogger(__name__)

CLOSE_SECONDS = 30.0
"""An import of torch cannot be interrupted; 8 s were seen on a busy machine."""


class Runner(QObject):
    """Owns the worker, its thread and the line of what waits for it.

    The worker takes jobs when it has room, so several may run. What it says of an order that was taken back
    meanwhile is dropped.

    Signals:
        began: (run: Run) a job is being done.
        segment_decoded: (run: Run, part: SegmentNotes).
        progressed: (run: Run, progress: Progress).
        finished: (run: Run, result: Transcription).
        failed: (run: Run, message: UserMessage).
        cancelled: (run: Run).
        activity_changed: (is_busy: bool) whether a job runs.
        devices_found: (devices: tuple[FoundDevice, ...]) what can compute here; once a model was loaded.
    """

    began = Signal(object)
    segment_decoded = Signal(object, object)
    progressed = Signal(object, object)
    finished = Signal(object, object)
    failed = Signal(object, object)
    cancelled = Signal(object)
    activity_changed = Signal(bool)
    devices_found = Signal(object)

    _work_offered = Signal()
    _warm_up_requested = Signal(str, str)  # model id, device
    _close_requested = Signal()

    def __init__(self, store: CheckpointStore, pool: ModelPool, parent: QObject | None = None) -> None:
        """Start the thread, idle.

        Args:
            store: where checkpoints come from.
            pool: keeps the loaded model between jobs.
            parent: owner.
        """
        super().__init__(parent)
        self._line = WaitingLine()
        self._waiting: dict[int, Order] = {}
        self._running: dict[int, Run] = {}
        self._is_said_busy = False
        self._is_closing = False
        self._thread = QThread()
        self._thread.setObjectName("transcription")
        self._worker = TranscriptionWorker(store, pool, self._line)
        self._worker.moveToThread(self._thread)
        self._work_offered.connect(self._worker.run)
        self._warm_up_requested.connect(self._worker.warm_up)
        self._close_requested.connect(self._worker.close)
        self._worker.began.connect(self._on_began)
        self._worker.segment_decoded.connect(self._on_segment_decoded)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.cancelled.connect(self._on_cancelled)
        self._worker.devices_found.connect(self.devices_found)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return bool(self._running)

    @property
    def running(self) -> tuple[int, ...]:
        """The jobs that run."""
        return tuple(self._running)

    def offer(self, requests: Mapping[int, Request]) -> None:
        """Have jobs wait for the worker, in this order, in place of those that waited before.

        Args:
            requests: job id → what is to be done. A job that runs goes on as it is.
        """
        before, self._waiting = self._waiting, {}
        for job_id, request in requests.items():
            known = before.get(job_id)
            is_same = known is not None and known.request == request
            if job_id not in self._running:
                self._waiting[job_id] = known if known is not None and is_same else Order(job_id, request)
        for job_id, order in before.items():
            if self._waiting.get(job_id) is not order:
                order.cancel.cancel()  # the worker may have taken it a moment ago
        self._go_on()

    def cancel(self, job_id: int) -> None:
        """Stop a job that runs; its end will be told.

        Raises:
            KeyError: if it does not run.
        """
        self._running[job_id].order.cancel.cancel()

    def warm_up(self, model_id: str, device: str) -> None:
        """Load a model that is already on this computer, unless the worker has something better to do."""
        if not self._running:
            self._warm_up_requested.emit(model_id, device)

    def close(self) -> bool:
        """Stop what runs and the thread, and wait for both.

        Returns:
            Whether the thread ended; if not, the process has to be ended without destroying it.
        """
        self._is_closing = True
        self._line.put(())
        for order in (*self._waiting.values(), *(run.order for run in self._running.values())):
            order.cancel.cancel()
        self._close_requested.emit()  # the worker quits its thread: quitting from here would overtake it
        if not self._thread.wait(int(CLOSE_SECONDS * 1000)):
            log.error("the transcription thread did not end within %.0f s", CLOSE_SECONDS)
            return False
        return True

    # --- what the worker says ---

    @Slot(object)
    def _on_began(self, order: Order) -> None:
        if self._waiting.get(order.job_id) is order:
            self._begin(order)

    @Slot(object, object)
    def _on_segment_decoded(self, order: Order, part: SegmentNotes) -> None:
        run = self._run(order)
        if run is not None:
            self.segment_decoded.emit(run, part)

    @Slot(object, object)
    def _on_progressed(self, order: Order, progress: Progress) -> None:
        run = self._run(order)
        if run is not None:
            self.progressed.emit(run, progress)

    @Slot(object, object)
    def _on_finished(self, order: Order, result: Transcription) -> None:
        run = self._take(order)
        if run is not None:
            self.finished.emit(run, result)
        self._go_on()

    @Slot(object, object)
    def _on_failed(self, order: Order, message: UserMessage) -> None:
        run = self._take(order)
        if run is not None:
            self.failed.emit(run, message)
        self._go_on()

    @Slot(object)
    def _on_cancelled(self, order: Order) -> None:
        run = self._take(order)
        if run is not None:
            self.cancelled.emit(run)
        self._go_on()

    # --- inside ---

    def _run(self, order: Order) -> Run | None:
        run = self._running.get(order.job_id)
        return run if run is not None and run.order is order else None

    def _take(self, order: Order) -> Run | None:
        """The run of an order that has ended, which is taken out."""
        run = self._run(order)
        if run is not None:
            del self._running[order.job_id]
        self._line.forget(order)
        return run

    def _begin(self, order: Order) -> None:
        run = Run(order)
        del self._waiting[order.job_id]
        self._running[order.job_id] = run
        log.info("job %d starts with %s on %s", order.job_id, order.request.model, order.request.device)
        self.began.emit(run)

    def _go_on(self) -> None:
        """Let the worker know what waits. An idle one will take the first at once, so that one begins now."""
        if self._is_closing:
            return
        if not self._running and self._waiting:
            self._begin(next(iter(self._waiting.values())))
        if self.is_busy:
            self._line.put((*(run.order for run in self._running.values()), *self._waiting.values()))
            self._work_offered.emit()
        if self.is_busy != self._is_said_busy:
            self._is_said_busy = self.is_busy
            self.activity_changed.emit(self.is_busy)
