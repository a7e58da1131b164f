"""MT3 Desktop: notes from a recording, on your own computer.

The public names come from `mt3_desktop.api` and are imported when they are first used, so that
`import mt3_desktop` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mt3_desktop.api import Transcriber, download_model, list_models, load_model, transcribe
    from mt3_desktop.core.errors import MT3Error
    from mt3_desktop.core.progress import Cancelled, CancelToken
    from mt3_desktop.core.specs import ModelSpec
    from mt3_desktop.core.values import Note, SegmentNotes, Transcription

__version__ = "0.1.0"

__all__ = [
    "CancelToken",
    "Cancelled",
    "MT3Error",
    "ModelSpec",
    "Note",
    "SegmentNotes",
    "Transcriber",
    "Transcription",
    "__version__",
    "download_model",
    "list_models",
    "load_model",
    "transcribe",
]

_HOMES = {
    "CancelToken": "core.progress",
    "Cancelled": "core.progress",
    "MT3Error": "core.errors",
    "ModelSpec": "core.specs",
    "Note": "core.values",
    "SegmentNotes": "core.values",
    "Transcriber": "api",
    "Transcription": "core.values",
    "download_model": "api",
    "list_models": "api",
    "load_model": "api",
    "transcribe": "api",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
