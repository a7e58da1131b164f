"""From the first picture of the window to the whole program behind it, without losing what the user does.

Half of the time that a start takes goes into importing what an empty window does not need. So the window is
shown first; a thread imports the rest while it is looked at, and then it is furnished. Whoever is faster than
that waits for it: the first key, click or drop furnishes the window before it is delivered.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QThread, Signal, Slot
from PySide6.QtWidgets import QApplication

from mt3_desktop.app.settings import SettingsStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.gui.main_window import MainWindow

if TYPE_CHECKING:
    from mt3_desktop.gui.composition import Session

_WISHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.ShortcutOverride,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.ContextMenu,
        QEvent.Type.DragEnter,
        QEvent.Type.Close,
    }
)
"""Events by which a user wants something; moving the mouse is none."""


class Opening(QObject):
    """Furnishes a window that is on screen.

    Attributes:
        window: on screen.
        session: the window with everything behind it, once it is furnished.
        error: what kept it from being furnished.

    Signals:
        done: (session: Session) the window can do everything.
    """

    done = Signal(object)

    def __init__(
        self, app: QApplication, window: MainWindow, settings: SettingsStore, locations: Locations
    ) -> None:
        """Do nothing yet: `begin` is for the moment when the window has been painted.

        Args:
            app: its events are watched until the window is furnished.
            window: laid out, with nothing behind it.
            settings: the preferences.
            locations: where things are kept.
        """
        super().__init__()
        self._app = app
        self.window = window
        self._settings = settings
        self._locations = locations
        self._imports = _Imports(self)
        self._imports.finished.connect(self.finish)
        self.session: Session | None = None
        self.error: BaseException | None = None
        app.installEventFilter(self)

    @Slot()
    def begin(self) -> None:
        """Import the rest of the program beside the event loop; `finish` follows."""
        if self.session is None:
            self._imports.start()

    @Slot()
    def finish(self) -> None:
        """Furnish the window now, unless that has been done."""
        self._app.removeEventFilter(self)
        if self.session is None and self.error is None:
            self._imports.wait()
            from mt3_desktop.gui.composition import furnish

            self.session = furnish(self._app, self.window, self._settings, self._locations)
            self.done.emit(self.session)

    @Slot(object)
    def report(self, error: BaseException) -> None:
        """Say what an error means that nobody caught; a window that can't be furnished is given up."""
        if self.session is not None:
            self.session.report(error)
        elif self.error is None:
            self.error = error
            self._app.quit()

    def close(self) -> bool:
        """Take down what was made.

        Returns:
            Whether all threads ended.
        """
        self._app.removeEventFilter(self)
        self._imports.wait()
        if self.session is not None:
            return self.session.close()
        self._settings.close()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Furnish the window before it has to answer."""
        if event.type() in _WISHES:
            self.finish()
        return super().eventFilter(watched, event)


class _Imports(QThread):
    """Imports everything but torch."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("imports")

    def run(self) -> None:
        with suppress(ImportError):  # it is raised again where the window is furnished
            import mt3_desktop.gui.composition  # noqa: F401
