"""A message to the user as a value: what happened, what it means, and buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType


class Level(Enum):
    """How much a message matters."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class Action(Enum):
    """A button of a message; the value is what it says, `{built_in}` being the title of that model."""

    CHOOSE_FILE = "Choose another file"
    LOCATE = "Locate…"
    WITHOUT_AUDIO = "Continue without it"
    SHOW_FILE = "Show in folder"
    SHOW_CHECKPOINT = "Show file"
    RETRY = "Try again"
    TAKE_PART = "Transcribe what's there"
    TRY_ANYWAY = "Try anyway"
    GET_MODEL = "Get the model"
    CONTINUE = "Continue"
    CONTINUE_ON_CPU = "Continue on CPU"
    USE_CPU = "Use CPU"
    SMALLER_STEPS = "Continue with smaller steps"
    CONTINUE_BUILT_IN = "Continue with {built_in}"
    CHOOSE_RANGE = "Choose range…"
    STOP_HERE = "Stop here"
    USE_BUILT_IN = "Use {built_in}"
    SMALL_NOW = "Use small model now"
    PAUSE_DOWNLOAD = "Pause"
    CONTINUE_DOWNLOAD = "Continue download"
    CANCEL_DOWNLOAD = "Cancel download"
    OTHER_MODEL = "Other model…"
    SHOW_SPECTROGRAM = "Show spectrogram"
    DOWNLOAD_AGAIN = "Download again"
    REPAIR = "Repair by downloading"
    IMPORT_MODEL = "Import file…"
    CHANGE_FOLDER = "Change folder…"
    FREE_MODELS = "Free up models…"
    SAVE_ELSEWHERE = "Save somewhere else…"
    SOUND_SETTINGS = "Sound settings"
    LOOK_AGAIN = "Look again"
    OK = "OK"
    REMOVE = "Remove"
    KEEP = "Keep"
    DISCARD = "Discard"
    EXPORT = "Export"
    UNDO = "Undo"
    BRING_BACK = "Undo delete of old file"
    BRING_ALL_BACK = "Undo delete of old files"
    SHOW_LOG = "Show log"
    COPY_PATH = "Copy path"
    COPY_DETAILS = "Copy details"


Command = Callable[[], object]
"""What a button does; called in the main thread."""


def _no_commands() -> Mapping[Action, Command]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A message for the bar above the roll or for a failed row.

    Attributes:
        level: how much it matters.
        title: what happened, a few words without a full stop.
        text: what it means and what is safe.
        actions: buttons, the most useful first.
        detail: technical text for *Copy details*.
        job_id: the job it is about, or None.
        model_id: the model it is about, or "".
        path: the file or folder it is about, or None.
        commands: what its own buttons do, where that depends on more than the fields above; who posts the
            message knows.
    """

    level: Level
    title: str
    text: str = ""
    actions: tuple[Action, ...] = ()
    detail: str = ""
    job_id: int | None = None
    model_id: str = ""
    path: Path | None = None
    commands: Mapping[Action, Command] = field(default_factory=_no_commands, compare=False, repr=False)

    @property
    def waits(self) -> bool:
        """Whether it stays until the user has seen it; else it leaves by itself."""
        return self.level in (Level.WARNING, Level.ERROR)
