"""What the buttons of messages do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from mt3_desktop.app.messages import Action, UserMessage
from mt3_desktop.app.user_message import Command
from mt3_desktop.gui.model_commands import ModelCommands
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.song_commands import SongCommands, open_folder

OpenSettings = Callable[[str], None]


class MessageCommands(QObject):
    """Finds what a button does: by the message itself, or by the commands for songs and models."""

    def __init__(
        self,
        services: Services,
        songs: SongCommands,
        models: ModelCommands,
        *,
        open_settings: OpenSettings,
        export: Callable[[], None],
        pick_model: Callable[[], None],
        show_spectrogram: Callable[[], None],
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
            show_spectrogram: draws the spectrogram behind the notes.
            window: owner.
        """
        super().__init__(window)
        self._services = services
        self._songs = songs
        self._models = models
        self._always: dict[Action, Command] = {
            Action.OK: _nothing,
            Action.SHOW_LOG: self.show_log,
            Action.EXPORT: export,
            Action.SAVE_ELSEWHERE: export,
            Action.OTHER_MODEL: pick_model,
            Action.SHOW_SPECTROGRAM: show_spectrogram,
            Action.IMPORT_MODEL: models.choose_import,
            Action.CHANGE_FOLDER: models.choose_folder,
            Action.FREE_MODELS: partial(open_settings, "Models"),
            Action.LOOK_AGAIN: services.player.look_again,
            Action.SOUND_SETTINGS: partial(open_settings, "Sound"),
        }

    def offered(self, message: UserMessage) -> UserMessage:
        """The message with those of its buttons that can do something now."""
        actions = tuple(action for action in message.actions if self.command(action, message) is not None)
        return message if actions == message.actions else replace(message, actions=actions)

    @Slot(object, object)
    def act(self, action: Action, message: UserMessage) -> None:
        """Do what a button of a message says."""
        command = self.command(action, message)
        if command is not None:
            command()

    def command(self, action: Action, message: UserMessage) -> Command | None:
        """What a button of a message does, or None if there is nothing that it could do."""
        return (
            message.commands.get(action)
            or self._always.get(action)
            or _by_path(action, message)
            or self._models.command(action, message)
            or self._songs.command(action, message)
        )

    @Slot()
    def show_log(self) -> None:
        """Open the folder of the log."""
        open_folder(self._services.locations.logs)


def _nothing() -> None:
    """To have read it is all that is asked."""


def _by_path(action: Action, message: UserMessage) -> Command | None:
    """What needs only the message's words and file."""
    if action is Action.COPY_DETAILS:
        return partial(_copy, "\n".join(filter(None, (message.title, message.text, "", message.detail))))
    if message.path is None:
        return None
    if action is Action.COPY_PATH:
        return partial(_copy, str(message.path))
    return partial(open_folder, message.path.parent) if action is Action.SHOW_FILE else None


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
