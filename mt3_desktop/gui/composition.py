"""The composition root of the window: makes the services, wires the window to them, and takes both down.

Importing it imports the whole program but torch, which takes as long as everything before the first picture;
so `gui.main` does that once the window is on screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication

from mt3_desktop.app.autosave import Autosave
from mt3_desktop.app.downloads import ModelLibrary
from mt3_desktop.app.errands import Errands
from mt3_desktop.app.jobs import JobQueue
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
from mt3_desktop.gui.theme import apply_theme
from mt3_desktop.gui.window_wiring import WindowWiring


class Session(QObject):
    """The window with its services, from start to end."""

    def __init__(
        self, window: MainWindow, services: Services, wiring: WindowWiring, autosave: Autosave
    ) -> None:
        super().__init__()
        self.window = window
        self.services = services
        self.wiring = wiring
        self.autosave = autosave

    def begin(self, files: Iterable[Path]) -> None:
        """Bring back the songs of earlier runs, take in files, and load the model that was chosen last.

        The model is loaded while the user looks at the window; torch comes in here, not before.
        """
        self.autosave.restored.connect(partial(self._open, tuple(files)))
        self.autosave.restore()
        settings = self.services.settings.value
        self.services.queue.warm_up(settings.model_id, settings.device)

    def _open(self, files: Iterable[Path], last_changed: int | None) -> None:
        """Take in files once the library is here, as some may be in it already; show the first new one."""
        n_before = len(self.services.queue.jobs)
        self.wiring.open(files)
        added = self.services.queue.jobs[n_before:]
        self.wiring.show_last(added[0].id if added else last_changed)

    @Slot(object)
    def report(self, error: BaseException) -> None:
        """Say what an error means that nobody caught."""
        self.services.messages.report(error)

    def close(self) -> bool:
        """Take everything down in reverse order.

        Returns:
            Whether all threads ended.
        """
        self.window.hide()
        self.wiring.release()
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
    """Everything at once: the window, not shown yet, with its services."""
    settings = SettingsStore(locations.settings)
    apply_theme(app, settings.value.theme)
    return furnish(app, MainWindow(settings), settings, locations)


def furnish(app: QApplication, window: MainWindow, settings: SettingsStore, locations: Locations) -> Session:
    """Make the services, and put them behind a window, each given what it needs."""
    store = CheckpointStore(
        locations, connect=lambda: open_client(use_system_proxy=settings.value.system_proxy)
    )
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
    return Session(window, services, WindowWiring(window, services), autosave)
