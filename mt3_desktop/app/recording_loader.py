"""Opens recordings for the player aside, since some must be decoded as a whole first."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from mt3_desktop.core.audio.stereo import open_recording
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.progress import Cancelled, CancelToken

log = logging.getLogger(__name__)


class RecordingLoader(QObject):
    """One recording at a time; a new request gives the one before it up.

    Signals:
        loaded: (recording: Recording) the last one that was asked for.
        failed: (error: MT3Error) it cannot be opened.
    """

    loaded = Signal(object)
    failed = Signal(object)
    _done = Signal(int, object)  # request number, Recording or MT3Error; from the thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._cancel = CancelToken()
        self._threads: list[threading.Thread] = []
        self._done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)

    def load(self, path: Path, rate: int) -> None:
        """Open a file; `loaded` or `failed` follows."""
        self.cancel()
        self._cancel = CancelToken()
        arguments = (path, rate, self._number, self._cancel)
        thread = threading.Thread(target=self._run, args=arguments, name="recording", daemon=True)
        self._threads = [other for other in self._threads if other.is_alive()] + [thread]
        thread.start()

    def cancel(self) -> None:
        """Give up what is being opened."""
        self._cancel.cancel()
        self._number += 1

    def close(self) -> None:
        """Give up, and wait for the thread."""
        self.cancel()
        for thread in self._threads:
            thread.join(5.0)
            if thread.is_alive():
                log.error("a recording is still being opened")

    def _run(self, path: Path, rate: int, number: int, cancel: CancelToken) -> None:
        try:
            recording = open_recording(path, rate, cancel=cancel)
        except Cancelled:
            return
        except MT3Error as error:
            self._done.emit(number, error.with_traceback(None))
        else:
            self._done.emit(number, recording)

    @Slot(int, object)
    def _on_done(self, number: int, outcome: object) -> None:
        if isinstance(outcome, MT3Error):
            if number == self._number:
                self.failed.emit(outcome)
        elif number == self._number:
            self.loaded.emit(outcome)
        else:
            outcome.close()  # type: ignore[attr-defined]  # a Recording that nobody waits for any more
