"""What the store does beside downloading: look, check, delete, read in place, clean up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mt3_desktop.core.errors import CheckpointInUse, DamagedCheckpoint, DiskFull
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.specs import Checkpoint, HttpMirror
from mt3_desktop.core.store import disk
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.partial import Partial, lock
from tests.helpers.checkpoints import CONTENT, SHA256, checkpoint_at
from tests.helpers.mirror_server import CutAfter, MirrorServer, Status

ExpectLog = Callable[[str], None]


def damage(path: Path) -> None:
    """Change one byte of a published file."""
    path.chmod(0o644)
    path.write_bytes(CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))


def test_two_entries_with_one_content_share_one_file(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    other = replace(checkpoint, filename="same.ckpt", mirrors=(HttpMirror("http://mirror.invalid/x"),))

    path = store.ensure(checkpoint)

    assert store.ensure(other) == path
    assert len(list(store.folder.glob("sha256/*/*"))) == 1


def test_a_sound_file_is_verified_and_the_day_remembered(
    store: CheckpointStore, checkpoint: Checkpoint
) -> None:
    store.ensure(checkpoint)
    before = store.checked_at(checkpoint)

    assert store.verify(checkpoint)

    after = store.checked_at(checkpoint)
    assert before is not None
    assert after is not None
    assert after >= before


def test_a_damaged_file_is_put_aside_and_fetched_again(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint, expect_log: ExpectLog
) -> None:
    expect_log("is not what it was")
    damage(store.ensure(checkpoint))

    assert not store.verify(checkpoint)

    assert store.is_damaged(checkpoint)
    assert not store.has(checkpoint)
    assert [leftover.size_bytes for leftover in store.leftovers()] == [len(CONTENT)]
    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert not store.is_damaged(checkpoint)
    assert store.leftovers() == ()


def test_a_file_of_the_wrong_size_is_damaged_without_hashing(
    store: CheckpointStore, checkpoint: Checkpoint
) -> None:
    path = store.ensure(checkpoint)
    path.chmod(0o644)
    path.write_bytes(CONTENT[:-1])

    assert store.is_damaged(checkpoint)
    assert not store.has(checkpoint)
    assert not store.verify(checkpoint)
    assert store.ensure(checkpoint).read_bytes() == CONTENT


def test_verifying_what_is_not_here_is_no(store: CheckpointStore) -> None:
    assert not store.verify(checkpoint_at())


def test_a_broken_record_costs_only_a_warning(
    store: CheckpointStore, checkpoint: Checkpoint, expect_log: ExpectLog
) -> None:
    expect_log("is unreadable and ignored")
    path = store.ensure(checkpoint)
    (store.folder / "records" / f"{SHA256}.json").write_text('{"sha256": 7')

    assert store.path(checkpoint) == path


# --- deleting ---


def test_removing_goes_to_the_recycle_bin(
    store: CheckpointStore, checkpoint: Checkpoint, discarded: list[Path]
) -> None:
    path = store.ensure(checkpoint)

    store.remove(checkpoint)

    assert discarded == [path]
    assert not store.has(checkpoint)
    assert store.checked_at(checkpoint) is None


def test_removing_also_forgets_an_unfinished_download(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.script(CutAfter(50_000))
    server.always(Status(404))
    with pytest.raises(Exception, match="404"):
        store.ensure(checkpoint)
    assert store.kept_bytes(checkpoint) == 50_000

    store.remove(checkpoint)

    assert store.kept_bytes(checkpoint) == 0


def test_a_checkpoint_in_use_is_not_removed(store: CheckpointStore, checkpoint: Checkpoint) -> None:
    store.ensure(checkpoint)

    with store.hold(checkpoint), pytest.raises(CheckpointInUse, match="being used"):
        store.remove(checkpoint)

    store.remove(checkpoint)
    assert not store.has(checkpoint)


def test_without_a_recycle_bin_the_file_is_deleted(
    locations: Locations, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_bin(_path: Path) -> None:
        raise OSError("no bin on this volume")

    monkeypatch.setattr("send2trash.send2trash", no_bin)
    store = CheckpointStore(locations)
    path = store.ensure(checkpoint)

    store.remove(checkpoint)

    assert not path.exists()


# --- other programs' folders ---


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder as published toolkits keep it."""
    folder = tmp_path / ".mt3_checkpoints" / "mt3_pytorch"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "mt3.pth").write_bytes(CONTENT)
    return folder.parent


def test_another_programs_file_is_read_in_place(
    home: Path, shelf: Path, server: MirrorServer, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CheckpointStore(Locations(home, shelves=(shelf,)))
    assert not store.has(checkpoint), "nothing is trusted before it was hashed once"

    assert store.ensure(checkpoint) == shelf / "mt3_pytorch" / "mt3.pth"

    assert server.requests == []
    monkeypatch.setattr(disk, "hash_file", pytest.fail)
    assert store.path(checkpoint) == shelf / "mt3_pytorch" / "mt3.pth"


def test_the_checkpoint_variable_may_name_another_programs_folder(
    home: Path, shelf: Path, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    store = CheckpointStore(Locations(home, fixed_checkpoints=shelf))

    assert store.ensure(checkpoint) == shelf / "mt3_pytorch" / "mt3.pth"
    assert server.requests == []


def test_a_file_of_the_same_name_and_size_is_not_taken_for_it(
    home: Path, shelf: Path, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    damage(shelf / "mt3_pytorch" / "mt3.pth")
    store = CheckpointStore(Locations(home, shelves=(shelf,)))

    assert store.ensure(checkpoint).is_relative_to(store.folder)
    assert len(server.gets) == 1


def test_a_file_that_changed_in_place_is_no_longer_used(
    home: Path, shelf: Path, checkpoint: Checkpoint
) -> None:
    store = CheckpointStore(Locations(home, shelves=(shelf,)))
    found = store.find(checkpoint)
    assert found is not None

    damage(found)

    assert store.find(checkpoint) is None


def test_another_programs_file_is_not_deleted(home: Path, shelf: Path, checkpoint: Checkpoint) -> None:
    store = CheckpointStore(Locations(home, shelves=(shelf,)))
    found = store.find(checkpoint)
    assert found is not None

    with pytest.raises(CheckpointInUse, match="belongs to another program"):
        store.remove(checkpoint)

    assert found.exists()


# --- importing known files ---


def test_a_file_that_is_at_hand_is_taken_in(
    store: CheckpointStore, shelf: Path, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    path = store.adopt(shelf / "mt3_pytorch" / "mt3.pth", checkpoint)

    shutil.rmtree(shelf)
    assert path.read_bytes() == CONTENT
    assert store.ensure(checkpoint) == path
    assert server.requests == []


def test_a_file_that_changes_while_it_is_copied_is_not_taken_in(
    store: CheckpointStore, shelf: Path, checkpoint: Checkpoint
) -> None:
    damage(shelf / "mt3_pytorch" / "mt3.pth")

    with pytest.raises(DamagedCheckpoint, match="changed while it was copied"):
        store.adopt(shelf / "mt3_pytorch" / "mt3.pth", checkpoint)

    assert not store.has(checkpoint)
    assert store.leftovers() == ()


def test_a_file_that_does_not_fit_is_not_copied(
    locations: Locations, shelf: Path, checkpoint: Checkpoint
) -> None:
    store = CheckpointStore(locations, free_bytes=lambda _folder: 1000)

    with pytest.raises(DiskFull, match="Not enough space"):
        store.adopt(shelf / "mt3_pytorch" / "mt3.pth", checkpoint)

    assert store.leftovers() == ()


# --- left-overs ---


def test_leftovers_are_listed_and_deleted_except_a_running_download(store: CheckpointStore) -> None:
    parts = store.folder / "partial"
    for name in ("idle", "busy"):
        with Partial(parts / f"{name}.part") as part:
            part.append(b"x" * 1000)
    assert [leftover.key for leftover in store.leftovers()] == ["busy", "idle"]

    with lock(parts / "busy.lock", cancel=CancelToken(), waiting=pytest.fail):
        assert store.delete_leftovers() == 1000

    assert [leftover.key for leftover in store.leftovers()] == ["busy"]


def test_sizes(store: CheckpointStore, checkpoint: Checkpoint) -> None:
    assert store.used_bytes() == 0

    store.ensure(checkpoint)

    assert len(CONTENT) <= store.used_bytes() < len(CONTENT) + 4096
    assert store.free_bytes() > 0


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 kB"), (812_345, "812 kB"), (183_672_643, "184 MB"), (1_234_000_000, "1.2 GB")],
)
def test_sizes_read_as_on_download_pages(n_bytes: int, text: str) -> None:
    assert disk.size_text(n_bytes) == text
