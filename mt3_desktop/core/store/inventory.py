"""What the store holds: which checkpoints are here, where, and how certain that is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mt3_desktop.core.progress import CancelToken, Report, ignore
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store import disk
from mt3_desktop.core.store.disk import hash_file
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.records import (
    Record,
    key_of,
    read_options,
    read_record,
    write_options,
    write_record,
)

DAMAGED_SUFFIX = ".damaged"

log = logging.getLogger(__name__)


class Inventory:
    """The looking half of the store: answers come from names, sizes and records; only `find` hashes."""

    def __init__(self, locations: Locations, *, free_bytes: Callable[[Path], int] = disk.free_bytes) -> None:
        """An inventory of the folders of `locations`.

        Args:
            locations: where things lie.
            free_bytes: free space at a folder.
        """
        self._locations = locations
        self._free_bytes = free_bytes

    @property
    def folder(self) -> Path:
        """Folder of the checkpoints."""
        return self._locations.checkpoints

    @property
    def is_fixed(self) -> bool:
        """Whether the environment dictates the folder."""
        return self._locations.fixed_checkpoints is not None

    @property
    def imported_folder(self) -> Path:
        """Folder of the users' own models."""
        return self.folder / "imported"

    def options(self, model_id: str) -> Mapping[str, int | float | str]:
        """What the user set for a published model."""
        return read_options(self._records, model_id)

    def keep_options(self, model_id: str, options: Mapping[str, int | float | str]) -> None:
        """Set something for a published model; it holds for every program that uses this folder.

        Raises:
            OSError: if the folder cannot be written.
        """
        write_options(self._records, model_id, {**self.options(model_id), **options})

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
        for home in self._homes(checkpoint, sha256):
            if home.is_file() and size_bytes in (0, home.stat().st_size):
                return home
        return _unchanged_place(record)

    def has_own_copy(self, checkpoint: Checkpoint) -> bool:
        """Whether the checkpoint is in the store itself, and not only read in another program's folder."""
        path = self.path(checkpoint)
        return path is not None and path.is_relative_to(self.folder)

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
        return any(
            aside(home).exists() or (home.is_file() and checkpoint.size_bytes not in (0, home.stat().st_size))
            for home in self._homes(checkpoint, self.sha256(checkpoint))
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

    @property
    def _records(self) -> Path:
        return self.folder / "records"

    def _blob(self, sha256: str) -> Path:
        return self.folder / "sha256" / sha256[:2] / sha256

    def _homes(self, checkpoint: Checkpoint, sha256: str) -> tuple[Path, ...]:
        """Where a content is kept: by its hash alone, and, if the user brought it, under its own name."""
        if not sha256:
            return ()
        return (self._blob(sha256), self.imported_folder / sha256 / checkpoint.filename)

    def _part(self, checkpoint: Checkpoint) -> Path:
        return self.folder / "partial" / f"{key_of(checkpoint)}.part"

    def _elsewhere(self, checkpoint: Checkpoint) -> Iterator[Path]:
        """Files in other programs' layout, `<folder>/<model>/<file>`, that by name and size may be it."""
        for shelf in (self.folder, *self._locations.shelves):
            for path in sorted(shelf.glob(f"*/{_literal(checkpoint.filename)}")):
                if path.is_file() and path.stat().st_size == checkpoint.size_bytes:
                    yield path

    def _learn(self, checkpoint: Checkpoint, record: Record) -> None:
        """Keep a record; a folder that cannot be written only costs hashing again next time."""
        try:
            write_record(self._records, key_of(checkpoint), record)
        except OSError as error:
            if not checkpoint.sha256 or checkpoint.is_hash_inferred:
                raise  # here the record is the only place that knows the hash
            log.info("can't keep the record of %s: %s", checkpoint.filename, error)


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


def aside(blob: Path) -> Path:
    """Where a file goes that is not what it should be."""
    return blob.with_name(blob.name + DAMAGED_SUFFIX)


def _literal(name: str) -> str:
    """A file name as a glob pattern that matches only itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
