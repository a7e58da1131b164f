"""What the main window opens over itself: settings, the command palette, the table of keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from mt3_desktop.app.errands import Errand
from mt3_desktop.core.devices import DeviceReport, try_devices
from mt3_desktop.core.progress import CancelToken, Report
from mt3_desktop.gui.actions import Actions
from mt3_desktop.gui.device_test import DeviceTest
from mt3_desktop.gui.keys_dialog import KeysDialog
from mt3_desktop.gui.model_commands import ModelCommands
from mt3_desktop.gui.models_page import ModelsPage
from mt3_desktop.gui.palette import CommandPalette
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.settings_dialog import SettingsDialog
from mt3_desktop.gui.song_commands import open_folder


class WindowDialogs(QObject):
    """Opens the window's dialogs; none of them holds up what is going on.

    Signals:
        devices_tested: (reports: tuple[DeviceReport, ...]) the self-test that was asked for is over.
    """

    devices_tested = Signal(object)

    def __init__(
        self,
        services: Services,
        models: ModelCommands,
        actions: Actions,
        *,
        device_entries: Callable[[str], tuple[tuple[str, str], ...]],
        window: QWidget,
    ) -> None:
        """Open nothing yet.

        Args:
            services: the settings, the models, the player, the folders.
            models: what is known about models.
            actions: what the palette lists.
            device_entries: a chosen device → what can compute here, as (device, text).
            window: parent of the dialogs, and owner.
        """
        super().__init__(window)
        self._services = services
        self._settings = services.settings
        self._models = models
        self._actions = actions
        self._device_entries = device_entries
        self._window = window
        self._open_dialog: SettingsDialog | None = None

    def slots(self) -> dict[str, Callable[[], object]]:
        """What the commands that open a dialog do."""
        return {
            "settings": self.open_settings,
            "palette": self._open_palette,
            "keys": self._open_keys,
            "about": lambda: self.open_settings("About and log"),
            "show_log": self._show_log,
        }

    def open_settings(self, page: str = "General") -> None:
        """Open the settings at a page, beside the window; those that are open turn to it."""
        if self._open_dialog is None:
            self._open_dialog = self._make_settings()
        self._open_dialog.show_page(page)
        self._open_dialog.show()
        self._open_dialog.raise_()
        self._open_dialog.activateWindow()

    def _make_settings(self) -> SettingsDialog:
        models = ModelsPage(self._services.library, songs_with=self._models.songs_with)
        models.set_speeds(self._models.costs)
        models.set_system_proxy(self._settings.value.system_proxy)
        models.system_proxy_chosen.connect(self._on_system_proxy_chosen)
        test = DeviceTest()
        test.requested.connect(self._test_devices)
        self.devices_tested.connect(test.show_reports)
        dialog = SettingsDialog(
            self._settings,
            specs=self._models.specs,
            models_page=models,
            devices=self._device_entries(self._settings.value.device),
            device_test=test,
            sound_devices=self._services.player.devices,
            locations=self._services.locations,
            parent=self._window,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.log_requested.connect(self._show_log)
        dialog.finished.connect(self._on_settings_finished)
        return dialog

    @Slot()
    def _test_devices(self) -> None:
        self._services.files.do(Errand("Testing what can compute here", _test, self.devices_tested.emit))

    @Slot(int)
    def _on_settings_finished(self, _result: int) -> None:
        self._open_dialog = None

    @Slot()
    def open_models(self) -> None:
        """Open the settings at the models."""
        self.open_settings("Models")

    def _open_palette(self) -> None:
        palette = CommandPalette(self._actions, self._window)
        palette.chosen.connect(QAction.trigger)
        palette.open()

    def _open_keys(self) -> None:
        dialog = KeysDialog(self._settings.value.wheel, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    @Slot()
    def _show_log(self) -> None:
        open_folder(self._services.locations.logs)

    @Slot(bool)
    def _on_system_proxy_chosen(self, is_used: bool) -> None:
        self._settings.update(system_proxy=is_used)


def _test(_report: Report, _cancel: CancelToken) -> tuple[DeviceReport, ...]:
    return try_devices()
