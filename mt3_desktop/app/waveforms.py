"""The outline of the song on show, read aside so that the window never waits for a long file."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from mt3_desktop.core import audio
from mt3_desktop.core.audio.key_spectrogram import KeySpectrogram, key_spectrogram
from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.values import FloatArray

log = logging.getLogger(__name__)

SAMPLE_RATE = 8000
COLUMNS_PER_SECOND = 100
CLOSE_SECONDS = 5.0


class Waveforms(QObject):
    """Draws outlines of recordings, the last one asked for; owns its thread.

    Signals:
        ready: (path: Path, outline: (n, 2) float32 lowest and highest samples, seconds: float per column).
        spectrogram_ready: (path: Path, spectrogram: KeySpectrogram) a little later.
    """

    ready = Signal(object, object, float)
    spectrogram_ready = Signal(object, object)

    _requested = Signal(object, object)  # Path, CancelToken
    _close_requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cancel = CancelToken()
        self._path: Path | None = None
        self._thread = QThread()
        self._thread.setObjectName("waveforms")
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._requested.connect(self._worker.draw)
        self._close_requested.connect(self._worker.close)
        self._worker.drawn.connect(self._on_drawn)
        self._worker.analysed.connect(self._on_analysed)
        self._thread.start(QThread.Priority.LowPriority)

    def request(self, path: Path | None) -> None:
        """Have a recording drawn, `ready` follows; one before it that is not ready yet is given up."""
        if path == self._path:
            return
        self._cancel.cancel()
        self._path = path
        if path is not None:
            self._cancel = CancelToken()
            self._requested.emit(path, self._cancel)

    def close(self) -> bool:
        """Give up, and end the thread.

        Returns:
            Whether it ended.
        """
        self._cancel.cancel()
        self._close_requested.emit()
        return self._thread.wait(int(CLOSE_SECONDS * 1000))

    @Slot(object, object, float)
    def _on_drawn(self, path: Path, outline: FloatArray, seconds: float) -> None:
        if path == self._path:
            self.ready.emit(path, outline, seconds)

    @Slot(object, object)
    def _on_analysed(self, path: Path, spectrogram: KeySpectrogram) -> None:
        if path == self._path:
            self.spectrogram_ready.emit(path, spectrogram)


class _Worker(QObject):
    """Reads and draws; lives in the thread."""

    drawn = Signal(object, object, float)
    analysed = Signal(object, object)

    @Slot(object, object)
    def draw(self, path: Path, cancel: CancelToken) -> None:
        try:
            clip = audio.read(path, SAMPLE_RATE, cancel=cancel, accept_damaged=True, accept_silent=True)
            outline = audio.peaks(clip.samples, max(1, round(clip.duration * COLUMNS_PER_SECOND)))
            self.drawn.emit(path, outline, clip.duration / len(outline))
            self.analysed.emit(path, key_spectrogram(clip.samples, clip.sample_rate, cancel=cancel))
        except Cancelled:
            return
        except MT3Error as error:  # the job says what is wrong with the file
            log.info("no waveform of %s: %s", path.name, error)
        except Exception as error:  # thread boundary: nothing may escape into Qt
            log.error("no waveform of %s", path.name, exc_info=error)

    @Slot()
    def close(self) -> None:
        QThread.currentThread().quit()
