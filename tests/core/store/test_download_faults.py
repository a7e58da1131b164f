"""Every fault of a download server: right sentence, nothing half-published, resumed where possible."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from mt3_desktop.core.errors import (
    ChecksumMismatch,
    DiskFull,
    DownloadFailed,
    NotWritable,
    Offline,
    UntrustedConnection,
)
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Stage
from mt3_desktop.core.specs import Checkpoint, HttpMirror, LfsMirror
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.partial import Partial
from mt3_desktop.core.store.transfer import Patience, open_client
from tests.helpers.checkpoints import CONTENT, SHA256, checkpoint_at
from tests.helpers.mirror_server import (
    CERTIFICATE,
    CutAfter,
    Drip,
    Endless,
    Garbage,
    IgnoreRange,
    LfsError,
    MirrorServer,
    OtherFile,
    RedirectLoop,
    RedirectTo,
    Stall,
    Status,
    WrongBytes,
    WrongRange,
)

NOBODY = "http://127.0.0.1:9/mt3.pth"  # the discard port: nothing listens


class Hurry(CancelToken):
    """A token that never waits, and remembers for how long it should have."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.check()


def assert_nothing_published(store: CheckpointStore, checkpoint: Checkpoint) -> None:
    assert not store.has(checkpoint)
    assert not list(store.folder.glob("sha256/*/*"))


def test_a_healthy_server(store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint) -> None:
    seen: list[Progress] = []

    path = store.ensure(checkpoint, report=seen.append)

    assert path == store.folder / "sha256" / SHA256[:2] / SHA256
    assert path.read_bytes() == CONTENT
    assert not path.stat().st_mode & 0o222, "published files are read-only"
    assert not list(store.folder.glob("partial/*.part"))
    assert [part.stage for part in seen][-1] is Stage.FETCH
    assert (seen[-1].done, seen[-1].total) == (len(CONTENT), len(CONTENT))
    assert store.ensure(checkpoint) == path
    assert len(server.gets) == 1


def test_resume_after_cut_connection(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.script(CutAfter(297_000), CutAfter(1000))

    path = store.ensure(checkpoint)

    assert path.read_bytes() == CONTENT
    assert [request.range for request in server.gets] == ["", "bytes=297000-", "bytes=298000-"]


def test_patience_starts_anew_when_bytes_arrive(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.script(*[CutAfter(20_000)] * 12)

    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert len(server.gets) == 13


def test_a_server_that_always_breaks_off_at_once_is_given_up(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.script(CutAfter(150_000))
    server.always(CutAfter(0))

    with pytest.raises(
        DownloadFailed, match=r"didn't answer \(connection broke off\)\. 50 % of MT3 is kept"
    ) as caught:
        store.ensure(checkpoint, title="MT3")

    assert caught.value.message == "The download site didn't answer (connection broke off)."
    assert len(server.gets) == 5
    assert store.kept_bytes(checkpoint) == 150_000
    assert_nothing_published(store, checkpoint)


def test_a_server_that_ignores_range_starts_again(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.script(CutAfter(100_000), IgnoreRange())

    assert store.ensure(checkpoint).read_bytes() == CONTENT


def test_a_server_that_ignores_range_and_always_breaks_off_is_given_up(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.always(IgnoreRange(cut_after=100_000))

    with pytest.raises(DownloadFailed, match=r"33 % of mt3\.pth is kept"):
        store.ensure(checkpoint)

    assert len(server.gets) == 5


def test_an_answer_from_another_place_is_not_appended(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.script(CutAfter(100_000), WrongRange())

    assert store.ensure(checkpoint).read_bytes() == CONTENT


def test_wrong_bytes_are_discarded(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.always(WrongBytes())

    with pytest.raises(ChecksumMismatch) as caught:
        store.ensure(checkpoint, title="YourMT3")

    assert caught.value.message == "The download of YourMT3 is damaged."
    assert "isn't the published file" in caught.value.hint
    assert store.kept_bytes(checkpoint) == 0
    assert len(server.gets) == 1, "wrong from the first byte: asking again would bring the same"
    assert_nothing_published(store, checkpoint)


@pytest.mark.parametrize("fault", [OtherFile(), OtherFile(CONTENT + b"x"), Endless()])
def test_a_file_of_another_size_is_refused(
    store: CheckpointStore,
    server: MirrorServer,
    checkpoint: Checkpoint,
    fault: OtherFile | Endless,
) -> None:
    server.always(fault)

    with pytest.raises(ChecksumMismatch):
        store.ensure(checkpoint)

    assert_nothing_published(store, checkpoint)


def test_the_damage_of_one_mirror_is_not_held_against_the_next(
    store: CheckpointStore, server: MirrorServer, second_server: MirrorServer
) -> None:
    server.script(Status(404))
    checkpoint = checkpoint_at(HttpMirror(server.url), HttpMirror(second_server.url))
    part = store.folder / "partial" / f"{SHA256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"damage" * 1000)

    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert [request.range for request in second_server.gets] == ["bytes=6000-", ""]


@pytest.mark.parametrize(("code", "n_requests"), [(403, 1), (404, 1), (429, 5), (500, 5), (503, 5)])
def test_a_status_is_named_and_only_passing_ones_are_asked_again(
    store: CheckpointStore,
    server: MirrorServer,
    checkpoint: Checkpoint,
    code: int,
    n_requests: int,
) -> None:
    server.always(Status(code))

    with pytest.raises(DownloadFailed, match=rf"didn't answer \({code}\)") as caught:
        store.ensure(checkpoint)

    assert type(caught.value) is DownloadFailed
    assert len(server.gets) == n_requests
    assert caught.value.detail == f"{checkpoint.mirrors[0].label}: {code}"
    assert_nothing_published(store, checkpoint)


def test_an_overloaded_server_is_waited_for(
    locations: Locations, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.script(Status(503), Status(429, {"Retry-After": "7"}), Status(503, {"Retry-After": "9999"}))
    cancel = Hurry()

    CheckpointStore(locations, patience=Patience((0.5, 1.0, 2.0))).ensure(checkpoint, cancel=cancel)

    assert cancel.waits == [0.5, 7.0, 60.0]


def test_a_redirect_loop_ends(store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint) -> None:
    server.always(RedirectLoop())

    with pytest.raises(DownloadFailed, match="redirects in circles"):
        store.ensure(checkpoint)

    assert len(server.gets) == 6


def test_a_redirect_to_another_server_is_followed_and_resumed(
    store: CheckpointStore, server: MirrorServer, second_server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.always(RedirectTo(second_server.url))
    second_server.script(CutAfter(200_000))

    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert [request.range for request in second_server.gets] == ["", "bytes=200000-"]


def test_no_server_at_all_is_no_connection(store: CheckpointStore) -> None:

    with pytest.raises(Offline) as caught:
        store.ensure(checkpoint_at(HttpMirror(NOBODY)), title="MT3")

    assert caught.value.message == "No internet connection."
    assert caught.value.hint == "MT3 can't be downloaded now. Ready models work offline."


def test_the_next_mirror_is_taken_where_one_is_unreachable(
    store: CheckpointStore, server: MirrorServer
) -> None:

    path = store.ensure(checkpoint_at(HttpMirror(NOBODY), HttpMirror(server.url)))

    assert path.read_bytes() == CONTENT


def test_mixed_failures_are_all_listed(store: CheckpointStore, server: MirrorServer) -> None:
    server.always(Status(404))
    checkpoint = checkpoint_at(HttpMirror(server.url), HttpMirror(NOBODY))

    with pytest.raises(DownloadFailed, match=r"didn't answer \(404, no connection\)") as caught:
        store.ensure(checkpoint)

    assert caught.value.detail.splitlines() == [
        f"{checkpoint.mirrors[0].label}: 404",
        "127.0.0.1:9: no connection",
    ]


def test_an_untrusted_certificate_is_refused(store: CheckpointStore) -> None:
    with MirrorServer(CONTENT, tls=True) as server, pytest.raises(UntrustedConnection) as caught:
        store.ensure(checkpoint_at(HttpMirror(server.url)))

    assert caught.value.message == "The connection can't be trusted."
    assert server.gets == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere trust is in the system's own key store")
def test_a_certificate_that_the_system_trusts_is_accepted(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with MirrorServer(CONTENT, tls=True) as server:
        assert store.ensure(checkpoint_at(HttpMirror(server.url))).read_bytes() == CONTENT


def test_the_system_proxy_is_used(
    store: CheckpointStore, server: MirrorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.origin)

    path = store.ensure(checkpoint_at(HttpMirror("http://mirror.invalid/mt3.pth")))

    assert path.read_bytes() == CONTENT


def test_the_system_proxy_can_be_switched_off(
    locations: Locations, server: MirrorServer, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOBODY)

    def connect() -> httpx.Client:
        return open_client(use_system_proxy=False)

    assert CheckpointStore(locations, connect=connect).ensure(checkpoint).read_bytes() == CONTENT


def test_a_slow_server_is_borne(store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint) -> None:
    server.always(Drip(1500))

    assert store.ensure(checkpoint).read_bytes() == CONTENT


def test_cancelling_does_not_wait_for_a_silent_server(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    server.always(Stall(120_000))
    cancel = CancelToken()

    def cancel_in_the_silence() -> None:
        deadline = time.monotonic() + 20
        while store.kept_bytes(checkpoint) < 120_000 and time.monotonic() < deadline:
            pass
        cancel.cancel()

    user = threading.Thread(target=cancel_in_the_silence)
    user.start()

    with pytest.raises(Cancelled):
        store.ensure(checkpoint, cancel=cancel)

    user.join()
    assert store.kept_bytes(checkpoint) == 120_000
    server.release()
    server.always(Drip(100_000))
    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert server.gets[-1].range == "bytes=120000-"


def test_a_cancelled_token_starts_nothing(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    cancel = CancelToken()
    cancel.cancel()

    with pytest.raises(Cancelled):
        store.ensure(checkpoint, cancel=cancel)

    assert server.requests == []


# --- disk ---


def test_too_little_space_is_said_before_the_first_byte(
    locations: Locations, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    store = CheckpointStore(locations, free_bytes=lambda _folder: 200_000)

    with pytest.raises(DiskFull, match="Nothing was downloaded") as caught:
        store.ensure(checkpoint, title="YourMT3")

    assert caught.value.message == "Not enough space for YourMT3."
    assert "It needs 300 kB plus room to work" in caught.value.hint
    assert "has 200 kB free" in caught.value.hint
    assert server.requests == []


def test_a_disk_that_fills_up_keeps_what_arrived(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Partial.append

    def append_until_full(self: Partial, block: bytes) -> None:
        room = 180_000 - self.size
        append(self, block[:room])
        if len(block) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Partial, "append", append_until_full)
    with pytest.raises(DiskFull, match="What has arrived is kept"):
        store.ensure(checkpoint)
    assert_nothing_published(store, checkpoint)

    monkeypatch.undo()
    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert server.gets[-1].range == "bytes=180000-"


def test_a_folder_that_cannot_be_made(server: MirrorServer, checkpoint: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    store = CheckpointStore(Locations(tmp_path / "home"))

    with pytest.raises(NotWritable, match="Can't write to the models folder"):
        store.ensure(checkpoint)

    assert server.requests == []


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOENT])
def test_a_folder_that_cannot_be_written_or_goes_away(
    store: CheckpointStore,
    server: MirrorServer,
    checkpoint: Checkpoint,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    def refuse(_source: Path, _target: Path) -> Path:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(NotWritable, match="read-only or gone"):
        store.ensure(checkpoint)

    monkeypatch.undo()
    assert_nothing_published(store, checkpoint)
    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert len(server.gets) == 1, "the complete part was published without asking again"


def test_a_part_that_is_longer_than_the_file_is_thrown_away(
    store: CheckpointStore, server: MirrorServer, checkpoint: Checkpoint
) -> None:
    part = store.folder / "partial" / f"{SHA256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT + b"x")

    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert [request.range for request in server.gets] == [""]


# --- Git-LFS ---


def test_a_git_lfs_store_is_asked_by_hash(store: CheckpointStore, server: MirrorServer) -> None:
    server.script(RedirectTo("unused"))  # taken by the batch request, which ignores it
    checkpoint = checkpoint_at(LfsMirror(f"{server.origin}/authors/model"))

    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert [request.path for request in server.requests] == [
        "/authors/model.git/info/lfs/objects/batch",
        f"/lfs/{SHA256}",
    ]


def test_a_git_lfs_address_is_asked_anew_for_each_attempt(
    store: CheckpointStore, server: MirrorServer
) -> None:
    server.script(Drip(1), CutAfter(100_000), Drip(1), Status(403))  # every second one is for the batch
    checkpoint = checkpoint_at(LfsMirror(f"{server.origin}/authors/model"))

    assert store.ensure(checkpoint).read_bytes() == CONTENT
    assert [request.method for request in server.requests] == ["POST", "GET"] * 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (LfsError(404), "Object does not exist"),
        (Garbage(b"[]"), "no download address"),
        (Garbage(b"{not json"), "no download address"),
        (Garbage(b'{"objects": [{"actions": {"download": {"href": 7}}}]}'), "no download address"),
        (Status(404), "404"),
    ],
)
def test_a_git_lfs_store_that_refuses(
    store: CheckpointStore,
    server: MirrorServer,
    second_server: MirrorServer,
    fault: LfsError | Garbage | Status,
    reason: str,
) -> None:
    server.always(fault)
    checkpoint = checkpoint_at(LfsMirror(f"{server.origin}/authors/model"), HttpMirror(second_server.url))

    assert store.ensure(checkpoint).read_bytes() == CONTENT


# --- hashes that nobody published ---


def test_an_unpublished_hash_is_recorded_at_the_first_download(
    store: CheckpointStore, server: MirrorServer
) -> None:
    checkpoint = checkpoint_at(HttpMirror(server.url), sha256="")
    server.script(CutAfter(100_000))

    path = store.ensure(checkpoint)

    assert path.name == SHA256
    assert store.sha256(checkpoint) == SHA256
    assert store.ensure(checkpoint) == path
    assert store.verify(checkpoint)
    assert len(server.gets) == 2


def test_an_inferred_hash_gives_way_to_the_first_download(
    store: CheckpointStore, server: MirrorServer
) -> None:
    checkpoint = checkpoint_at(HttpMirror(server.url), sha256="00" * 32, is_hash_inferred=True)

    assert store.ensure(checkpoint).name == SHA256
    assert store.sha256(checkpoint) == SHA256


def test_a_sign_in_page_is_not_taken_for_an_unpublished_file(
    store: CheckpointStore, server: MirrorServer
) -> None:
    server.always(OtherFile())
    checkpoint = checkpoint_at(HttpMirror(server.url), sha256="")

    with pytest.raises(ChecksumMismatch):
        store.ensure(checkpoint)

    assert_nothing_published(store, checkpoint)


def test_a_hash_that_the_server_states_holds_for_an_unpublished_file(
    store: CheckpointStore, server: MirrorServer, second_server: MirrorServer
) -> None:
    server.always(RedirectTo(second_server.url, stated_sha256=SHA256))
    second_server.script(WrongBytes())
    checkpoint = checkpoint_at(HttpMirror(server.url), sha256="")

    with pytest.raises(ChecksumMismatch):
        store.ensure(checkpoint)

    assert store.ensure(checkpoint).name == SHA256
