"""Moving the folder of checkpoints: copy, verify, switch, delete.

Killed at any moment, one complete store stands.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

from mt3_desktop.core.errors import CheckpointInUse, DamagedCheckpoint, NotWritable
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, every
from mt3_desktop.core.store import disk
from mt3_desktop.core.store.locations import Locations

_OURS = ("sha256", "imported", "records", "partial")  # anything else in the folder is not ours to move
_NOT_MOVED = frozenset({".lock", ".new", ".copying"})

log = logging.getLogger(__name__)


def move(
    locations: Locations,
    target: Path,
    *,
    free_bytes: Callable[[Path], int],
    report: Report,
    cancel: CancelToken,
) -> None:
    """Copy and verify every file of the store, then make `target` the store, then delete the old files.

    Args:
        locations: holds the pointer that is switched.
        target: the new folder.
        free_bytes: free space at a folder.
        report: gets `Stage.VERIFY` in bytes of the whole.
        cancel: checked per block until the switch.

    Raises:
        NotWritable: if one folder lies within the other.
        CheckpointInUse: if a download is running.
        DamagedCheckpoint: if a file or its copy is not what it should be.
        DiskFull: if the files would not fit.
        OSError: if something cannot be read or written.
        Cancelled: after `cancel.cancel()`.
    """
    finish(locations)
    source = locations.checkpoints
    target = Path(os.path.abspath(target.expanduser()))  # noqa: PTH100 - keep links as the user wrote them
    if _is_same(source, target):
        return
    if target.resolve().is_relative_to(source.resolve()) or source.resolve().is_relative_to(target.resolve()):
        raise NotWritable(
            f'Can\'t move the models to "{target}".',
            hint="One folder lies within the other; choose a folder beside it.",
        )
    target.mkdir(parents=True, exist_ok=True)
    with ExitStack() as locks:
        _stop_downloads(source, locks)
        files = tuple(_files(source))
        total = sum(file.size_bytes for file in files)
        if not _share_a_volume(source, target):
            missing = sum(file.size_bytes for file in files if not (target / file.name).is_file())
            disk.require_space(target, missing, title="the models", free=free_bytes(target))
        report, done = every(disk.REPORT_SECONDS, report), 0

        def tell(n_bytes: int) -> None:
            nonlocal done
            cancel.check()
            done += n_bytes
            report(Progress(Stage.VERIFY, min(done, total), total, "bytes", "copying"))

        for file in files:
            _bring(source / file.name, target / file.name, sha256=file.sha256, tell=tell)
        locations.point_checkpoints_to(target, former=source)
    log.info("moved %d checkpoint files, %d bytes", len(files), total)
    finish(locations)


def finish(locations: Locations) -> None:
    """Delete what a move left in the former folder; every file only if its copy stands in the present one.

    A file that cannot be deleted, as on Windows while a loaded model has it open, stays a left-over until
    the next time.

    Raises:
        OSError: if the pointer to the folders cannot be written.
    """
    former = locations.former_checkpoints
    if former is None:
        return
    present = locations.checkpoints
    copied = [
        former / file.name
        for file in _files(former)
        if (present / file.name).is_file() and (present / file.name).stat().st_size == file.size_bytes
    ]
    refused = [path for path in (*copied, *former.glob("partial/*.lock")) if not _could_delete(path)]
    if refused:
        log.info("%d files of the former models folder can't be deleted yet", len(refused))
        return
    _prune(former)
    locations.point_checkpoints_to(present)


@dataclass(frozen=True, slots=True)
class _File:
    """A file to move: path below the store, size, and the hash that its name promises, or ""."""

    name: Path
    size_bytes: int
    sha256: str


def _files(folder: Path) -> Iterator[_File]:
    """Everything that belongs to the store in a folder."""
    for room in _OURS:
        for path in sorted((folder / room).rglob("*")):
            if path.is_file() and path.suffix not in _NOT_MOVED:
                promised = path.name if room == "sha256" and not path.suffix else ""
                yield _File(path.relative_to(folder), path.stat().st_size, promised)


def _stop_downloads(folder: Path, locks: ExitStack) -> None:
    """Hold the locks of all partial downloads.

    Raises:
        CheckpointInUse: if one of them is running.
    """
    for part in sorted((folder / "partial").glob("*.part")):
        held = filelock.FileLock(part.with_suffix(".lock"), thread_local=False)
        try:
            locks.enter_context(held.acquire(blocking=False))
        except filelock.Timeout:
            raise CheckpointInUse(
                "A download into this folder is running.", hint="Pause it, or wait until it has finished."
            ) from None


def _bring(source: Path, target: Path, *, sha256: str, tell: Callable[[int], None]) -> None:
    """Have a verified copy of a file at `target`."""
    size_bytes = source.stat().st_size
    is_alike = target.is_file() and target.stat().st_size == size_bytes
    if is_alike and disk.hash_file(target) == (sha256 or disk.hash_file(source)):
        tell(size_bytes)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    copy = target.with_name(target.name + ".copying")
    disk.delete(copy)
    if _link(source, copy):
        tell(size_bytes)
    else:
        arrived = _copy(source, copy, tell=tell)
        if arrived != (sha256 or arrived) or disk.hash_file(copy) != arrived:
            disk.delete(copy)
            raise DamagedCheckpoint(
                f'"{source.name}" is damaged, so it was not moved.',
                hint="Check all models, delete the damaged one and try again.",
            )
    if sha256:
        disk.publish(copy, target)
    else:
        copy.replace(target)


def _copy(source: Path, copy: Path, *, tell: Callable[[int], None]) -> str:
    """Copy and flush to disk; gives the hash of what was read."""
    digest = hashlib.sha256()
    with source.open("rb") as reader, copy.open("wb", buffering=0) as writer:
        while block := reader.read(disk.BLOCK_BYTES):
            rest = memoryview(block)
            while rest:
                rest = rest[writer.write(rest) or 0 :]
            digest.update(block)
            tell(len(block))
        os.fsync(writer.fileno())
    return digest.hexdigest()


def _link(source: Path, copy: Path) -> bool:
    """On the same volume a second name is as good as a copy, and needs neither time nor space."""
    try:
        os.link(source, copy)
    except OSError:  # another volume, or a file system without links
        return False
    return True


def _could_delete(path: Path) -> bool:
    try:
        disk.delete(path)
    except OSError as error:
        log.info("can't delete %s: %s", path.name, error)
        return False
    return True


def _share_a_volume(first: Path, second: Path) -> bool:
    return first.exists() and first.stat().st_dev == second.stat().st_dev


def _is_same(first: Path, second: Path) -> bool:
    return first == second or (first.exists() and second.exists() and first.samefile(second))


def _prune(folder: Path) -> None:
    """Delete the folders that a move emptied."""
    for room in _OURS:
        for path in sorted((folder / room).rglob("*"), reverse=True):
            if path.is_dir():
                with suppress(OSError):  # not empty: something in it is not ours
                    path.rmdir()
        with suppress(OSError):
            (folder / room).rmdir()
    with suppress(OSError):
        folder.rmdir()
