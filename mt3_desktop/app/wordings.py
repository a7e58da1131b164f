"""The words and buttons of every message about something that went wrong: one table.

What an error of the core says of itself is meant for the command line too; a row here says where the window
uses other words, what it adds, and what can be done. *Copy details* belongs to all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mt3_desktop.app.user_message import Action, Level, UserMessage
from mt3_desktop.core import errors


@dataclass(frozen=True, slots=True)
class Wording:
    """Words and buttons for one kind of case.

    Attributes:
        actions: buttons, the most useful first.
        level: how much it matters.
        title: the heading instead of the error's own; `{name}`, `{model}`, `{device}` and `{used}` are filled
            in. Used only where all that it names is known.
        text: the sentence instead of the error's own, in the same way.
        added: a sentence behind it: what is safe, or helps, in a window.
    """

    actions: tuple[Action, ...]
    level: Level = Level.ERROR
    title: str = ""
    text: str = ""
    added: str = ""

    def message(self, facts: Mapping[str, str], *, title: str = "", text: str = "") -> UserMessage:
        """The message.

        Args:
            facts: what is known of the names in `title` and `text`.
            title: the error's own heading.
            text: the error's own sentence.
        """
        own = _filled(self.text, facts) or text
        return UserMessage(
            self.level,
            _filled(self.title, facts) or title,
            f"{own} {self.added}".strip() if self.added not in own else own,
            (*self.actions, Action.COPY_DETAILS),
        )


def _filled(template: str, facts: Mapping[str, str]) -> str:
    """The template with the facts in it, or "" if one is missing."""
    try:
        return template.format_map(facts)
    except KeyError:
        return ""


STILL_OPEN = "Your notes are still open here."
NO_DEVICE = "You can transcribe, edit and export. Playback returns when a device is connected."
NOT_PUBLISHED = (
    "Its file is damaged or incomplete: it doesn't match the published one. Other models still work."
)

# The first class that fits counts, so the more precise ones come first.
WORDINGS: tuple[tuple[type[errors.MT3Error], Wording], ...] = (
    # --- recordings ---
    (
        errors.AudioNotFound,
        Wording(
            (Action.LOCATE, Action.WITHOUT_AUDIO),
            Level.WARNING,
            '"{name}" has moved',
            "Your notes are safe. Playback of the original needs the file.",
        ),
    ),
    (errors.ProtectedAudio, Wording((Action.CHOOSE_FILE,))),
    (errors.UnsupportedAudio, Wording((Action.CHOOSE_FILE, Action.SHOW_FILE))),
    (errors.SilentAudio, Wording((Action.TRY_ANYWAY, Action.REMOVE), Level.WARNING)),
    (errors.EmptyAudio, Wording((Action.CHOOSE_FILE,), Level.WARNING)),
    (errors.DamagedAudio, Wording((Action.TAKE_PART, Action.REMOVE))),
    # --- models ---
    (errors.UnknownModel, Wording((Action.OTHER_MODEL, Action.USE_BUILT_IN))),
    (
        errors.ModelMissing,
        Wording(
            (Action.GET_MODEL, Action.USE_BUILT_IN, Action.IMPORT_MODEL),
            Level.WARNING,
            text="It can be downloaded once, and then works without the internet.",
        ),
    ),
    (
        errors.Offline,
        Wording((Action.RETRY, Action.USE_BUILT_IN, Action.IMPORT_MODEL), Level.WARNING),
    ),
    (errors.UntrustedConnection, Wording((Action.RETRY, Action.IMPORT_MODEL))),
    (errors.ChecksumMismatch, Wording((Action.DOWNLOAD_AGAIN,))),
    (errors.DownloadFailed, Wording((Action.RETRY, Action.IMPORT_MODEL))),
    (
        errors.DamagedCheckpoint,
        Wording(
            (Action.REPAIR, Action.USE_BUILT_IN, Action.SHOW_CHECKPOINT),
            title="{model} can't be loaded",
            text="{damage}",
        ),
    ),
    (errors.UnknownCheckpoint, Wording((Action.CHOOSE_FILE,))),
    (errors.CheckpointInUse, Wording(())),
    (errors.ModelsNotWritable, Wording((Action.CHANGE_FOLDER, Action.RETRY))),
    (errors.NoRoomForModel, Wording((Action.CHANGE_FOLDER, Action.FREE_MODELS))),
    # --- machine ---
    (errors.DeviceUnavailable, Wording((Action.CONTINUE_ON_CPU,))),
    (
        errors.OutOfGraphicsMemory,
        Wording(
            (Action.CONTINUE_ON_CPU, Action.CONTINUE, Action.STOP_HERE),
            text="Closing other programs can help.",
        ),
    ),
    (
        errors.OutOfMemory,
        Wording(
            (Action.CONTINUE_BUILT_IN, Action.STOP_HERE),
            text="A smaller model or a shorter range needs less.",
        ),
    ),
    (errors.NoRoomToWork, Wording((Action.RETRY,))),
    (errors.DiskFull, Wording((Action.SAVE_ELSEWHERE, Action.RETRY), added=STILL_OPEN)),
    (errors.NotWritable, Wording((Action.SAVE_ELSEWHERE, Action.RETRY), added=STILL_OPEN)),
    (
        errors.NoSoundDevice,
        Wording((Action.LOOK_AGAIN, Action.SOUND_SETTINGS), Level.WARNING, text=NO_DEVICE),
    ),
    # --- the rest ---
    (errors.DamagedSession, Wording((Action.CHOOSE_FILE,))),
    (errors.MT3Error, Wording((Action.RETRY,))),
)

STOPPED = Wording((Action.CONTINUE, Action.USE_CPU), title="Transcription stopped unexpectedly at {at}")
"""Nobody foresaw it, in the middle of a song."""

UNFORESEEN = Wording(
    (Action.RETRY, Action.SHOW_LOG),
    title="Something unexpected went wrong",
    text="Nothing was lost. The log says more.",
)
"""Nobody foresaw it, anywhere else."""

DEVICE_LOST = Wording(
    (Action.OK, Action.SOUND_SETTINGS),
    Level.WARNING,
    '"{device}" was disconnected',
    "Playback moved to {used} at the same position.",
)

ALL_DEVICES_LOST = Wording(
    (Action.LOOK_AGAIN, Action.SOUND_SETTINGS), Level.WARNING, '"{device}" was disconnected', NO_DEVICE
)

DEVICE_REFUSES = Wording(
    (Action.OK, Action.SOUND_SETTINGS),
    Level.WARNING,
    '"{device}" can\'t be used',
    "Playback goes to {used}.",
)

NO_NOTES = Wording(
    (Action.OTHER_MODEL, Action.SHOW_SPECTROGRAM),
    Level.WARNING,
    "No notes found",
    "{model} heard nothing it could name in this range.",
)


def wording_of(error: errors.MT3Error) -> Wording:
    """The row for an error."""
    return next(wording for kind, wording in WORDINGS if isinstance(error, kind))
