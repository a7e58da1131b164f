"""Models, as far as the window is concerned: cards, what is ready, and songs that wait for a download."""

from __future__ import annotations

from dataclasses import astuple, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from mt3_desktop.app.job import JobState
from mt3_desktop.app.messages import Action, UserMessage
from mt3_desktop.app.model_status import ModelState, ModelStatus
from mt3_desktop.app.settings import Settings
from mt3_desktop.app.speeds import SpeedMeter
from mt3_desktop.app.user_message import Command
from mt3_desktop.core import families
from mt3_desktop.core.progress import Progress, Stage
from mt3_desktop.core.specs import ModelSpec
from mt3_desktop.core.store.disk import size_text
from mt3_desktop.core.store.imported import WEIGHTS_SUFFIXES
from mt3_desktop.gui.model_picker import ModelCard
from mt3_desktop.gui.options_dialog import ask_options
from mt3_desktop.gui.services import Services
from mt3_desktop.gui.song_commands import open_folder


class ModelCommands(QObject):
    """Says how the models stand, gets them, and starts the songs that waited for one.

    Signals:
        cards_changed: () a model stands differently, came or went, or its speed was measured.
    """

    cards_changed = Signal()

    def __init__(self, services: Services, window: QWidget) -> None:
        """Wire the library.

        Args:
            services: the models, the songs, the messages.
            window: parent of file choosers, and owner.
        """
        super().__init__(window)
        self._library = library = services.library
        self._queue = services.queue
        self._settings = services.settings
        self._speeds = SpeedMeter(services.queue, services.settings, self)
        self._window = window
        services.settings.changed.connect(self._on_settings_changed)
        library.model_changed.connect(self._on_model_changed)
        library.models_changed.connect(self.cards_changed)
        self._messages = services.messages
        library.message_ready.connect(self._on_message_ready)
        library.imported.connect(self._on_imported)

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """What the picker shows."""
        costs = self.costs
        return tuple(_card(status, costs.get(status.spec.id)) for status in self._library.statuses)

    @property
    def costs(self) -> dict[str, float]:
        """Model id → seconds of work per second of sound, of those measured on the chosen device."""
        device = self._settings.value.device
        speeds = ((spec.id, self._speeds.of(spec.id, device)) for spec in self.specs)
        return {model_id: 1 / speed for model_id, speed in speeds if speed is not None}

    @property
    def specs(self) -> tuple[ModelSpec, ...]:
        """All models; before the first look at the disk those of the installed families."""
        return tuple(status.spec for status in self._library.statuses) or families.specs()

    @property
    def built_in(self) -> str:
        """The model that needs no download."""
        return next(spec.id for spec in self.specs if spec.is_built_in)

    @property
    def ready_line(self) -> str:
        """Names of the models that can be used now."""
        return ", ".join(status.spec.title for status in self._library.statuses if status.is_usable)

    @property
    def better_line(self) -> str:
        """The ablest model that could be downloaded, with its size; "" if it is here already."""
        published = (status for status in self._library.statuses if not status.spec.is_built_in)
        ablest = max(published, key=lambda status: sum(astuple(status.spec.abilities)), default=None)
        if ablest is None or ablest.is_usable:
            return ""
        return f"{ablest.spec.title}, {size_text(ablest.size_bytes)}"

    def title(self, model_id: str) -> str:
        """What users read for a model."""
        return next((spec.title for spec in self.specs if spec.id == model_id), Path(model_id).name)

    def hears_velocities(self, model_id: str) -> bool:
        """Whether the velocities of a model mean anything; of one that is gone nobody says they don't."""
        spec = next((spec for spec in self.specs if spec.id == model_id), None)
        return spec is None or spec.abilities.velocities

    def songs_with(self, model_id: str) -> tuple[str, ...]:
        """Names of the songs that a model has heard, or is to hear; each once."""
        return tuple(dict.fromkeys(job.path.stem for job in self._queue.jobs if job.model_id == model_id))

    def take_offer(self, model_id: str) -> None:
        """Do what the button of a card says: get the model, or stop getting it."""
        status = self._library.status(model_id)
        if status is not None and status.is_busy:
            self._library.pause(model_id)
        else:
            self._library.get(model_id)

    def get_for(self, job_id: int) -> None:
        """Download the model of a song, and start the song when it is here."""
        self._queue.wait_for_model(job_id)
        self._library.get(self._queue.job(job_id).model_id)
        self._refresh_waiting()

    def repair_for(self, job_id: int) -> None:
        """Get the model of a song anew, and go on with the song when it is here."""
        model_id = self._queue.job(job_id).model_id
        self._queue.wait_for_model(job_id)
        self._library.repair(model_id)

    def use_built_in(self, model_id: str) -> None:
        """Choose the built-in model for new songs, and for those that wait for another one."""
        self._settings.update(model_id=self.built_in)
        for job in self._queue.jobs:
            if job.model_id == model_id and job.state is JobState.WAITING:
                self._queue.cancel(job.id)
                self._queue.start(job.id, model_id=self.built_in)

    def use_small_now(self, job_id: int) -> None:
        """Let the built-in model hear a song that waits for another one; the download goes on."""
        self._queue.cancel(job_id)
        self._queue.start(job_id, model_id=self.built_in)

    def cancel_download(self, model_id: str) -> None:
        """Do without a model; the songs that wait for it wait no longer."""
        for job in self._queue.jobs:
            if job.model_id == model_id and job.state is JobState.WAITING:
                self._queue.cancel(job.id)
        self._library.cancel(model_id)

    def choose_folder(self) -> None:
        """Ask for another folder for the models, and move them there."""
        here = str(self._library.folder.folder)
        name = QFileDialog.getExistingDirectory(self._window, "Keep the models in", here)
        if name:
            self._library.move_folder(Path(name))

    def command(self, action: Action, message: UserMessage) -> Command | None:
        """What a button of a message does with the model that it is about, or None if it can do nothing."""
        job_id, model_id = message.job_id, message.model_id
        if job_id is not None and job_id in self._queue:
            model_id = self._queue.job(job_id).model_id
        status = self._library.status(model_id)
        if status is None:
            return None
        commands: dict[Action, Command] = {}
        if status.path is not None:
            commands[Action.SHOW_CHECKPOINT] = partial(open_folder, status.path.parent)
        if status.spec.checkpoint is not None and status.spec.checkpoint.mirrors:
            commands[Action.DOWNLOAD_AGAIN] = partial(self._library.get, model_id)
            commands[Action.REPAIR] = partial(self._library.repair, model_id)
            if job_id is not None:
                commands[Action.GET_MODEL] = partial(self.get_for, job_id)
                commands[Action.REPAIR] = partial(self.repair_for, job_id)
        if job_id is not None and job_id in self._queue and self._queue.job(job_id).state is JobState.WAITING:
            commands |= self._commands_while_waiting(job_id, status)
        if job_id is None and not status.spec.is_built_in:
            commands[Action.USE_BUILT_IN] = partial(self.use_built_in, model_id)
        return commands.get(action)

    def _commands_while_waiting(self, job_id: int, status: ModelStatus) -> dict[Action, Command]:
        model_id = status.spec.id
        commands: dict[Action, Command] = {
            Action.SMALL_NOW: partial(self.use_small_now, job_id),
            Action.CANCEL_DOWNLOAD: partial(self.cancel_download, model_id),
        }
        if status.is_busy:
            commands[Action.PAUSE_DOWNLOAD] = partial(self._library.pause, model_id)
        else:
            commands[Action.CONTINUE_DOWNLOAD] = partial(self._library.get, model_id)
        return commands

    @Slot(object)
    def _on_message_ready(self, message: UserMessage) -> None:
        """Say what the library says; a file that could not be imported makes way for another one."""
        if Action.CHOOSE_FILE in message.actions:
            message = replace(message, commands={**message.commands, Action.CHOOSE_FILE: self.choose_import})
        self._messages.post(message)

    def choose_import(self) -> None:
        """Ask for a file of weights and take it in."""
        patterns = " ".join(f"*{suffix}" for suffix in sorted(WEIGHTS_SUFFIXES))
        name, _filter = QFileDialog.getOpenFileName(
            self._window, "Import a model", "", f"Model files ({patterns});;All files (*)"
        )
        if name:
            self._library.import_path(Path(name))

    @Slot(object)
    def import_path(self, path: Path) -> None:
        """Take in a file of weights, for example a dropped one."""
        self._library.import_path(path)

    @Slot(str)
    def _on_model_changed(self, _model_id: str) -> None:
        self._refresh_waiting()
        self.cards_changed.emit()

    @Slot(object)
    def _on_imported(self, specs: tuple[ModelSpec, ...]) -> None:
        """Ask for what the files of the user's do not tell; the usual is taken meanwhile."""
        for spec in specs:
            facts = families.family_of(spec).options
            asked = {name: facts[name] for name in spec.assumed if name in facts}
            if asked:
                ask_options(
                    self._window,
                    f'The file of "{spec.title}" does not tell everything about it',
                    asked,
                    spec.options,
                    partial(self._library.set_options, spec.id),
                )

    @Slot(object, object)
    def _on_settings_changed(self, old: Settings, new: Settings) -> None:
        if (old.speeds, old.device) != (new.speeds, new.device):
            self.cards_changed.emit()

    def _refresh_waiting(self) -> None:
        """Start the songs whose model has come; show the others how far it is."""
        for job in self._queue.jobs:
            status = self._library.status(job.model_id)
            if job.state is not JobState.WAITING or status is None:
                continue
            if status.is_usable:
                self._queue.resume(job.id)
            else:
                progress = Progress(Stage.FETCH, status.done_bytes, status.size_bytes or None, "bytes")
                self._queue.wait_for_model(job.id, progress)


def _card(status: ModelStatus, cost: float | None) -> ModelCard:
    offers = {
        ModelState.MISSING: f"Get ({size_text(status.size_bytes)})",
        ModelState.PAUSED: "Continue download",
        ModelState.DAMAGED: "Download again",
        ModelState.DOWNLOADING: "Pause",
        ModelState.QUEUED: "Pause",
    }
    return ModelCard(status.spec, state_line(status), status.is_usable, offers.get(status.state, ""), cost)


def state_line(status: ModelStatus) -> str:
    """How a model stands, in a few words."""
    if status.state is ModelState.DOWNLOADING:
        return f"Downloading, {status.fraction:.0%}"
    if status.state is ModelState.PAUSED:
        return f"Paused at {status.fraction:.0%}"
    return _STATE_TEXTS.get(status.state) or str(status.state.value).capitalize()


_STATE_TEXTS = {
    ModelState.BUILT_IN: "Ready",
    ModelState.MISSING: "Not on this computer",
    ModelState.QUEUED: "Waiting to download",
    ModelState.DAMAGED: "Damaged",
    ModelState.VERIFYING: "Being checked",
}
