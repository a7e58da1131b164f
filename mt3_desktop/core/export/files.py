"""Writing a file so that it is whole or not there at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mt3_desktop.core.errors import DiskFull, NotWritable

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_atomically(path: Path, write: Callable[[BinaryIO], None]) -> Path:
    """Write a file beside its place, then move it there.

    Whoever reads `path` sees the old file or the new one, never a part; if anything goes wrong the old one
    is untouched and nothing is left beside it. A link is followed; a device such as /dev/stdout is written
    directly.

    Args:
        path: where the file shall be; its folder must exist.
        write: puts the content into the open binary file.

    Returns:
        `path`.

    Raises:
        DiskFull: if there is no room.
        NotWritable: if the folder does not exist or may not be written, or `path` is a folder.
    """
    try:
        if path.exists() and not path.is_file():
            _write_directly(path, write)  # not what its link says: that of a pipe leads nowhere
        else:
            _write_beside(path.resolve() if path.is_symlink() else path, write)
    except OSError as error:
        if isinstance(error, (DiskFull, NotWritable)):
            raise
        raise _translated(path, error) from error
    return path


def require_writable(path: Path) -> None:
    """Find out before long work whether `path` can be written afterwards; its folder is made if need be.

    Raises:
        NotWritable: if it cannot, as far as can be told now.
        DiskFull: if there is not even room for an empty file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if path.is_file() or not path.exists():
            _write_beside(path, lambda _file: None, publish=False)
    except OSError as error:
        raise _translated(path, error) from error


def _write_directly(target: Path, write: Callable[[BinaryIO], None]) -> None:
    with target.open("wb") as file:
        write(file)


def _write_beside(target: Path, write: Callable[[BinaryIO], None], *, publish: bool = True) -> None:
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    # Short, because the name of the target may be as long as the file system allows.
    partial = target.with_name(f".mt3-{secrets.token_hex(6)}.part")
    try:
        with partial.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if publish:
            if target.exists():
                shutil.copymode(target, partial)
            os.replace(partial, target)  # noqa: PTH105 - says what it does
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _disk_of(folder: Path) -> Path:
    """Where the disk of a folder begins: "/", "/media/stick", a letter on Windows."""
    whole = folder.absolute()
    return next((place for place in (whole, *whole.parents) if os.path.ismount(place)), whole)


def _translated(path: Path, error: OSError) -> DiskFull | NotWritable:
    """What the system said, as a sentence."""
    folder = path.parent
    if error.errno in _NO_ROOM:
        return DiskFull(
            f'Disk full — "{path.name}" was not saved.',
            hint=f"{_disk_of(folder)} has no room left.",
            detail=str(error),
        )
    if error.errno == errno.ENAMETOOLONG:
        return NotWritable(
            f'Can\'t save in "{folder}".', hint="The file's name is too long.", detail=str(error)
        )
    if path.is_dir():
        return NotWritable(
            f'Can\'t save as "{path.name}".', hint="There is a folder of that name.", detail=str(error)
        )
    if not folder.is_dir():
        return NotWritable(f'Can\'t save in "{folder}".', hint="There is no such folder.", detail=str(error))
    return NotWritable(
        f'Can\'t save in "{folder}".',
        hint="This folder is read-only or the file is open elsewhere.",
        detail=str(error),
    )
