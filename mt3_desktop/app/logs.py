"""The log: where it goes, and what is caught that nobody caught."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger(__name__)
qt_log = logging.getLogger("mt3_desktop.qt")

MAX_BYTES = 1_000_000
N_FILES = 4
FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log that a full disk silences until there is room again, instead of tracebacks on the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        with suppress(OSError):  # what could not be written before is tried once more
            super().close()


OnError = Callable[[BaseException], None]


class LogFiles:
    """Rotating log files, and the hooks of Python and Qt that write to them; `close` puts all back."""

    def __init__(self, folder: Path, on_error: OnError) -> None:
        """Begin to log.

        Args:
            folder: where the files go; is made. If that fails, the log goes to stderr alone.
            on_error: told about an exception that nobody caught, in the thread where it happened.
        """
        if sys.stdout is None:  # a windowed program on Windows has no streams, but libraries write to them
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - kept for good
        if sys.stderr is None:
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        self._on_error = on_error
        self._crash_file: TextIO | None = None
        self._logger = logging.getLogger("mt3_desktop")
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._handler = self._open(folder)
        self._logger.addHandler(self._handler)
        self._hooks = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        self._qt_handler = qInstallMessageHandler(self._on_qt_message)

    def close(self) -> None:
        """Stop logging and put the hooks back."""
        qInstallMessageHandler(self._qt_handler)
        sys.excepthook, threading.excepthook = self._hooks
        self._logger.removeHandler(self._handler)
        self._handler.close()
        self._logger.setLevel(self._level)
        if self._crash_file is not None:
            faulthandler.disable()
            self._crash_file.close()

    def _open(self, folder: Path) -> logging.Handler:
        handler: logging.Handler
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handler = _LogFile(
                folder / "mt3-desktop.log",
                maxBytes=MAX_BYTES,
                backupCount=N_FILES - 1,
                encoding="utf-8",
            )
            self._crash_file = (folder / "crash.log").open("a", encoding="utf-8")
            faulthandler.enable(self._crash_file)
        except OSError as error:
            handler = logging.StreamHandler()
            handler.handle(
                log.makeRecord(log.name, logging.WARNING, "", 0, "no log file: %s", (error,), None)
            )
        handler.setFormatter(logging.Formatter(FORMAT))
        return handler

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._hooks[0](kind, error, trace)
            return
        log.critical("nobody caught this", exc_info=(kind, error, trace))
        self._on_error(error)

    def _on_thread_exception(self, hook: threading.ExceptHookArgs) -> None:
        if hook.exc_value is not None:
            name = hook.thread.name if hook.thread else "unknown"
            log.critical("nobody caught this in thread %s", name, exc_info=hook.exc_value)
            self._on_error(hook.exc_value)

    def _on_qt_message(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        qt_log.log(_QT_LEVELS[kind], "%s", text)
