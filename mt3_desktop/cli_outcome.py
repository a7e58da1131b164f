"""How a command ends: the exit statuses, and which errors lead to which."""

from __future__ import annotations

from mt3_desktop.core.errors import (
    DamagedCheckpoint,
    DownloadFailed,
    ModelMissing,
    MT3Error,
    UnknownCheckpoint,
    UnknownModel,
)

DONE = 0
FAILED = 1
"""Some input failed."""
USAGE = 2
NO_MODEL = 3
STOPPED = 130
"""What shells report for a program that Ctrl-C ended."""

MODEL_ERRORS = (UnknownModel, ModelMissing, DownloadFailed, DamagedCheckpoint, UnknownCheckpoint)
"""The model is not there, or is not one."""


class UsageError(Exception):
    """The arguments contradict each other; said as argparse says it."""


def status_of(error: MT3Error) -> int:
    """The exit status for an error that ended the command."""
    return NO_MODEL if isinstance(error, MODEL_ERRORS) else FAILED
