"""The model list lives: downloads with pause and resume, checks, imports, moves, and a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from mt3_desktop.app.downloads import FolderTask, ModelLibrary
from mt3_desktop.app.library_worker import TaskKind
from mt3_desktop.app.messages import Level, UserMessage
from mt3_desktop.app.model_status import ModelState, ModelStatus
from mt3_desktop.app.pace import Pace, seconds_left
from mt3_desktop.core.specs import HttpMirror
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.transfer import Patience
from tests.helpers import fake_family as fakes
from tests.helpers.checkpoints import CONTENT, SHA256, checkpoint_at
from tests.helpers.mirror_server import CutAfter, MirrorServer, Stall, Status

MISSING_SHA256 = "ab" * 32


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    with MirrorServer(CONTENT) as mirror:
        yield mirror


@pytest.fixture
def store(locations: Locations, server: MirrorServer, monkeypatch: pytest.MonkeyPatch) -> CheckpointStore:
    here = checkpoint_at(HttpMirror(server.url))
    elsewhere = checkpoint_at(HttpMirror(f"{server.origin}/other.pth"), sha256=MISSING_SHA256)
    fakes.install(
        monkeypatch,
        fakes.fake_family(
            fakes.Scene(),
            fakes.fake_spec("small"),
            fakes.fake_spec("big", checkpoint=here),
            fakes.fake_spec("wrong", checkpoint=elsewhere),
        ),
    )
    return CheckpointStore(locations, patience=Patience((0.0,)), discard=Path.unlink)


@pytest.fixture
def open_library(store: CheckpointStore, qtbot: QtBot) -> Iterator[Callable[[], ModelLibrary]]:
    libraries: list[ModelLibrary] = []

    def open_one() -> ModelLibrary:
        library = ModelLibrary(store)
        libraries.append(library)
        qtbot.waitUntil(lambda: bool(library.statuses) and not library.is_busy)
        return library

    yield open_one
    assert all(library.close() for library in libraries)


@pytest.fixture
def library(open_library: Callable[[], ModelLibrary]) -> ModelLibrary:
    return open_library()


@pytest.fixture
def messages(library: ModelLibrary) -> list[UserMessage]:
    seen: list[UserMessage] = []
    library.message_ready.connect(seen.append)
    return seen


def status_of(library: ModelLibrary, model_id: str) -> ModelStatus:
    status = library.status(model_id)
    assert status is not None
    return status


def wait_for(qtbot: QtBot, library: ModelLibrary, model_id: str, state: ModelState) -> ModelStatus:
    qtbot.waitUntil(lambda: status_of(library, model_id).state is state, timeout=10_000)
    return status_of(library, model_id)


def test_at_first_it_shows_what_the_disk_says(library: ModelLibrary, store: CheckpointStore) -> None:
    assert {status.spec.id: status.state for status in library.statuses} == {
        "small": ModelState.BUILT_IN,
        "big": ModelState.MISSING,
        "wrong": ModelState.MISSING,
    }
    assert library.folder.folder == store.folder
    assert library.folder.free_bytes > 0


def test_a_download_goes_through_its_states(
    qtbot: QtBot, library: ModelLibrary, messages: list[UserMessage]
) -> None:
    states: list[ModelState] = []
    library.model_changed.connect(lambda model_id: states.append(status_of(library, model_id).state))

    library.get("big")
    done = wait_for(qtbot, library, "big", ModelState.READY)

    assert list(dict.fromkeys(states)) == [ModelState.QUEUED, ModelState.DOWNLOADING, ModelState.READY]
    assert done.is_usable
    assert done.path is not None
    assert done.path.name == SHA256
    assert done.checked_at is not None
    assert [message.title for message in messages] == ["Fake big is ready"]
    assert library.folder.used_bytes >= len(CONTENT)


def test_pause_keeps_what_has_arrived_and_resume_goes_on(
    qtbot: QtBot, library: ModelLibrary, server: MirrorServer
) -> None:
    server.script(Stall(120_000))
    library.get("big")
    qtbot.waitUntil(lambda: status_of(library, "big").done_bytes > 0)

    library.pause("big")
    paused = wait_for(qtbot, library, "big", ModelState.PAUSED)

    assert 0 < paused.done_bytes <= 120_000
    assert paused.problem is None
    server.release()
    library.resume("big")
    wait_for(qtbot, library, "big", ModelState.READY)
    assert server.gets[-1].range == f"bytes={int(paused.done_bytes)}-"


def test_cancel_deletes_what_has_arrived(
    qtbot: QtBot, library: ModelLibrary, store: CheckpointStore, server: MirrorServer
) -> None:
    server.script(Stall(120_000))
    library.get("big")
    qtbot.waitUntil(lambda: status_of(library, "big").done_bytes > 0)

    library.cancel("big")

    wait_for(qtbot, library, "big", ModelState.MISSING)
    assert store.leftovers() == ()


def test_after_a_restart_a_paused_download_goes_on(
    qtbot: QtBot,
    open_library: Callable[[], ModelLibrary],
    server: MirrorServer,
) -> None:
    first = open_library()
    server.script(Stall(120_000))
    first.get("big")
    qtbot.waitUntil(lambda: status_of(first, "big").done_bytes > 0)
    assert first.close()
    server.release()

    second = open_library()

    assert status_of(second, "big").state is ModelState.PAUSED
    second.get("big")
    wait_for(qtbot, second, "big", ModelState.READY)


def test_a_failure_is_told_once_and_stays_on_the_row(
    qtbot: QtBot, library: ModelLibrary, server: MirrorServer, messages: list[UserMessage]
) -> None:
    server.script(CutAfter(90_000))
    server.always(Status(404))

    library.get("big")
    paused = wait_for(qtbot, library, "big", ModelState.PAUSED)

    assert [message.title for message in messages] == ["The download site didn't answer (404)"]
    assert paused.problem == messages[0]
    assert paused.problem.text == "30 % of Fake big is kept."


def test_get_all_goes_on_after_a_failure(qtbot: QtBot, library: ModelLibrary, server: MirrorServer) -> None:
    library.get_all()
    assert status_of(library, "wrong").state is ModelState.QUEUED

    wait_for(qtbot, library, "big", ModelState.READY)
    wait_for(qtbot, library, "wrong", ModelState.MISSING)
    problem = status_of(library, "wrong").problem
    assert problem is not None
    assert problem.title == "The download of Fake wrong is damaged"


def test_a_download_steps_aside_for_something_short_and_goes_on(
    qtbot: QtBot, library: ModelLibrary, server: MirrorServer
) -> None:
    server.script(Stall(120_000))
    library.get("big")
    qtbot.waitUntil(lambda: status_of(library, "big").done_bytes > 0)

    with qtbot.waitSignal(library.message_ready) as deleted:
        library.delete_leftovers()

    assert deleted.args is not None
    assert deleted.args[0].title.endswith("left-over downloads deleted")
    server.release()
    wait_for(qtbot, library, "big", ModelState.READY)


def test_a_damaged_file_is_found_and_repaired(
    qtbot: QtBot, library: ModelLibrary, messages: list[UserMessage], expect_log: Callable[[str], None]
) -> None:
    expect_log("is not what it was")
    library.get("big")
    path = wait_for(qtbot, library, "big", ModelState.READY).path
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"?" * len(CONTENT))

    library.verify_all()
    damaged = wait_for(qtbot, library, "big", ModelState.DAMAGED)

    assert not damaged.is_usable
    assert messages[-1].level is Level.ERROR
    assert messages[-1].title == "Fake big can't be loaded"
    library.get("big")
    wait_for(qtbot, library, "big", ModelState.READY)


def test_a_sound_file_is_checked_and_stays_usable(qtbot: QtBot, library: ModelLibrary) -> None:
    library.get("big")
    before = wait_for(qtbot, library, "big", ModelState.READY)

    library.verify("big")
    assert status_of(library, "big").state is ModelState.VERIFYING
    after = wait_for(qtbot, library, "big", ModelState.READY)

    assert before.checked_at is not None
    assert after.checked_at is not None
    assert after.checked_at > before.checked_at


def test_removing(qtbot: QtBot, library: ModelLibrary) -> None:
    library.get("big")
    wait_for(qtbot, library, "big", ModelState.READY)

    library.remove("big")

    wait_for(qtbot, library, "big", ModelState.MISSING)


def test_a_model_in_use_is_not_removed(
    qtbot: QtBot, library: ModelLibrary, store: CheckpointStore, messages: list[UserMessage]
) -> None:
    library.get("big")
    checkpoint = wait_for(qtbot, library, "big", ModelState.READY).spec.checkpoint
    assert checkpoint is not None

    with store.hold(checkpoint):
        library.remove("big")
        wait_for(qtbot, library, "big", ModelState.READY)

    assert "being used" in messages[-1].title


def test_an_imported_file_becomes_a_row(qtbot: QtBot, library: ModelLibrary, tmp_path: Path) -> None:
    file = tmp_path / "fine-tune.safetensors"
    save_file({"fake.weight": np.ones((2, 2), np.float32)}, file)
    tasks: list[FolderTask | None] = []
    library.folder_task_changed.connect(tasks.append)

    with qtbot.waitSignal(library.imported, timeout=20_000) as caught:
        library.import_path(file, {"memory_length": 32})

    assert caught.args is not None
    assert [spec.id for spec in caught.args[0]] == ["fine-tune"]
    assert status_of(library, "fine-tune").state is ModelState.IMPORTED
    assert status_of(library, "fine-tune").spec.options["memory_length"] == 32
    assert tasks[0] == FolderTask(TaskKind.IMPORT, file)
    assert tasks[-1] is None


def test_a_file_that_is_no_model_is_told(qtbot: QtBot, library: ModelLibrary, tmp_path: Path) -> None:
    file = tmp_path / "picture.pth"
    file.write_bytes(b"no weights")

    with qtbot.waitSignal(library.message_ready, timeout=20_000) as caught:
        library.import_path(file)

    assert caught.args is not None
    assert caught.args[0].level is Level.ERROR


def test_the_folder_moves(qtbot: QtBot, library: ModelLibrary, tmp_path: Path) -> None:
    library.get("big")
    wait_for(qtbot, library, "big", ModelState.READY)

    with qtbot.waitSignal(library.folder_changed):
        library.move_folder(tmp_path / "elsewhere")

    assert library.folder.folder == tmp_path / "elsewhere"
    qtbot.waitUntil(lambda: not library.is_busy)
    path = status_of(library, "big").path
    assert path is not None
    assert path.is_relative_to(tmp_path / "elsewhere")


def test_left_over_downloads_are_counted(
    qtbot: QtBot, store: CheckpointStore, open_library: Callable[[], ModelLibrary]
) -> None:
    part = store.folder / "partial" / "ab.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 5000)
    library = open_library()
    assert library.folder.leftover_bytes == 5000

    with qtbot.waitSignal(library.folder_changed):
        library.delete_leftovers()

    assert library.folder.leftover_bytes == 0


def test_closing_stops_a_download_at_once(qtbot: QtBot, library: ModelLibrary, server: MirrorServer) -> None:
    server.script(Stall(120_000))
    library.get("big")
    qtbot.waitUntil(lambda: status_of(library, "big").done_bytes > 0)

    assert library.close()

    library.get("big")  # a late click changes nothing
    assert server.gets[0].range == ""
    assert len(server.gets) == 1


# --- speed ---


def test_the_pace_is_told_once_it_is_known() -> None:
    times = iter([0.0, 1.0, 2.0, 3.0])
    pace = Pace(clock=lambda: next(times))

    assert [pace.update(done) for done in (0, 100, 200, 300)] == [None, None, 100.0, 100.0]


def test_the_pace_forgets_what_is_long_ago() -> None:
    seconds = [0.0, 1.0, 2.0, 12.0, 22.0]
    times = iter(seconds)
    pace = Pace(clock=lambda: next(times))

    speeds = [pace.update(done) for done in (0, 1000, 2000, 2000, 2000)]

    assert speeds[-1] == 0.0


@pytest.mark.parametrize(("speed", "left"), [(None, None), (0.0, None), (50.0, 2.0)])
def test_time_left(speed: float | None, left: float | None) -> None:
    assert seconds_left(100, 200, speed) == left
