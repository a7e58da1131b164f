"""The worker: the core's one use case, run in a thread of its own."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import QObject, QThread, Signal, Slot

from mt3_desktop.app.messages import Situation, describe
from mt3_desktop.core.batch import transcribe_file
from mt3_desktop.core.devices import find_devices
from mt3_desktop.core.pipeline import ModelPool, Request
from mt3_desktop.core.progress import Cancelled, CancelToken, every
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import SegmentNotes

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.05
"""Measured: 22,500 progress signals froze a window for 3.4 s; one per 50 ms is not felt."""


class TranscriptionWorker(QObject):
    """Runs jobs one after the other; lives in the transcription thread.

    It is the one boundary where everything is caught, and it ends every job exactly once: with `finished`,
    `failed` or `cancelled`.

    Signals:
        segment_decoded: (job_id: int, part: SegmentNotes).
        progressed: (job_id: int, progress: Progress), at most 20 a second.
        finished: (job_id: int, result: Transcription).
        failed: (job_id: int, message: UserMessage).
        cancelled: (job_id: int).
        devices_found: (devices: tuple[FoundDevice, ...]) once a model was loaded.
    """

    segment_decoded = Signal(int, object)
    progressed = Signal(int, object)
    finished = Signal(int, object)
    failed = Signal(int, object)
    cancelled = Signal(int)
    devices_found = Signal(object)

    def __init__(self, store: CheckpointStore, pool: ModelPool) -> None:
        """Set up; call `moveToThread` before the first job.

        Args:
            store: where checkpoints come from.
            pool: keeps the loaded model between jobs.
        """
        super().__init__()
        self._store = store
        self._pool = pool
        self._heard_until = 0.0
        self._has_looked = False

    @Slot(int, object, object)
    def run(self, job_id: int, request: Request, cancel: CancelToken) -> None:
        """Transcribe one file, whatever comes."""
        self._heard_until = 0.0
        try:
            result = transcribe_file(
                request,
                store=self._store,
                pool=self._pool,
                report=every(PROGRESS_SECONDS, partial(self.progressed.emit, job_id)),
                on_segment=partial(self._on_segment, job_id),
                cancel=cancel,
            )
        except Cancelled:
            self.cancelled.emit(job_id)
        except Exception as error:  # thread boundary: nothing may escape into Qt
            log.info("job %d failed", job_id, exc_info=error)
            # The message, not the exception: its traceback would keep the model's tensors alive.
            self.failed.emit(job_id, describe(error, Situation(self._heard_until, request.device)))
        else:
            self.finished.emit(job_id, result)
        self._look_for_devices()

    @Slot(str, str)
    def warm_up(self, model_id: str, device: str) -> None:
        """Load a model that is already here, so that the first job need not wait for it."""
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

    def _on_segment(self, job_id: int, part: SegmentNotes) -> None:
        self._heard_until = part.end
        self.segment_decoded.emit(job_id, part)
