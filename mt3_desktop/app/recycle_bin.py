"""The recycle bin with a way back: a file that was replaced can be brought to its place again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFile

from mt3_desktop.core import export
from mt3_desktop.core.errors import NotWritable
from mt3_desktop.core.store.disk import to_recycle_bin

_RECORDS = "info"
"""Folder beside that of the files where freedesktop.org's bin says where each came from."""


@dataclass(frozen=True, slots=True)
class Binned:
    """A file that went to the bin.

    Attributes:
        path: where it was.
        kept_at: where the bin keeps it, or None where the system does not say, or has no bin.
    """

    path: Path
    kept_at: Path | None


def to_bin(path: Path) -> Binned:
    """Put a file into the recycle bin; where there is none, delete it.

    Raises:
        OSError: if neither is possible.
    """
    file = QFile(str(path))
    if file.moveToTrash():
        return Binned(path, Path(file.fileName()) if file.fileName() else None)
    to_recycle_bin(path)
    return Binned(path, None)


def bring_back(binned: Binned) -> Path | None:
    """Take a file out of the bin, to where it was; what has its name now steps aside, numbered.

    Returns:
        The new name of what stepped aside, or None if nothing had to.

    Raises:
        NotWritable: if the file is not in the bin any more, or its folder cannot be written.
    """
    aside: Path | None = None
    try:
        if binned.kept_at is None or not binned.kept_at.is_file():
            raise FileNotFoundError(f"{binned.kept_at} is not in the bin")
        if binned.path.exists():
            aside = binned.path.rename(export.unused(binned.path, also_on_disk=True))
        binned.kept_at.rename(binned.path)
        record = binned.kept_at.parent.parent / _RECORDS / f"{binned.kept_at.name}.trashinfo"
        record.unlink(missing_ok=True)
    except OSError as error:
        if aside is not None and not binned.path.exists():
            aside.rename(binned.path)
        raise NotWritable(
            f'Can\'t bring "{binned.path.name}" back.',
            hint="Look for it in the recycle bin.",
            detail=str(error),
        ) from error
    return aside
