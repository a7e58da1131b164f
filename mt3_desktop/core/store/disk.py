"""What the store does to a disk: hash, measure, write whole or not at all, and say what went wrong."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from mt3_desktop.core.errors import ModelsNotWritable, MT3Error, NoRoomForModel
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, every, ignore

BLOCK_BYTES = 1 << 20
ROOM_TO_WORK_BYTES = 32 << 20  # left free beside a download, so that settings and logs can still be written
REPORT_SECONDS = 0.05

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

log = logging.getLogger(__name__)


def size_text(n_bytes: float) -> str:
    """A size as users read it: "184 MB", "1.2 GB"; decimal units, as download pages and file managers use."""
    if n_bytes < 1_000_000:
        return f"{n_bytes / 1000:.0f} kB"
    if n_bytes < 1_000_000_000:
        return f"{n_bytes / 1_000_000:.0f} MB"
    return f"{n_bytes / 1_000_000_000:.1f} GB"


def hash_file(path: Path, *, report: Report = ignore, cancel: CancelToken | None = None) -> str:
    """The sha256 of a file's content, in hex.

    Args:
        path: the file.
        report: gets `Stage.VERIFY` in bytes.
        cancel: checked per block.

    Raises:
        OSError: if the file cannot be read.
        Cancelled: after `cancel.cancel()`.
    """
    report = every(REPORT_SECONDS, report)
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        total = os.fstat(file.fileno()).st_size
        while block := file.read(BLOCK_BYTES):
            if cancel is not None:
                cancel.check()
            digest.update(block)
            done += len(block)
            report(Progress(Stage.VERIFY, done, total, "bytes", path.name))
    return digest.hexdigest()


def free_bytes(folder: Path) -> int:
    """Free space where `folder` is or would be made."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return shutil.disk_usage(existing).free


def used_bytes(folder: Path) -> int:
    """Sum of the sizes of all files in a folder; 0 if there is none."""
    total = 0
    for parent, _folders, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # a file may go while we count
                total += (Path(parent) / name).lstat().st_size
    return total


def require_space(folder: Path, needed_bytes: int, *, title: str, free: int) -> None:
    """Refuse a download that would not fit, before its first byte.

    Raises:
        NoRoomForModel: if `free` is less than needed plus room to work.
    """
    if free >= needed_bytes + ROOM_TO_WORK_BYTES:
        return
    place = folder.anchor.rstrip("\\") if os.name == "nt" else str(folder)
    raise NoRoomForModel(
        f"Not enough space for {title}.",
        hint=f"It needs {size_text(needed_bytes)} plus room to work; {place} has {size_text(free)} free. "
        "Nothing was downloaded.",
        detail=f"{needed_bytes + ROOM_TO_WORK_BYTES} bytes needed, {free} free",
    )


@contextmanager
def disk_errors(folder: Path, *, title: str, kept: str = "") -> Iterator[None]:
    """Turn what the operating system says about `folder` into a sentence.

    Args:
        folder: the folder of checkpoints.
        title: what was to be written, for the message.
        kept: what the user has not lost, a whole sentence or nothing.

    Raises:
        NoRoomForModel: if the disk or the quota is full.
        ModelsNotWritable: for any other refusal.
    """
    try:
        yield
    except MT3Error:  # some are OSErrors too, and already say it
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoomForModel(
                f"Not enough space for {title}.",
                hint=" ".join(filter(None, (f"The disk with the models folder {folder} is full.", kept))),
                detail=str(error),
            ) from error
        raise ModelsNotWritable(
            f'Can\'t write to the models folder "{folder}".',
            hint=" ".join(filter(None, ("It may be read-only or gone; choose another folder.", kept))),
            detail=str(error),
        ) from error


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a small JSON file whole or not at all.

    Raises:
        OSError: if the folder cannot be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def publish(source: Path, target: Path) -> None:
    """Give a complete, verified file its final name, read-only; a crash leaves either none or all of it.

    Args:
        source: the file, on the same volume, flushed to disk.
        target: its final name; the folder is made.

    Raises:
        OSError: if that is not possible.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    source.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    if target.exists():
        make_writable(target)  # Windows does not replace a read-only file
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Write a folder's entries to disk, where the system offers that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # network file systems refuse this; the file itself was synced
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_writable(path: Path) -> None:
    """Let the owner write a file, which Windows wants before it deletes or replaces it."""
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def delete(path: Path) -> None:
    """Delete a file for good; a missing one is fine.

    Raises:
        OSError: if it cannot be deleted, for example on Windows while it is mapped.
    """
    if path.exists():
        make_writable(path)
    path.unlink(missing_ok=True)


def to_recycle_bin(path: Path) -> None:
    """Put a file or folder into the recycle bin; where there is none, delete it.

    Raises:
        OSError: if neither is possible.
    """
    from send2trash import send2trash

    try:
        send2trash(path)
    except OSError as error:  # no bin on this volume, or a bin that may not be written
        log.info("no recycle bin for this volume (%s); deleting", error)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            delete(path)
