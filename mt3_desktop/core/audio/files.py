"""Which files are recordings, by name: folders and patterns expand to them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mt3_desktop.core.progress import CancelToken

AUDIO_SUFFIXES = frozenset(
    {
        ".wav", ".wave", ".w64", ".rf64", ".flac", ".aiff", ".aif", ".aifc", ".au", ".snd", ".caf",
        ".mp3", ".mp2", ".mpga", ".ogg", ".oga", ".opus", ".spx",
        ".m4a", ".m4b", ".m4r", ".m4p", ".mp4", ".m4v", ".mov", ".aac", ".aax", ".alac", ".3gp",
        ".webm", ".mkv", ".mka", ".avi", ".flv", ".mpg", ".mpeg", ".ts", ".ogv",
        ".wma", ".wmv", ".asf", ".ac3", ".eac3", ".dts", ".ape", ".wv", ".tta", ".mpc", ".amr",
    }
)  # fmt: skip
"""Endings that a folder is searched for; a file that is named outright is tried whatever it is called."""


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What some paths expand to.

    Attributes:
        files: recordings, each once; in the order of the paths, within a folder by name. Files that were
            named outright are here even if they do not exist: reading them says what is wrong.
        barren: folders and patterns without a recording in them.
    """

    files: tuple[Path, ...]
    barren: tuple[Path, ...]


def find_audio(paths: Iterable[str | Path], *, cancel: CancelToken | None = None) -> FoundFiles:
    """Expand folders (recursively) and patterns such as `*.wav` to recordings.

    Patterns matter where the shell leaves them to the program, as on Windows. A name with brackets that
    exists is that file, not a pattern. Hidden files and folders are passed over.

    Args:
        paths: files, folders and patterns.
        cancel: checked for every folder.

    Raises:
        Cancelled: after `cancel.cancel()`.
    """
    token = cancel or CancelToken()
    files: dict[Path, None] = {}
    barren = []
    for given in map(Path, paths):
        if given.is_dir():
            found = list(_in_folder(given, token))
        elif not _exists(given) and glob.has_magic(str(given)):
            matches = map(Path, sorted(glob.glob(str(given), recursive=True)))  # noqa: PTH207 - any drive, any root
            found = [path for match in matches for path in _expanded(match, token)]
        else:
            found = [given]
        if not found:
            barren.append(given)
        files.update(dict.fromkeys(found))
    return FoundFiles(tuple(files), tuple(barren))


def is_audio_name(path: Path) -> bool:
    """Whether a file is called like a recording, and is not hidden."""
    return path.suffix.lower() in AUDIO_SUFFIXES and not path.name.startswith(".")


def _expanded(match: Path, cancel: CancelToken) -> Iterator[Path]:
    """The recordings of one match of a pattern."""
    if match.is_dir():
        yield from _in_folder(match, cancel)
    elif is_audio_name(match):
        yield match


def _in_folder(folder: Path, cancel: CancelToken) -> Iterator[Path]:
    """The recordings below a folder, sorted; folders that may not be opened are passed over."""
    for root, folders, names in os.walk(folder):
        cancel.check()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root, name) for name in sorted(names) if is_audio_name(Path(name)))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file system allows
        return False
