"""Errands: what takes a while and is not about a model, done aside with progress and a way to stop."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from mt3_desktop.app.messages import Action, Messages, UserMessage, describe
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Report, every

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.05
CLOSE_SECONDS = 5.0

Work = Callable[[Report, CancelToken], object]
"""What is done in the thread; it may touch no `QObject`."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do.

    Attributes:
        title: what users read while it is done: "Writing Nocturne.wav".
        work: does it, in the thread of the errands.
        then: gets the result of `work`, in the main thread.
        stopped: called in the main thread if the user stopped it.
        failed: gets the message if it failed, in the main thread; else that is posted, with *Try again*.
        job_id: the song it is about, for messages.
        path: the file or folder it is about, for messages.
    """

    title: str
    work: Work
    then: Callable[[Any], None]  # the result of whatever `work` is: only the two together know
    stopped: Callable[[], None] | None = None
    failed: Callable[[UserMessage], None] | None = None
    job_id: int | None = None
    path: Path | None = None


class Errands(QObject):
    """Runs errands one after the other; owns the thread.

    Signals:
        changed: () another errand runs, or none, or the one that runs has come further.
    """

    changed = Signal()

    _run_requested = Signal(int, object, object)  # errand id, Work, CancelToken
    _close_requested = Signal()

    def __init__(self, name: str, messages: Messages, parent: QObject | None = None) -> None:
        """Start the thread, idle.

        Args:
            name: of the thread, for who debugs.
            messages: where to say that one failed.
            parent: owner.
        """
        super().__init__(parent)
        self._messages = messages
        self._ids = count(1)
        self._waiting: deque[Errand] = deque()
        self._running: Errand | None = None
        self._running_id = 0
        self._cancel = CancelToken()
        self._fraction: float | None = None
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._run_requested.connect(self._worker.run)
        self._close_requested.connect(self._worker.close)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.cancelled.connect(self._on_cancelled)
        self._thread.start(QThread.Priority.LowPriority)

    @property
    def running(self) -> Errand | None:
        """The errand that is being done, or None."""
        return self._running

    @property
    def fraction(self) -> float | None:
        """How much of it is done, 0-1, or None where that cannot be known."""
        return self._fraction

    def do(self, errand: Errand) -> None:
        """Do something, once what was asked for before is done."""
        self._waiting.append(errand)
        self._start_next()

    def stop(self) -> None:
        """Stop what is being done; what waits behind it is not touched."""
        self._cancel.cancel()

    def close(self) -> bool:
        """Give up what is not done, and end the thread.

        Returns:
            Whether it ended; a folder on a dead network drive may hold it.
        """
        self._waiting.clear()
        self._cancel.cancel()
        self._close_requested.emit()
        return self._thread.wait(int(CLOSE_SECONDS * 1000))

    # --- what the worker says ---

    @Slot(int, object)
    def _on_progressed(self, errand_id: int, progress: Progress) -> None:
        if errand_id == self._running_id and progress.fraction != self._fraction:
            self._fraction = progress.fraction
            self.changed.emit()

    @Slot(int, object)
    def _on_finished(self, _errand_id: int, result: object) -> None:
        self._end().then(result)

    @Slot(int, object)
    def _on_failed(self, _errand_id: int, message: UserMessage) -> None:
        errand = self._end()
        if errand.failed is not None:
            errand.failed(message)
            return
        again = {Action.RETRY: partial(self.do, errand)}
        self._messages.post(replace(message, job_id=errand.job_id, path=errand.path, commands=again))

    @Slot(int)
    def _on_cancelled(self, _errand_id: int) -> None:
        errand = self._end()
        if errand.stopped is not None:
            errand.stopped()

    # --- inside ---

    def _start_next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        self._running, self._running_id = self._waiting.popleft(), next(self._ids)
        self._cancel, self._fraction = CancelToken(), None
        self._run_requested.emit(self._running_id, self._running.work, self._cancel)
        self.changed.emit()

    def _end(self) -> Errand:
        """The errand that ended; the next one starts."""
        errand, self._running = self._running, None
        assert errand is not None, "the worker ends every errand once"
        self._start_next()
        self.changed.emit()
        return errand


class _Worker(QObject):
    """Does the errands; lives in the thread. The boundary where everything is caught.

    Signals:
        progressed: (errand_id: int, progress: Progress), at most 20 a second.
        finished: (errand_id: int, result: object).
        failed: (errand_id: int, message: UserMessage).
        cancelled: (errand_id: int).
    """

    progressed = Signal(int, object)
    finished = Signal(int, object)
    failed = Signal(int, object)
    cancelled = Signal(int)

    @Slot(int, object, object)
    def run(self, errand_id: int, work: Work, cancel: CancelToken) -> None:
        def report(progress: Progress) -> None:
            self.progressed.emit(errand_id, progress)

        try:
            result = work(every(PROGRESS_SECONDS, report), cancel)
        except Cancelled:
            self.cancelled.emit(errand_id)
        except Exception as error:  # thread boundary: nothing may escape into Qt
            log.info("errand %d failed", errand_id, exc_info=error)
            self.failed.emit(errand_id, describe(error))
        else:
            self.finished.emit(errand_id, result)

    @Slot()
    def close(self) -> None:
        QThread.currentThread().quit()
