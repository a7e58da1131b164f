"""Errors a user can meet: each is a sentence about the user's thing, and a next step.

Raised where the cause is known; library errors are translated at the edges, always `from` the cause.
"""

from __future__ import annotations


class MT3Error(Exception):
    """An expected failure.

    Attributes:
        message: a whole sentence about the user's thing.
        hint: the next step, or what is safe.
        detail: technical text for "Details" and the log.
    """

    def __init__(self, message: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


# --- audio ---


class AudioNotFound(MT3Error, FileNotFoundError):
    """The audio file is not there (any more)."""


class UnsupportedAudio(MT3Error):
    """The file is not audio that can be decoded, or is damaged."""


class ProtectedAudio(UnsupportedAudio):
    """The file is encrypted by the shop that sold it."""


class EmptyAudio(MT3Error):
    """The file opens but holds no sound, too little of it, or only silence."""


class SilentAudio(EmptyAudio):
    """The sound stays so quiet that no notes were looked for; the user may insist."""


class DamagedAudio(MT3Error):
    """The file breaks off; `seconds` of it were decoded."""

    def __init__(self, message: str, *, seconds: float, hint: str = "", detail: str = "") -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.seconds = seconds


# --- models and checkpoints ---


class UnknownModel(MT3Error, LookupError):
    """No model has this id, and no file this name."""


class ModelMissing(MT3Error, FileNotFoundError):
    """The model's checkpoint is not on this computer and may not be downloaded now."""


class DownloadFailed(MT3Error):
    """No mirror gave the file."""


class Offline(DownloadFailed, ConnectionError):
    """No download server can be reached."""


class UntrustedConnection(DownloadFailed):
    """The server's certificate cannot be trusted."""


class ChecksumMismatch(DownloadFailed):
    """What arrived is not the published file."""


class DamagedCheckpoint(MT3Error):
    """The weights cannot be loaded: cut short, other shapes, or not weights at all."""


class UnknownCheckpoint(MT3Error):
    """A file was read, but its parts match no family."""


class InvalidOption(MT3Error, ValueError):
    """A model has no such option, or the option no such value."""


class CheckpointInUse(MT3Error):
    """A checkpoint cannot be removed or moved while a model uses it."""


# --- machine ---


class DiskFull(MT3Error, OSError):
    """No space left for a download or a file."""


class NoRoomForModel(DiskFull):
    """A model does not fit into the models folder."""


class NoRoomToWork(DiskFull):
    """A recording is too long for the disk of temporary files."""


class NotWritable(MT3Error, PermissionError):
    """A folder or file cannot be written."""


class ModelsNotWritable(NotWritable):
    """The models folder cannot be written."""


class OutOfMemory(MT3Error, MemoryError):
    """The graphics card or the computer ran out of memory."""


class OutOfGraphicsMemory(OutOfMemory):
    """The graphics card did."""


class DeviceUnavailable(MT3Error):
    """The compute device that was asked for is not on this machine."""


class NoSoundDevice(MT3Error):
    """No sound output can be opened."""


class UnreadableSoundFont(MT3Error):
    """A SoundFont is missing, damaged, or not a SoundFont at all."""


# --- sessions ---


class DamagedSession(MT3Error):
    """A session file is cut short, not a session, or from a newer version."""
