"""What the buttons of messages do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from mt3_desktop.app.messages import Action, UserMessage
from mt3_desktop.gui.model_commands import ModelCommands
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.song_commands import SongCommands, open_folder

OpenSettings = Callable[[str], None]


class MessageCommands(QObject):
    """Does what a button says: itself, or by the commands for songs and models."""

    def __init__(
        self,
        services: Services,
        songs: SongCommands,
        models: ModelCommands,
        *,
        open_settings: OpenSettings,
        export: Callable[[], None],
        pick_model: Callable[[], None],
        window: QWidget,
    ) -> None:
        """Wire the commands.

        Args:
            services: the player and the folder of the log.
            songs: what is done with songs.
            models: what is done with models.
            open_settings: opens the settings at a page.
            export: asks how to export the song on show.
            pick_model: opens the model picker.
            window: owner.
        """
        super().__init__(window)
        self._services = services
        self._songs = songs
        self._models = models
        self._by_action: dict[Action, Callable[[UserMessage], object]] = {
            Action.COPY_DETAILS: _copy_details,
            Action.COPY_PATH: _copy_path,
            Action.SHOW_FILE: _show_file,
            Action.SHOW_LOG: lambda _message: self.show_log(),
            Action.SAVE_ELSEWHERE: lambda _message: export(),
            Action.OTHER_MODEL: lambda _message: pick_model(),
            Action.IMPORT_MODEL: lambda _message: models.choose_import(),
            Action.MODELS: lambda _message: open_settings("Models"),
            Action.DOWNLOAD_AGAIN: lambda _message: open_settings("Models"),
            Action.GET_MODEL: self._get_model,
            Action.LOOK_AGAIN: lambda _message: services.player.look_again(),
            Action.SOUND_SETTINGS: lambda _message: open_settings("Sound"),
        }

    @Slot(object, object)
    def act(self, action: Action, message: UserMessage) -> None:
        """Do what a button of a message says."""
        command = self._by_action.get(action)
        if command is not None:
            command(message)
        else:
            self._songs.act(action, message)

    def _get_model(self, message: UserMessage) -> None:
        if message.job_id is not None:
            self._models.get_for(message.job_id)

    @Slot()
    def show_log(self) -> None:
        """Open the folder of the log."""
        open_folder(self._services.locations.logs)


def _copy_details(message: UserMessage) -> None:
    QGuiApplication.clipboard().setText(f"{message.title}\n{message.text}\n\n{message.detail}")


def _copy_path(message: UserMessage) -> None:
    if message.path is not None:
        QGuiApplication.clipboard().setText(str(message.path))


def _show_file(message: UserMessage) -> None:
    if message.path is not None:
        open_folder(message.path.parent)
