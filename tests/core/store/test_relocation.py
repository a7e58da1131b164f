"""Moving the folder: complete before, complete after, complete if killed in between."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mt3_desktop.core.errors import CheckpointInUse, DamagedCheckpoint, DiskFull, NotWritable
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store import disk, relocation
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.partial import Partial, lock
from tests.helpers.checkpoints import CONTENT, SHA256

BLOB = Path("sha256") / SHA256[:2] / SHA256


class Killed(BaseException):
    """Stands for kill -9: nothing of ours runs afterwards."""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "other disk"


@pytest.fixture
def other_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hard links, as between two volumes."""

    def refuse(_source: Path, _copy: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(relocation, "_share_a_volume", lambda _first, _second: False)


def test_the_store_moves_and_the_old_folder_goes(
    store: CheckpointStore, locations: Locations, checkpoint: Checkpoint, target: Path
) -> None:
    old = store.ensure(checkpoint)

    store.move(target)

    assert store.path(checkpoint) == target / BLOB
    assert (target / BLOB).read_bytes() == CONTENT
    assert not old.exists()
    assert not (locations.root / "checkpoints").exists()
    assert Locations(locations.root).checkpoints == target


@pytest.mark.usefixtures("other_volume")
def test_between_volumes_everything_is_copied_and_verified(
    store: CheckpointStore, checkpoint: Checkpoint, target: Path
) -> None:
    store.ensure(checkpoint)
    own = store.imported_folder / "abc"
    own.mkdir(parents=True)
    (own / "fine-tune.pth").write_bytes(b"weights")
    seen: list[Progress] = []

    store.move(target, report=seen.append)

    assert store.verify(checkpoint)
    assert (target / "imported" / "abc" / "fine-tune.pth").read_bytes() == b"weights"
    assert seen[-1].fraction == 1.0
    assert not (target / BLOB).stat().st_mode & 0o222


def test_an_unfinished_download_moves_too(
    store: CheckpointStore, checkpoint: Checkpoint, target: Path
) -> None:
    with Partial(store.folder / "partial" / f"{SHA256}.part") as part:
        part.append(CONTENT[:1000])

    store.move(target)

    assert store.kept_bytes(checkpoint) == 1000


def test_a_running_download_is_not_torn_away(store: CheckpointStore, target: Path) -> None:
    with Partial(store.folder / "partial" / f"{SHA256}.part") as part:
        part.append(CONTENT[:1000])
    busy = store.folder / "partial" / f"{SHA256}.lock"

    with (
        lock(busy, cancel=CancelToken(), waiting=pytest.fail),
        pytest.raises(CheckpointInUse, match="running"),
    ):
        store.move(target)


@pytest.mark.usefixtures("other_volume")
@pytest.mark.parametrize("victim", ["point_checkpoints_to", "_bring", "finish"])
def test_killed_half_way_a_complete_store_stands_and_the_move_can_go_on(
    store: CheckpointStore,
    locations: Locations,
    checkpoint: Checkpoint,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    victim: str,
) -> None:
    store.ensure(checkpoint)
    calls: list[str] = []

    def die(*_arguments: object, **_keywords: object) -> None:
        calls.append(victim)
        if victim != "finish" or len(calls) > 1:  # the first `finish` tidies up after an earlier move
            raise Killed

    home = Locations if victim == "point_checkpoints_to" else relocation
    monkeypatch.setattr(home, victim, die)
    with pytest.raises(Killed):
        store.move(target)
    monkeypatch.undo()

    reborn = CheckpointStore(Locations(locations.root))
    path = reborn.path(checkpoint)
    assert path is not None
    assert path.read_bytes() == CONTENT

    reborn.move(target)
    assert reborn.path(checkpoint) == target / BLOB
    assert not (locations.root / "checkpoints").exists()
    assert reborn.leftovers() == ()


@pytest.mark.usefixtures("other_volume")
def test_copies_that_a_killed_move_left_are_listed_and_deleted(
    store: CheckpointStore, locations: Locations, checkpoint: Checkpoint, target: Path
) -> None:
    old = store.ensure(checkpoint)
    kept = old.read_bytes()
    store.move(target)
    old.parent.mkdir(parents=True)
    old.write_bytes(kept)
    locations.point_checkpoints_to(target, former=locations.root / "checkpoints")

    assert [leftover.path for leftover in store.leftovers()] == [locations.root / "checkpoints"]
    assert store.delete_leftovers() == len(CONTENT)

    assert store.has(checkpoint)
    assert not old.exists()


@pytest.mark.usefixtures("other_volume")
def test_a_file_that_a_loaded_model_has_open_is_deleted_later(
    store: CheckpointStore,
    locations: Locations,
    checkpoint: Checkpoint,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = store.ensure(checkpoint)
    delete = disk.delete

    def refuse_as_windows_does(path: Path) -> None:
        if path == old:
            raise PermissionError(errno.EACCES, "used by another process")
        delete(path)

    monkeypatch.setattr(disk, "delete", refuse_as_windows_does)
    with store.hold(checkpoint):
        store.move(target)
    monkeypatch.undo()

    assert store.path(checkpoint) == target / BLOB
    assert [leftover.path for leftover in store.leftovers()] == [locations.root / "checkpoints"]
    store.delete_leftovers()
    assert not old.exists()
    assert store.leftovers() == ()


@pytest.mark.usefixtures("other_volume")
def test_cancelled_the_old_folder_stays(store: CheckpointStore, checkpoint: Checkpoint, target: Path) -> None:
    old = store.ensure(checkpoint)
    cancel = CancelToken()

    with pytest.raises(Cancelled):
        store.move(target, report=lambda _progress: cancel.cancel(), cancel=cancel)

    assert store.path(checkpoint) == old


@pytest.mark.usefixtures("other_volume")
def test_a_full_disk_is_said_before_anything_is_copied(
    locations: Locations, checkpoint: Checkpoint, target: Path
) -> None:
    store = CheckpointStore(
        locations, free_bytes=lambda folder: 10_000 if folder == target else 10_000_000_000
    )
    old = store.ensure(checkpoint)

    with pytest.raises(DiskFull, match="Not enough space for the models"):
        store.move(target)

    assert store.path(checkpoint) == old
    assert not list(target.rglob("*"))


@pytest.mark.usefixtures("other_volume")
def test_a_damaged_checkpoint_stops_the_move(
    store: CheckpointStore, checkpoint: Checkpoint, target: Path
) -> None:
    old = store.ensure(checkpoint)
    old.chmod(0o644)
    old.write_bytes(b"?" * len(CONTENT))

    with pytest.raises(DamagedCheckpoint, match="is damaged, so it was not moved"):
        store.move(target)

    assert old.exists()
    assert not list(target.rglob(SHA256 + "*"))


@pytest.mark.parametrize("inner", [Path("below"), Path("..")])
def test_a_folder_within_the_other_is_refused(
    store: CheckpointStore, checkpoint: Checkpoint, inner: Path
) -> None:
    store.ensure(checkpoint)

    with pytest.raises(NotWritable, match="One folder lies within the other"):
        store.move(store.folder / inner)


def test_a_folder_that_the_environment_dictates_is_not_moved(locations: Locations, target: Path) -> None:
    store = CheckpointStore(replace(locations, fixed_checkpoints=locations.root / "dictated"))

    with pytest.raises(CheckpointInUse, match="MT3_CHECKPOINT_DIR"):
        store.move(target)


def test_moving_to_where_it_is_does_nothing(store: CheckpointStore, checkpoint: Checkpoint) -> None:
    path = store.ensure(checkpoint)

    store.move(store.folder)

    assert store.path(checkpoint) == path


def test_two_stores_are_joined(
    store: CheckpointStore, checkpoint: Checkpoint, target: Path, expect_log: Callable[[str], None]
) -> None:
    store.ensure(checkpoint)
    (target / "sha256" / "ff").mkdir(parents=True)
    (target / "sha256" / "ff" / ("ff" * 32)).write_bytes(b"there before")

    store.move(target)

    assert (target / "sha256" / "ff" / ("ff" * 32)).read_bytes() == b"there before"
    assert store.has(checkpoint)
