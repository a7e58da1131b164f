"""The composition root of the window: builds everything, runs it, and takes it down in reverse order."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from mt3_desktop import __version__
from mt3_desktop.app.autosave import Autosave
from mt3_desktop.app.downloads import ModelLibrary
from mt3_desktop.app.errands import Errands
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.logs import LogFiles
from mt3_desktop.app.messages import Messages
from mt3_desktop.app.outbox import Outbox
from mt3_desktop.app.player import Player
from mt3_desktop.app.settings import SettingsStore
from mt3_desktop.app.waveforms import Waveforms
from mt3_desktop.core.pipeline import ModelPool
from mt3_desktop.core.resources import resource
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.transfer import open_client
from mt3_desktop.gui.key_gate import KeyGate
from mt3_desktop.gui.main_window import MainWindow
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.theme import apply_theme, icon

log = logging.getLogger(__name__)

EXIT_DONE, EXIT_FAILED = 0, 1
NO_SCREEN = (
    "mt3-desktop: There is no screen to open a window on. The command line works without one: "
    "mt3-desktop transcribe song.wav -o song.mid"
)


def main(argv: Sequence[str] | None = None) -> int:
    """The program `mt3-desktop-gui`: the window, with files to open in it.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="mt3-desktop-gui", description="The window of MT3 Desktop.")
    parser.add_argument("files", nargs="*", type=Path, help="audio or video files, or folders")
    parser.add_argument("--home", type=Path, help="folder of settings, models, sessions and logs")
    parser.add_argument("--smoke", action="store_true", help="open the window, say ready, and quit")
    parser.add_argument("--version", action="version", version=__version__)
    arguments = parser.parse_args(argv)
    return run(Locations.default(arguments.home), smoke=arguments.smoke, files=arguments.files)


def run(locations: Locations, *, smoke: bool = False, files: Iterable[Path] = ()) -> int:
    """Open the window and stay until it is closed.

    Args:
        locations: where things are kept.
        smoke: quit as soon as the window was painted, after printing "ready".
        files: to be added at once.

    Returns:
        The exit code.
    """
    if smoke:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if not has_screen():
        sys.stderr.write(NO_SCREEN + "\n")
        return EXIT_FAILED
    app = application()
    with ExitStack() as closing:
        relay = ErrorRelay()
        logs = LogFiles(locations.logs, relay.caught.emit)
        closing.callback(logs.close)
        log.info("MT3 Desktop %s starts", __version__)
        session = build(app, locations)
        relay.caught.connect(session.window.report)
        session.autosave.restored.connect(session.window.show_last)
        session.autosave.restore()
        session.window.show()
        session.window.open(files)
        after_paint = app.quit if smoke else session.warm_up
        session.window.painted.connect(after_paint, Qt.ConnectionType.QueuedConnection)
        code = app.exec()
        if smoke:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
        is_clean = session.close()
    if not is_clean:
        # A thread that would not end would make Qt abort the process; everything is saved by now.
        logging.shutdown()
        os._exit(code)
    return code


class ErrorRelay(QObject):
    """Carries an error that nobody caught from whatever thread to the window.

    Signals:
        caught: (error: BaseException).
    """

    caught = Signal(object)


class Session(QObject):
    """The window with its services, from start to end."""

    def __init__(self, window: MainWindow, services: Services, autosave: Autosave) -> None:
        super().__init__()
        self.window = window
        self.services = services
        self.autosave = autosave

    @Slot()
    def warm_up(self) -> None:
        """Load the default model while the user looks at the window; torch comes in here, not before."""
        settings = self.services.settings.value
        self.services.queue.warm_up(settings.model_id, settings.device)

    def close(self) -> bool:
        """Take everything down in reverse order.

        Returns:
            Whether all threads ended.
        """
        self.window.hide()
        self.window.release()
        self.services.player.close()
        is_clean = self.services.waveforms.close()
        is_clean = self.services.files.close() and is_clean
        is_clean = self.services.sounds.close() and is_clean
        is_clean = self.services.library.close() and is_clean
        is_clean = self.services.queue.close() and is_clean
        is_clean = self.autosave.close() and is_clean
        self.services.outbox.close()
        self.services.settings.close()
        return is_clean


def build(app: QApplication, locations: Locations) -> Session:
    """Make the services and the window, each given what it needs."""
    settings = SettingsStore(locations.settings)
    store = CheckpointStore(
        locations, connect=lambda: open_client(use_system_proxy=settings.value.system_proxy)
    )
    apply_theme(app, settings.value.theme)
    messages = Messages()
    services = Services(
        queue=JobQueue(store, ModelPool()),
        player=Player(resource("gm.sf3")),
        waveforms=Waveforms(),
        settings=settings,
        messages=messages,
        outbox=Outbox(),
        files=Errands("files", messages),
        sounds=Errands("sound files", messages),
        library=ModelLibrary(store),
        locations=locations,
    )
    autosave = Autosave(services.queue, locations.sessions, services.messages)
    if app.findChild(KeyGate) is None:
        KeyGate(app)
    return Session(MainWindow(services), services, autosave)


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
