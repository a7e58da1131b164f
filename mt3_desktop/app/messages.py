"""What went wrong, or well, in words for people: `describe` turns an error into a message."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mt3_desktop.core import errors
from mt3_desktop.core.progress import clock

log = logging.getLogger(__name__)


class Level(Enum):
    """How much a message matters."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class Action(Enum):
    """A button of a message; the value is what it says. The window knows what each does."""

    CHOOSE_FILE = "Choose another file"
    LOCATE = "Locate…"
    SHOW_FILE = "Show in folder"
    OPEN_SOURCE = "Show original in folder"
    RETRY = "Try again"
    TAKE_PART = "Transcribe what's there"
    TRY_ANYWAY = "Try anyway"
    GET_MODEL = "Get the model"
    CONTINUE = "Continue"
    CONTINUE_ON_CPU = "Continue on CPU"
    USE_BUILT_IN = "Use the built-in model"
    OTHER_MODEL = "Other model…"
    DOWNLOAD_AGAIN = "Download again"
    IMPORT_MODEL = "Import file…"
    MODELS = "Manage models…"
    SAVE_ELSEWHERE = "Save somewhere else…"
    SOUND_SETTINGS = "Sound settings"
    LOOK_AGAIN = "Look again"
    REMOVE = "Remove"
    UNDO = "Undo"
    SHOW_LOG = "Show log"
    COPY_PATH = "Copy path"
    COPY_DETAILS = "Copy details"


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
        path: the file or folder it is about, or None.
    """

    level: Level
    title: str
    text: str = ""
    actions: tuple[Action, ...] = ()
    detail: str = ""
    job_id: int | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an error struck, as far as the reader of the message cares.

    Attributes:
        heard_until: seconds transcribed and kept so far; 0 where there is none.
        device: device in use, "" where none was.
    """

    heard_until: float = 0.0
    device: str = ""


NOWHERE = Situation()

# The first class that fits counts, so the more precise ones come first.
_ACTIONS: tuple[tuple[type[Exception], tuple[Action, ...]], ...] = (
    (errors.AudioNotFound, (Action.LOCATE, Action.REMOVE)),
    (errors.SilentAudio, (Action.TRY_ANYWAY, Action.REMOVE)),
    (errors.EmptyAudio, (Action.CHOOSE_FILE, Action.OPEN_SOURCE)),
    (errors.UnsupportedAudio, (Action.CHOOSE_FILE, Action.OPEN_SOURCE, Action.COPY_DETAILS)),
    (errors.DamagedAudio, (Action.TAKE_PART, Action.REMOVE)),
    (errors.UnknownModel, (Action.OTHER_MODEL, Action.USE_BUILT_IN)),
    (errors.ModelMissing, (Action.GET_MODEL, Action.USE_BUILT_IN, Action.IMPORT_MODEL)),
    (errors.Offline, (Action.RETRY, Action.USE_BUILT_IN, Action.IMPORT_MODEL)),
    (errors.UntrustedConnection, (Action.RETRY, Action.IMPORT_MODEL, Action.COPY_DETAILS)),
    (errors.ChecksumMismatch, (Action.DOWNLOAD_AGAIN, Action.COPY_DETAILS)),
    (errors.DownloadFailed, (Action.RETRY, Action.USE_BUILT_IN, Action.IMPORT_MODEL, Action.COPY_DETAILS)),
    (errors.DamagedCheckpoint, (Action.MODELS, Action.USE_BUILT_IN, Action.COPY_DETAILS)),
    (errors.UnknownCheckpoint, (Action.IMPORT_MODEL, Action.COPY_DETAILS)),
    (errors.CheckpointInUse, (Action.COPY_DETAILS,)),
    (errors.DeviceUnavailable, (Action.CONTINUE_ON_CPU, Action.COPY_DETAILS)),
    (errors.OutOfMemory, (Action.CONTINUE_ON_CPU, Action.CONTINUE, Action.USE_BUILT_IN)),
    (errors.DiskFull, (Action.SAVE_ELSEWHERE, Action.RETRY)),
    (errors.NotWritable, (Action.SAVE_ELSEWHERE, Action.RETRY)),
    (errors.NoSoundDevice, (Action.LOOK_AGAIN, Action.SOUND_SETTINGS)),
    (errors.DamagedSession, (Action.COPY_DETAILS,)),
    (errors.MT3Error, (Action.RETRY, Action.COPY_DETAILS)),
)

_DEFAULT_TEXTS: tuple[tuple[type[Exception], str], ...] = (
    (
        errors.UnsupportedAudio,
        "It isn't audio this app can decode, or the file is damaged. The file was not changed.",
    ),
    (
        errors.NoSoundDevice,
        "You can transcribe, edit and export. Playback returns when a device is connected.",
    ),
    (
        errors.NotWritable,
        "This folder is read-only or the file is open elsewhere. Your notes are still open here.",
    ),
    (errors.AudioNotFound, "Your notes are safe. Playback of the original needs the file."),
)

_TEXTS: dict[type[Exception], str] = {
    # The hint of the core names a command of the command line.
    errors.ModelMissing: "It can be downloaded once, and then works without the internet.",
}

_WARNINGS = (
    errors.AudioNotFound,
    errors.EmptyAudio,
    errors.ModelMissing,
    errors.NoSoundDevice,
    errors.Offline,
)


def describe(error: BaseException, situation: Situation = NOWHERE) -> UserMessage:
    """The message for an error.

    Errors of ours bring their own sentences; this adds the buttons, what is kept, and words for what
    nobody foresaw.

    Args:
        error: anything that was raised.
        situation: where it struck.
    """
    detail = "".join(traceback.format_exception(error))
    if not isinstance(error, errors.MT3Error):
        return _unexpected(situation, detail)
    title = error.message.rstrip(".")
    text = (
        _TEXTS.get(type(error))
        or error.hint
        or next((text for kind, text in _DEFAULT_TEXTS if isinstance(error, kind)), "")
    )
    if situation.heard_until > 0:
        at = clock(situation.heard_until)
        if isinstance(error, errors.OutOfMemory):
            title = f"{title} at {at}"
        text = f"Everything up to {at} is kept. {text}".rstrip()
    return UserMessage(
        level=Level.WARNING if isinstance(error, _WARNINGS) else Level.ERROR,
        title=title,
        text=text,
        actions=_actions(error, situation),
        detail=f"{error.detail}\n\n{detail}".lstrip(),
    )


def _actions(error: errors.MT3Error, situation: Situation) -> tuple[Action, ...]:
    actions = next(actions for kind, actions in _ACTIONS if isinstance(error, kind))
    if situation.device == "cpu":
        actions = tuple(action for action in actions if action is not Action.CONTINUE_ON_CPU)
    return actions


def _unexpected(situation: Situation, detail: str) -> UserMessage:
    if situation.heard_until > 0:
        at = clock(situation.heard_until)
        on_cpu = () if situation.device == "cpu" else (Action.CONTINUE_ON_CPU,)
        return UserMessage(
            Level.ERROR,
            f"Transcription stopped unexpectedly at {at}",
            f"Everything up to {at} is kept.",
            (Action.CONTINUE, *on_cpu, Action.COPY_DETAILS),
            detail,
        )
    return UserMessage(
        Level.ERROR,
        "Something unexpected went wrong",
        "Nothing was lost. The log says more.",
        (Action.RETRY, Action.SHOW_LOG, Action.COPY_DETAILS),
        detail,
    )


class Messages(QObject):
    """Where anything in the program says something to the user.

    Signals:
        posted: (message: UserMessage) to be shown.
        withdrawn: (job_id: int) messages about this job no longer hold.
    """

    posted = Signal(object)
    withdrawn = Signal(int)

    def post(self, message: UserMessage) -> None:
        """Show a message."""
        log.info("message: %s", message.title)
        self.posted.emit(message)

    def info(
        self, title: str, text: str = "", *, actions: tuple[Action, ...] = (), path: Path | None = None
    ) -> None:
        """Say that something is worth knowing."""
        self.post(UserMessage(Level.INFO, title, text, actions, path=path))

    def success(
        self, title: str, text: str = "", *, actions: tuple[Action, ...] = (), path: Path | None = None
    ) -> None:
        """Say that something asked for is done."""
        self.post(UserMessage(Level.SUCCESS, title, text, actions, path=path))

    def report(self, error: BaseException, *, path: Path | None = None) -> None:
        """Say what an error means."""
        self.post(replace(describe(error), path=path))

    def withdraw(self, job_id: int) -> None:
        """Take back what was said about a job."""
        self.withdrawn.emit(job_id)
