"""A download that is not complete yet: the growing file, the hash of what it holds, and its lock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import filelock

from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, every
from mt3_desktop.core.store.disk import BLOCK_BYTES, REPORT_SECONDS, delete

LOCK_POLL_SECONDS = 0.2


class Partial:
    """The growing file of one download. Open it under `lock` only.

    Used as a context: the file is open within. Writing is unbuffered, so that a full disk shows at the write
    which does not fit and everything before it is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Partial:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("ab", buffering=0)
        self._digest = hashlib.sha256()
        self._size = 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """Bytes that are in the file and in the hash."""
        return self._size

    @property
    def sha256(self) -> str:
        """Hash of the bytes so far, in hex."""
        return self._digest.hexdigest()

    def restore(self, *, limit: int, report: Report, cancel: CancelToken) -> None:
        """Take up what an earlier run left: hash it again, since a crash may have torn its end.

        Args:
            limit: expected size of the whole file, 0 if unknown; a longer part belongs to another file.
            report: gets `Stage.VERIFY`.
            cancel: checked per block.
        """
        total = self.path.stat().st_size
        if limit and total > limit:
            self.clear()
            return
        report = every(REPORT_SECONDS, report)
        with self.path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                cancel.check()
                self._digest.update(block)
                self._size += len(block)
                report(Progress(Stage.VERIFY, self._size, total, "bytes", "what is here already"))

    def append(self, block: bytes) -> None:
        """Add bytes at the end.

        Raises:
            OSError: if they cannot be written; those that could are kept and counted.
        """
        rest = memoryview(block)
        while rest:
            n_written = self._file.write(rest) or 0
            self._digest.update(rest[:n_written])
            self._size += n_written
            rest = rest[n_written:]

    def clear(self) -> None:
        """Start from nothing."""
        self._file.truncate(0)
        self._digest = hashlib.sha256()
        self._size = 0

    def sync(self) -> None:
        """Write everything to disk, so that the file may be given its final name."""
        os.fsync(self._file.fileno())


@dataclass(frozen=True, slots=True)
class Leftover:
    """Bytes that no model uses: an unfinished or damaged download, or the copies an interrupted move left.

    Attributes:
        path: the file or folder.
        size_bytes: its size.
        key: which download it belongs to, or "".
    """

    path: Path
    size_bytes: int
    key: str = ""


def leftovers(folder: Path) -> tuple[Leftover, ...]:
    """The partial downloads in a folder of partials."""
    if not folder.is_dir():
        return ()
    return tuple(
        Leftover(path, path.stat().st_size, path.stem)
        for path in sorted(folder.glob("*.part"))
        if path.stat().st_size
    )


def delete_leftover(leftover: Leftover) -> bool:
    """Delete an unfinished download, unless a program is working on it.

    Returns:
        Whether it was deleted.

    Raises:
        OSError: if it cannot be deleted.
    """
    held = filelock.FileLock(leftover.path.with_suffix(".lock"), thread_local=False)
    try:
        with held.acquire(blocking=False):
            delete(leftover.path)
    except filelock.Timeout:
        return False
    return True


@contextmanager
def lock(path: Path, *, cancel: CancelToken, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of one download, against other threads and other programs.

    The lock file stays: deleting one that somebody waits for would split the waiters. If a file system lies
    about locks, the worst is a wrong hash, so a discarded part.

    Args:
        path: the lock file.
        cancel: checked while another one holds it.
        waiting: called each time the lock was found held.

    Raises:
        Cancelled: after `cancel.cancel()`, while waiting.
        OSError: if the lock file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    held = filelock.FileLock(path, thread_local=False)
    while True:
        try:
            held.acquire(blocking=False)
            break
        except filelock.Timeout:
            waiting()
            cancel.wait(LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        held.release()
