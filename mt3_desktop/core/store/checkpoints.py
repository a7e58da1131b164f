"""The store of checkpoints: files of weights, named by their content, complete or not there at all.

<folder>/sha256/b8/b8a3807e…      published, read-only; one copy per content
<folder>/partial/<key>.part       growing, with <key>.lock beside it
<folder>/records/<key>.json       what was learnt about a checkpoint
<folder>/imported/<hash>/         files of users that no catalogue knows, under their own names
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx

from mt3_desktop.core.errors import CheckpointInUse, DamagedCheckpoint
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, every, ignore
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store import disk, relocation
from mt3_desktop.core.store.disk import disk_errors, hash_file, publish
from mt3_desktop.core.store.download import Order, fetch_from_mirrors
from mt3_desktop.core.store.inventory import DAMAGED_SUFFIX, Inventory, aside
from mt3_desktop.core.store.locations import CHECKPOINTS_VARIABLE, Locations
from mt3_desktop.core.store.partial import Leftover, Partial, delete_leftover, leftovers, lock
from mt3_desktop.core.store.records import Record, forget_record, key_of
from mt3_desktop.core.store.transfer import Patience, cut_on_cancel, open_client

log = logging.getLogger(__name__)


class CheckpointStore(Inventory):
    """Files of weights on this computer. Safe to use from several threads and several programs at once."""

    def __init__(
        self,
        locations: Locations,
        *,
        connect: Callable[[], httpx.Client] = open_client,
        patience: Patience | None = None,
        free_bytes: Callable[[Path], int] = disk.free_bytes,
        discard: Callable[[Path], None] = disk.to_recycle_bin,
    ) -> None:
        """A store in the folders of `locations`.

        Args:
            locations: where things lie.
            connect: makes the client of one download.
            patience: how often a server is asked again.
            free_bytes: free space at a folder.
            discard: takes a file that the user deletes.
        """
        super().__init__(locations, free_bytes=free_bytes)
        self._connect = connect
        self._patience = patience or Patience()
        self._discard = discard
        self._held: Counter[str] = Counter()

    # --- getting ---

    def ensure(
        self,
        checkpoint: Checkpoint,
        *,
        title: str = "",
        report: Report = ignore,
        cancel: CancelToken | None = None,
    ) -> Path:
        """The file of a checkpoint, downloaded if it is not here.

        Args:
            checkpoint: the catalogue's entry.
            title: name of the model, for messages; the file's name where empty.
            report: gets `Stage.FETCH` and `Stage.VERIFY` in bytes.
            cancel: checked all the time; what has arrived is kept.

        Raises:
            DiskFull: before the first byte if it would not fit, or when the disk fills up.
            NotWritable: if the folder cannot be written.
            DownloadFailed: if no mirror gave the file (`Offline`, `UntrustedConnection`, `ChecksumMismatch`).
            Cancelled: after `cancel.cancel()`.
        """
        cancel = cancel or CancelToken()
        found = self.find(checkpoint, report=report, cancel=cancel)
        if found is not None:
            return found
        title = title or checkpoint.filename
        with disk_errors(self.folder, title=title, kept="What has arrived is kept and will continue later."):
            waiting = partial(self._report_waiting, checkpoint, report)
            with lock(self._part(checkpoint).with_suffix(".lock"), cancel=cancel, waiting=waiting):
                found = self.path(checkpoint)  # another one may have fetched it while we waited
                if found is None:
                    found = self._download(checkpoint, title=title, report=report, cancel=cancel)
        return found

    def adopt(
        self,
        source: Path,
        checkpoint: Checkpoint,
        *,
        is_own: bool = False,
        report: Report = ignore,
        cancel: CancelToken | None = None,
    ) -> Path:
        """Copy a user's file, whose hash is that of `checkpoint`, into the store.

        The copy is hashed while it is made, so a file that changes meanwhile cannot slip in.

        Args:
            source: the file; is only read.
            checkpoint: its entry, with its hash.
            is_own: keep it under its own name in a folder of its own: no catalogue knows it.
            report: gets `Stage.VERIFY` in bytes.
            cancel: checked per block.

        Raises:
            DamagedCheckpoint: if the bytes are other ones than those of `checkpoint`.
            DiskFull: if they do not fit.
            NotWritable: if the folder cannot be written.
            Cancelled: after `cancel.cancel()`.
        """
        cancel = cancel or CancelToken()
        sha256 = self.sha256(checkpoint)
        target = self.imported_folder / sha256 / checkpoint.filename if is_own else self._blob(sha256)
        part = self._part(checkpoint)
        with disk_errors(self.folder, title=f'"{source.name}"'):
            disk.require_space(
                self.folder, source.stat().st_size, title=f'"{source.name}"', free=self.free_bytes()
            )
            with lock(part.with_suffix(".lock"), cancel=cancel, waiting=partial(_say_waiting, report)):
                with Partial(part) as copy:
                    copy.clear()
                    _copy_into(source, copy, report=report, cancel=cancel)
                    copy.sync()
                if copy.sha256 != sha256:
                    disk.delete(part)
                    raise DamagedCheckpoint(
                        f'"{source.name}" changed while it was copied.', hint="Try again."
                    )
                return self._publish(part, checkpoint, sha256, target)

    # --- checking and deleting ---

    def verify(
        self, checkpoint: Checkpoint, *, report: Report = ignore, cancel: CancelToken | None = None
    ) -> bool:
        """Hash the whole file again. One that differs is put aside, so that nothing loads it.

        Returns:
            Whether the file is the one expected; False also where there is none.

        Raises:
            NotWritable: if the file cannot be read, or not put aside.
            Cancelled: after `cancel.cancel()`.
        """
        expected = self.sha256(checkpoint)
        path = self.path(checkpoint)
        with disk_errors(self.folder, title=checkpoint.filename):
            if path is None:
                self._put_aside_torn(checkpoint)
                return False
            if hash_file(path, report=report, cancel=cancel) == expected:
                place = "" if path.is_relative_to(self.folder) else str(path)
                self._learn(checkpoint, Record(expected, time.time(), place, path.stat().st_mtime_ns))
                return True
            log.warning("%s is not what it was when it was published here", path.name)
            if path.is_relative_to(self.folder):
                path.replace(aside(path))
            forget_record(self._records, key_of(checkpoint))
            return False

    def remove(self, checkpoint: Checkpoint) -> None:
        """Put the file of a checkpoint, and what is kept of its download, into the recycle bin.

        Raises:
            CheckpointInUse: if a loaded model uses it, or another program owns it.
            NotWritable: if it cannot be deleted.
        """
        path, sha256 = self.path(checkpoint), self.sha256(checkpoint)
        if self._held[sha256]:
            raise CheckpointInUse(
                f'"{checkpoint.filename}" is being used by a loaded model.',
                hint="Choose another model first.",
            )
        if path is not None and not path.is_relative_to(self.folder):
            raise CheckpointInUse(
                f'"{path.name}" belongs to another program, in the folder "{path.parent}".',
                hint="Delete it there if nothing else needs it.",
            )
        with disk_errors(self.folder, title=checkpoint.filename):
            if path is not None:
                disk.make_writable(path)
            own_folder = self.imported_folder / sha256
            if sha256 and own_folder.is_dir():
                self._discard(own_folder)
            elif path is not None:
                self._discard(path)
            for home in self._homes(checkpoint, sha256):
                disk.delete(aside(home))
            forget_record(self._records, key_of(checkpoint))
            self.forget_download(checkpoint)

    def forget_download(self, checkpoint: Checkpoint) -> None:
        """Delete what is kept of an unfinished download, unless a program is working on it."""
        part = self._part(checkpoint)
        if part.exists():
            delete_leftover(Leftover(part, part.stat().st_size))

    @contextmanager
    def hold(self, checkpoint: Checkpoint) -> Iterator[None]:
        """Within the block, `remove` refuses to touch this checkpoint: a loaded model uses it."""
        sha256 = self.sha256(checkpoint)
        self._held[sha256] += 1
        try:
            yield
        finally:
            self._held[sha256] -= 1

    # --- housekeeping ---

    def leftovers(self) -> tuple[Leftover, ...]:
        """Bytes that no model uses: unfinished and damaged downloads, and what an interrupted move left."""
        damaged = (
            Leftover(path, path.stat().st_size, path.stem)
            for path in sorted(self.folder.glob(f"sha256/*/*{DAMAGED_SUFFIX}"))
        )
        former = self._locations.former_checkpoints
        moved = (Leftover(former, disk.used_bytes(former)),) if former and former.is_dir() else ()
        return (*leftovers(self.folder / "partial"), *damaged, *moved)

    def delete_leftovers(self, chosen: Iterable[Leftover] | None = None) -> int:
        """Delete left-overs, those of running downloads excepted.

        Args:
            chosen: some of `leftovers()`; None for all.

        Returns:
            Bytes that became free.

        Raises:
            NotWritable: if one cannot be deleted.
        """
        freed = 0
        with disk_errors(self.folder, title="the left-over downloads"):
            for leftover in self.leftovers() if chosen is None else chosen:
                if leftover.path == self._locations.former_checkpoints:
                    relocation.finish(self._locations)
                elif leftover.path.suffix == DAMAGED_SUFFIX:
                    disk.delete(leftover.path)
                elif not delete_leftover(leftover):
                    continue
                freed += leftover.size_bytes
        return freed

    def move(self, folder: Path, *, report: Report = ignore, cancel: CancelToken | None = None) -> None:
        """Move all checkpoints to another folder: copy, verify, switch, delete.

        Killed at any moment, the program finds a complete store: the old one before the switch, the new one
        after it. Called again, it goes on where it stopped.

        Args:
            folder: the new folder; is made. May already hold checkpoints.
            report: gets `Stage.VERIFY` in bytes of the whole.
            cancel: checked per block until the switch; the old folder stays as it was.

        Raises:
            CheckpointInUse: if a download is running, or the environment dictates the folder.
            DiskFull: before the first byte if they would not fit, or when the disk fills up.
            NotWritable: if the new folder cannot be written, or lies within the old one.
            DamagedCheckpoint: if a checkpoint or its copy is not what it should be.
            Cancelled: after `cancel.cancel()`.
        """
        if self._locations.fixed_checkpoints is not None:
            raise CheckpointInUse(
                f"The models folder is set by {CHECKPOINTS_VARIABLE} and can't be moved from here.",
                hint="Change or remove that variable instead.",
            )
        cancel = cancel or CancelToken()
        with disk_errors(folder, title="the models", kept="The models are still in their old folder."):
            guard = self._locations.root / "move.lock"
            with lock(guard, cancel=cancel, waiting=partial(_say_waiting, report)):
                relocation.move(
                    self._locations, folder, free_bytes=self._free_bytes, report=report, cancel=cancel
                )

    # --- private ---

    def _download(self, checkpoint: Checkpoint, *, title: str, report: Report, cancel: CancelToken) -> Path:
        """Fetch, verify and publish, under the lock of the checkpoint."""
        order = Order(checkpoint, "" if checkpoint.is_hash_inferred else checkpoint.sha256, title)
        part_path = self._part(checkpoint)
        missing_bytes = max(0, checkpoint.size_bytes - self.kept_bytes(checkpoint))
        disk.require_space(self.folder, missing_bytes, title=title, free=self.free_bytes())
        with Partial(part_path) as part:
            part.restore(limit=checkpoint.size_bytes, report=report, cancel=cancel)
            with self._connect() as client, cut_on_cancel(client, cancel):
                fetch_from_mirrors(client, order, part, report=report, cancel=cancel, patience=self._patience)
            part.sync()
        return self._publish(part_path, checkpoint, part.sha256, self._blob(part.sha256))

    def _publish(self, part: Path, checkpoint: Checkpoint, sha256: str, target: Path) -> Path:
        """Give a verified part its final name."""
        if target.is_file() and target.stat().st_size == part.stat().st_size:
            disk.delete(part)  # another entry of the catalogue has the same content
        else:
            publish(part, target)
        disk.delete(aside(target))
        self._learn(checkpoint, Record(sha256, time.time()))
        log.info("%s is here: %d bytes", checkpoint.filename, target.stat().st_size)
        return target

    def _put_aside_torn(self, checkpoint: Checkpoint) -> None:
        """Put aside a file of the wrong size."""
        for home in self._homes(checkpoint, self.sha256(checkpoint)):
            if home.is_file():
                home.replace(aside(home))

    def _report_waiting(self, checkpoint: Checkpoint, report: Report) -> None:
        """While another one downloads: its progress is ours."""
        report(
            Progress(
                Stage.FETCH,
                self.kept_bytes(checkpoint),
                checkpoint.size_bytes or None,
                "bytes",
                "another download of the same file is running",
            )
        )


def _say_waiting(report: Report) -> None:
    report(Progress(Stage.FETCH, note="waiting for another program"))


def _copy_into(source: Path, copy: Partial, *, report: Report, cancel: CancelToken) -> None:
    """Copy a file block by block."""
    total = source.stat().st_size
    report = every(disk.REPORT_SECONDS, report)
    with source.open("rb") as file:
        while block := file.read(disk.BLOCK_BYTES):
            cancel.check()
            copy.append(block)
            report(Progress(Stage.VERIFY, copy.size, total, "bytes", source.name))
