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
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, ignore
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store import disk, relocation
from mt3_desktop.core.store.disk import disk_errors, hash_file, publish
from mt3_desktop.core.store.download import Order, fetch_from_mirrors
from mt3_desktop.core.store.locations import CHECKPOINTS_VARIABLE, Locations
from mt3_desktop.core.store.partial import Leftover, Partial, delete_leftover, leftovers, lock
from mt3_desktop.core.store.records import Record, forget_record, key_of, read_record, write_record
from mt3_desktop.core.store.transfer import Patience, cut_on_cancel, open_client

DAMAGED_SUFFIX = ".damaged"

log = logging.getLogger(__name__)


class CheckpointStore:
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
        self._locations = locations
        self._connect = connect
        self._patience = patience or Patience()
        self._free_bytes = free_bytes
        self._discard = discard
        self._held: Counter[str] = Counter()

    # --- looking ---

    @property
    def folder(self) -> Path:
        """Folder of the checkpoints."""
        return self._locations.checkpoints

    @property
    def imported_folder(self) -> Path:
        """Folder of the users' own models."""
        return self.folder / "imported"

    def has(self, checkpoint: Checkpoint) -> bool:
        """Whether the checkpoint is here, verified and of the right size. Cheap: nothing is hashed."""
        return self.path(checkpoint) is not None

    def path(self, checkpoint: Checkpoint) -> Path | None:
        """The file of a checkpoint, or None. Cheap: nothing enters the store unverified (see `verify`)."""
        record = read_record(self._records, key_of(checkpoint))
        sha256 = record.sha256 if record else checkpoint.sha256
        if not sha256:
            return None
        size_bytes = checkpoint.size_bytes
        own_folder = self.imported_folder / sha256
        for candidate in (self._blob(sha256), own_folder / checkpoint.filename):
            if candidate.is_file() and size_bytes in (0, candidate.stat().st_size):
                return candidate
        return _unchanged_place(record)

    def find(
        self, checkpoint: Checkpoint, *, report: Report = ignore, cancel: CancelToken | None = None
    ) -> Path | None:
        """Like `path`, but also looks where other programs keep this file; hashes what it finds there, once.

        Raises:
            Cancelled: after `cancel.cancel()`.
        """
        found = self.path(checkpoint)
        if found is not None or not checkpoint.sha256:
            return found
        for candidate in self._elsewhere(checkpoint):
            try:
                modified_ns = candidate.stat().st_mtime_ns
                sha256 = hash_file(candidate, report=report, cancel=cancel)
            except OSError as error:
                log.info("%s in another folder is unreadable: %s", candidate.name, error)
                continue
            if sha256 == checkpoint.sha256:
                self._learn(checkpoint, Record(sha256, time.time(), str(candidate), modified_ns))
                return candidate
        return None

    def is_damaged(self, checkpoint: Checkpoint) -> bool:
        """Whether a file of this checkpoint is here that is known not to be the published one."""
        blob = self._blob(self.sha256(checkpoint) or key_of(checkpoint))
        return _aside(blob).exists() or (
            blob.is_file() and checkpoint.size_bytes not in (0, blob.stat().st_size)
        )

    def sha256(self, checkpoint: Checkpoint) -> str:
        """The hash that holds for a checkpoint: as recorded at its first download, as published, or ""."""
        record = read_record(self._records, key_of(checkpoint))
        return record.sha256 if record else checkpoint.sha256

    def checked_at(self, checkpoint: Checkpoint) -> float | None:
        """When the whole file was last compared with its hash, in seconds since 1970, or None."""
        record = read_record(self._records, key_of(checkpoint))
        return record.checked_at if record else None

    def kept_bytes(self, checkpoint: Checkpoint) -> int:
        """How much of an unfinished download is kept."""
        part = self._part(checkpoint)
        return part.stat().st_size if part.is_file() else 0

    def used_bytes(self) -> int:
        """Size of everything in the folder."""
        return disk.used_bytes(self.folder)

    def free_bytes(self) -> int:
        """Free space on the folder's volume."""
        return self._free_bytes(self.folder)

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
        report: Report = ignore,
        cancel: CancelToken | None = None,
    ) -> Path:
        """Copy a user's file, whose hash is that of `checkpoint`, into the store.

        The copy is hashed while it is made, so a file that changes meanwhile cannot slip in.

        Raises:
            DamagedCheckpoint: if the bytes are other ones than those of `checkpoint`.
            DiskFull: if they do not fit.
            NotWritable: if the folder cannot be written.
            Cancelled: after `cancel.cancel()`.
        """
        cancel = cancel or CancelToken()
        with disk_errors(self.folder, title=f'"{source.name}"'):
            size_bytes = source.stat().st_size
            disk.require_space(self.folder, size_bytes, title=f'"{source.name}"', free=self.free_bytes())
            part = self._part(checkpoint)
            with lock(part.with_suffix(".lock"), cancel=cancel, waiting=partial(_say_waiting, report)):
                with Partial(part) as copy:
                    copy.clear()
                    _copy_into(source, copy, report=report, cancel=cancel)
                    copy.sync()
                if copy.sha256 != checkpoint.sha256:
                    disk.delete(part)
                    raise DamagedCheckpoint(
                        f'"{source.name}" changed while it was copied.', hint="Try again."
                    )
                return self._publish(part, checkpoint, copy.sha256)

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
            if path == self._blob(expected):
                path.replace(_aside(path))
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
                own_folder = self.imported_folder / sha256
                disk.make_writable(path)
                self._discard(own_folder if path.parent == own_folder else path)
            disk.delete(_aside(self._blob(sha256 or key_of(checkpoint))))
            forget_record(self._records, key_of(checkpoint))
            self.forget_download(checkpoint)

    def forget_download(self, checkpoint: Checkpoint) -> None:
        """Delete what is kept of an unfinished download, unless a program is working on it."""
        part = self._part(checkpoint)
        if part.exists():
            delete_leftover(Leftover(part, part.stat().st_size))

    @contextmanager
    def hold(self, checkpoint: Checkpoint) -> Iterator[None]:
        """Within the block, `remove` and `move` refuse to touch this checkpoint: a loaded model uses it."""
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
            CheckpointInUse: if a loaded model uses a checkpoint, or the environment dictates the folder.
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
        if any(self._held.values()):
            raise CheckpointInUse("A loaded model uses this folder.", hint="Unload the model and try again.")
        cancel = cancel or CancelToken()
        with disk_errors(folder, title="the models", kept="The models are still in their old folder."):
            guard = self._locations.root / "move.lock"
            with lock(guard, cancel=cancel, waiting=partial(_say_waiting, report)):
                relocation.move(
                    self._locations, folder, free_bytes=self._free_bytes, report=report, cancel=cancel
                )

    # --- private ---

    @property
    def _records(self) -> Path:
        return self.folder / "records"

    def _blob(self, sha256: str) -> Path:
        return self.folder / "sha256" / sha256[:2] / sha256

    def _part(self, checkpoint: Checkpoint) -> Path:
        return self.folder / "partial" / f"{key_of(checkpoint)}.part"

    def _elsewhere(self, checkpoint: Checkpoint) -> Iterator[Path]:
        """Files in other programs' layout, `<folder>/<model>/<file>`, that by name and size may be it."""
        for shelf in (self.folder, *self._locations.shelves):
            for path in sorted(shelf.glob(f"*/{_literal(checkpoint.filename)}")):
                if path.is_file() and path.stat().st_size == checkpoint.size_bytes:
                    yield path

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
        return self._publish(part_path, checkpoint, part.sha256)

    def _publish(self, part: Path, checkpoint: Checkpoint, sha256: str) -> Path:
        """Give a verified part its final name."""
        blob = self._blob(sha256)
        if blob.is_file() and blob.stat().st_size == part.stat().st_size:
            disk.delete(part)  # another entry of the catalogue has the same content
        else:
            publish(part, blob)
        disk.delete(_aside(blob))
        self._learn(checkpoint, Record(sha256, time.time()))
        log.info("%s is here: %d bytes", checkpoint.filename, blob.stat().st_size)
        return blob

    def _learn(self, checkpoint: Checkpoint, record: Record) -> None:
        """Keep a record; a folder that cannot be written only costs hashing again next time."""
        try:
            write_record(self._records, key_of(checkpoint), record)
        except OSError as error:
            if not checkpoint.sha256 or checkpoint.is_hash_inferred:
                raise  # here the record is the only place that knows the hash
            log.warning("can't keep the record of %s: %s", checkpoint.filename, error)

    def _put_aside_torn(self, checkpoint: Checkpoint) -> None:
        """Put aside a file of the wrong size."""
        sha256 = self.sha256(checkpoint)
        if sha256 and self._blob(sha256).is_file():
            self._blob(sha256).replace(_aside(self._blob(sha256)))

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


def _unchanged_place(record: Record | None) -> Path | None:
    """The file that is read in place, if it is still the one that was hashed."""
    if record is None or not record.place:
        return None
    place = Path(record.place)
    try:
        is_same = place.stat().st_mtime_ns == record.modified_ns
    except OSError:
        return None
    return place if is_same else None


def _aside(blob: Path) -> Path:
    """Where a file goes that is not what it should be."""
    return blob.with_name(blob.name + DAMAGED_SUFFIX)


def _literal(name: str) -> str:
    """A file name as a glob pattern that matches only itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _say_waiting(report: Report) -> None:
    report(Progress(Stage.FETCH, note="waiting for another program"))


def _copy_into(source: Path, copy: Partial, *, report: Report, cancel: CancelToken) -> None:
    """Copy a file block by block."""
    total = source.stat().st_size
    with source.open("rb") as file:
        while block := file.read(disk.BLOCK_BYTES):
            cancel.check()
            copy.append(block)
            report(Progress(Stage.VERIFY, copy.size, total, "bytes", source.name))
