"""`mt3-desktop models …`: what it prints, what it does, and how it ends."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mt3_desktop.cli import main
from mt3_desktop.core.specs import HttpMirror
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.partial import Partial
from tests.helpers import fake_family as fakes
from tests.helpers.checkpoints import CONTENT, SHA256, checkpoint_at
from tests.helpers.mirror_server import MirrorServer, Status

Captured = pytest.CaptureFixture[str]
NOBODY = "http://127.0.0.1:9/mt3.pth"


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    with MirrorServer(CONTENT) as mirror:
        yield mirror


@pytest.fixture
def scene() -> fakes.Scene:
    return fakes.Scene()


@pytest.fixture(autouse=True)
def families(server: MirrorServer, scene: fakes.Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One built-in model, one that can be fetched, one whose server is gone."""
    gone = checkpoint_at(HttpMirror(NOBODY), sha256="ab" * 32)
    fakes.install(
        monkeypatch,
        fakes.fake_family(
            scene,
            fakes.fake_spec("small"),
            fakes.fake_spec("big", checkpoint=checkpoint_at(HttpMirror(server.url))),
            fakes.fake_spec("gone", checkpoint=gone),
        ),
    )


@pytest.fixture
def store(locations: Locations) -> CheckpointStore:
    return CheckpointStore(locations)


def run(home: Path, *words: str) -> int:
    return main(["--home", str(home), "models", *words])


def states(home: Path, capsys: Captured) -> dict[str, str]:
    """Model id → state, as `list --json` tells it."""
    capsys.readouterr()
    assert run(home, "list", "--json") == 0
    return {entry["id"]: entry["state"] for entry in json.loads(capsys.readouterr().out)}


def test_list_for_people(home: Path, capsys: Captured) -> None:
    assert run(home, "list") == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Id", "State", "Size", "Licence", "Model"]
    assert [line.split()[0] for line in lines[1:]] == ["small", "big", "gone"]
    assert "300 kB" in lines[2]


def test_list_for_programs(home: Path, capsys: Captured) -> None:
    run(home, "get", "big")
    capsys.readouterr()

    assert run(home, "list", "--json") == 0

    entries = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert entries["small"]["size_bytes"] is None
    big = entries["big"]
    assert (big["state"], big["sha256"], big["size_bytes"]) == ("ready", SHA256, len(CONTENT))
    assert Path(big["path"]).read_bytes() == CONTENT
    assert big["abilities"]["drums"] is True


def test_get_says_where_it_is(home: Path, store: CheckpointStore, capsys: Captured) -> None:
    assert run(home, "get", "big") == 0

    out = capsys.readouterr()
    assert str(store.folder) in out.out
    assert out.err == ""


def test_get_all_goes_on_after_a_failure_and_tells(home: Path, capsys: Captured) -> None:
    assert run(home, "get", "--all") == 3

    out = capsys.readouterr()
    assert "Fake big is here" in out.out
    assert out.err == (
        "mt3-desktop: No internet connection. Fake gone can't be downloaded now. Ready models work offline.\n"
    )


@pytest.mark.parametrize(
    ("words", "expected"), [(("get",), 2), (("get", "big", "nope"), 3), (("nonsense",), 2), ((), 2)]
)
def test_wrong_words_do_nothing(
    home: Path, server: MirrorServer, words: tuple[str, ...], expected: int
) -> None:
    try:
        status = run(home, *words)
    except SystemExit as ending:  # argparse ends the program itself
        status = int(str(ending.code))

    assert status == expected
    assert server.requests == []


def test_a_part_that_is_here_is_told(home: Path, store: CheckpointStore, capsys: Captured) -> None:
    with Partial(store.folder / "partial" / f"{SHA256}.part") as part:
        part.append(CONTENT[:150_000])

    assert states(home, capsys)["big"] == "50 % here"


def test_verify_finds_damage_and_get_repairs_it(
    home: Path, store: CheckpointStore, capsys: Captured, expect_log: object
) -> None:
    expect_log("is not what it was")  # type: ignore[operator]
    run(home, "get", "big")
    assert run(home, "verify") == 0
    blob = store.folder / "sha256" / SHA256[:2] / SHA256
    blob.chmod(0o644)
    blob.write_bytes(b"?" * len(CONTENT))

    assert run(home, "verify") == 1
    assert states(home, capsys)["big"] == "damaged"
    assert run(home, "get", "big") == 0
    assert states(home, capsys)["big"] == "ready"


def test_verify_says_what_it_looked_at(home: Path, capsys: Captured) -> None:
    assert run(home, "verify") == 0
    assert "there is no file to check" in "".join(capsys.readouterr())
    run(home, "get", "big")
    capsys.readouterr()

    assert run(home, "verify") == 0

    assert "is intact" in "".join(capsys.readouterr())


def test_verifying_or_removing_what_is_not_here_names_the_command_that_gets_it(
    home: Path, capsys: Captured
) -> None:
    assert run(home, "verify", "big") == 3
    assert run(home, "remove", "big") == 3
    assert capsys.readouterr().err.count("Get it with: mt3-desktop models get big") == 2


def test_remove(home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    binned: list[Path] = []
    monkeypatch.setattr("send2trash.send2trash", lambda path: (binned.append(path), path.unlink()))
    run(home, "get", "big")

    assert run(home, "remove", "big") == 0

    assert [path.name for path in binned] == [SHA256]
    assert states(home, capsys)["big"] == "not here"


def test_a_built_in_model_is_neither_fetched_nor_removed(home: Path, capsys: Captured) -> None:
    assert run(home, "get", "small") == 0
    assert run(home, "remove", "small") == 1
    assert capsys.readouterr().out == "Fake small comes with the program.\n"


def test_import_says_what_the_file_does_not_tell(
    home: Path, scene: fakes.Scene, tmp_path: Path, capsys: Captured
) -> None:
    scene.file_options = {"memory_length": 64}
    own = tmp_path / "fine-tune.safetensors"
    save_file({"fake.weight": np.ones((2, 2), np.float32)}, own)
    assert run(home, "import", str(own)) == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "The file does not tell its memory length: 64 was taken. "
        "If that is wrong, import it again with --option memory_length=NUMBER"
    )
    assert run(home, "import", str(own), "--option", "memory_length=many") == 1
    assert capsys.readouterr().err.endswith("Choose 0 to 1024.\n")
    assert run(home, "import", str(own), "--option", "memory_length=32") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_import_where_and_link(home: Path, tmp_path: Path, capsys: Captured) -> None:
    known = tmp_path / "from a friend.bin"
    known.write_bytes(CONTENT)
    own = tmp_path / "fine-tune.safetensors"
    save_file({"fake.weight": np.ones((2, 2), np.float32)}, own)

    assert run(home, "import", str(known), str(own), "--option", "memory_length=32") == 0

    assert "transcribe song.wav -m fine-tune" in capsys.readouterr().out
    assert run(home, "where", "fine-tune") == 0
    where = Path(capsys.readouterr().out.strip())
    assert hashlib.sha256(where.read_bytes()).digest() == hashlib.sha256(own.read_bytes()).digest()
    assert states(home, capsys) == {
        "small": "built in",
        "big": "ready",
        "gone": "not here",
        "fine-tune": "imported",
    }
    assert run(home, "link", "big") == 0
    assert f"sha256: {SHA256}" in capsys.readouterr().out
    assert run(home, "link", "fine-tune") == 3


def test_import_of_something_else_is_refused(home: Path, tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "holiday.pth"
    file.write_bytes(b"\xff\xd8 a picture")

    assert run(home, "import", str(file)) == 3

    assert capsys.readouterr().err.startswith('mt3-desktop: "holiday.pth" can')


def test_where_and_move(home: Path, store: CheckpointStore, tmp_path: Path, capsys: Captured) -> None:
    run(home, "get", "big")
    capsys.readouterr()

    assert run(home, "where") == 0
    assert capsys.readouterr().out.strip() == str(store.folder)
    assert run(home, "move", str(tmp_path / "elsewhere")) == 0
    capsys.readouterr()
    run(home, "where")
    assert capsys.readouterr().out.strip() == str(tmp_path / "elsewhere")
    assert states(home, capsys)["big"] == "ready"


def test_leftovers(home: Path, store: CheckpointStore, server: MirrorServer, capsys: Captured) -> None:
    with Partial(store.folder / "partial" / "old.part") as part:
        part.append(b"x" * 5000)

    assert run(home, "leftovers") == 0
    assert capsys.readouterr().out == f"5 kB  {part.path}\n"
    assert run(home, "leftovers", "--delete") == 0
    assert capsys.readouterr().out.endswith("5 kB deleted.\n")
    assert run(home, "leftovers") == 0
    assert capsys.readouterr().out == "There are no left-over downloads.\n"


def test_details_are_for_debugging(home: Path, server: MirrorServer, capsys: Captured) -> None:
    server.always(Status(404))

    run(home, "get", "big")
    brief = capsys.readouterr().err
    main(["--home", str(home), "--debug", "models", "get", "big"])
    long = capsys.readouterr().err

    label = checkpoint_at(HttpMirror(server.url)).mirrors[0].label
    assert len(brief.splitlines()) == 1
    assert f"{label}: 404" in long
