"""Where the window begins: shown first, furnished while it is looked at, and taken down at the end.

Nothing is imported here that the first picture does not need; `composition` has the rest.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from mt3_desktop import __version__
from mt3_desktop.app.logs import LogFiles
from mt3_desktop.app.presence import Presence, hand_over
from mt3_desktop.app.settings import SettingsStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.gui.main_window import MainWindow
from mt3_desktop.gui.opening import Opening
from mt3_desktop.gui.theme import apply_theme, icon

log = logging.getLogger(__name__)

EXIT_DONE, EXIT_FAILED = 0, 1
_ENDING = (signal.SIGINT, signal.SIGTERM)
NO_SCREEN = (
    "mt3-desktop: There is no screen to open a window on. The command line works without one: "
    "mt3-desktop transcribe song.wav -o song.mid"
)

IS_OPEN = "MT3 Desktop is open already; its window has come to the front."
NO_ANSWER = (
    "MT3 Desktop is open already, but does not answer. Close it first, or start this one on another folder: "
    "mt3-desktop --home FOLDER gui"
)


def main(argv: Sequence[str] | None = None) -> int:
    """The program `mt3-desktop-gui`: the window, with files to open in it.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="mt3-desktop-gui", description="The window of MT3 Desktop.")
    parser.add_argument("files", nargs="*", type=Path, help="audio or video files, or folders")
    parser.add_argument("--home", type=Path, help="folder of settings, models, sessions and logs")
    parser.add_argument("--smoke", action="store_true", help='open the window, say "ready", and quit')
    parser.add_argument("--version", action="version", version=__version__)
    arguments = parser.parse_args(argv)
    return run(Locations.default(arguments.home), smoke=arguments.smoke, files=arguments.files)


def run(locations: Locations, *, smoke: bool = False, files: Iterable[Path] = ()) -> int:
    """Open the window and stay until it is closed.

    Args:
        locations: where things are kept.
        smoke: print "ready" as soon as the window was painted, and quit once everything is there.
        files: to be added at once.

    Returns:
        The exit code.

    Raises:
        ImportError: if a library is missing.
    """
    if smoke:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if not has_screen():
        sys.stderr.write(NO_SCREEN + "\n")
        return EXIT_FAILED
    app = application()
    with ExitStack() as closing:
        presence = Presence(locations.root)
        closing.callback(presence.close)
        if not smoke and not presence.claim():
            return _hand_over(locations.root, files)
        relay = ErrorRelay()
        logs = LogFiles(locations.logs, relay.caught.emit)
        closing.callback(logs.close)
        log.info("MT3 Desktop %s starts", __version__)
        settings = SettingsStore(locations.settings)
        apply_theme(app, settings.value.theme)
        window = MainWindow(settings)
        opening = Opening(app, window, settings, locations)
        relay.caught.connect(opening.report)
        window.painted.connect(opening.begin, Qt.ConnectionType.QueuedConnection)
        if smoke:
            window.painted.connect(_say_ready)
            opening.done.connect(app.quit, Qt.ConnectionType.QueuedConnection)
        else:
            opening.done.connect(lambda session: session.begin(files))
        presence.called.connect(partial(_answer, opening, window))
        closing.callback(_leave_on_signals(app))
        window.show()
        code = app.exec()
        is_clean = opening.close()
        if opening.error is not None:
            raise opening.error
    if not is_clean:
        # A thread that would not end would make Qt abort the process; everything is saved by now.
        logging.shutdown()
        os._exit(code)
    return code


def _leave_on_signals(app: QApplication) -> Callable[[], None]:
    """Come to an orderly end when the session ends or the terminal says so, without a question.

    Python runs its handlers between two of its instructions, of which a waiting event loop has none; the
    system writes to a socket at once, and that wakes the loop.

    Returns:
        What undoes it.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    woken = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, app)
    woken.activated.connect(lambda: app.exit(EXIT_DONE))
    before = {number: signal.signal(number, _note) for number in _ENDING}
    wakeup_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def undo() -> None:
        signal.set_wakeup_fd(wakeup_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        woken.setEnabled(False)
        ours.close()
        theirs.close()

    return undo


def _note(_number: int, _frame: object) -> None:
    """A handler must be there for the socket to be written to."""


def _hand_over(root: Path, files: Iterable[Path]) -> int:
    """Let the window that is open already do what this program was started for."""
    try:
        was_answered = hand_over(root, files)
    except OSError as error:
        log.warning("can't reach the other program: %s", error)
        was_answered = False
    if was_answered:
        sys.stdout.write(IS_OPEN + "\n")
        return EXIT_DONE
    sys.stderr.write(f"mt3-desktop: {NO_ANSWER}\n")
    QMessageBox.warning(None, "MT3 Desktop", NO_ANSWER)
    return EXIT_FAILED


def _answer(opening: Opening, window: MainWindow, files: Iterable[Path]) -> None:
    """Come to the front with the files that another program was started with."""
    opening.finish()
    if opening.session is not None:
        opening.session.wiring.open(files)
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    window.activateWindow()


class ErrorRelay(QObject):
    """Carries an error that nobody caught from whatever thread to the window.

    Signals:
        caught: (error: BaseException).
    """

    caught = Signal(object)


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def application() -> QApplication:
    """The application, made if there is none, with its name and icon."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("MT3 Desktop")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("mt3-desktop")
    app.setWindowIcon(icon("piano"))
    return app


def has_screen() -> bool:
    """Whether a window can be opened; without a screen Qt would abort the process."""
    if not sys.platform.startswith("linux") or "QT_QPA_PLATFORM" in os.environ:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
