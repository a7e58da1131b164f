"""Which folder wins, and what a broken pointer does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mt3_desktop.core.store.locations import Locations


@pytest.mark.parametrize(
    ("home", "environ", "root"),
    [
        (Path("/stated"), {"MT3_DESKTOP_HOME": "/environment"}, Path("/stated")),
        (None, {"MT3_DESKTOP_HOME": "/environment"}, Path("/environment")),
    ],
)
def test_a_stated_home_beats_the_environment(home: Path | None, environ: dict[str, str], root: Path) -> None:
    assert Locations.default(home, environ=environ).root == Path(root).absolute()


def test_without_either_it_is_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    root = Locations.default(environ={}).root

    assert root.name == "mt3-desktop"
    assert "cache" not in str(root).lower()


def test_everything_lies_under_the_home(tmp_path: Path) -> None:
    locations = Locations(tmp_path)

    folders = (locations.checkpoints, locations.logs, locations.sessions, locations.cache, locations.settings)

    assert all(folder.parent == tmp_path for folder in folders)
    assert len(set(folders)) == len(folders)


def test_the_variable_moves_the_checkpoints_alone(tmp_path: Path) -> None:
    environ = {"MT3_CHECKPOINT_DIR": str(tmp_path / "models")}

    locations = Locations.default(tmp_path / "home", environ=environ)

    assert locations.checkpoints == tmp_path / "models"
    assert locations.sessions == tmp_path / "home" / "sessions"


def test_a_relative_home_does_not_follow_a_later_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    locations = Locations.default(Path("here"))

    monkeypatch.chdir("/")

    assert locations.root == tmp_path / "here"


def test_the_pointer_moves_the_checkpoints_for_every_program(tmp_path: Path) -> None:
    Locations(tmp_path).point_checkpoints_to(tmp_path / "elsewhere", former=tmp_path / "checkpoints")

    assert Locations(tmp_path).checkpoints == tmp_path / "elsewhere"
    assert Locations(tmp_path).former_checkpoints == tmp_path / "checkpoints"


@pytest.mark.parametrize(
    "content", ["[]", '"text"', "{}", '{"checkpoints": 7}', '{"checkpoints": "relative"}']
)
def test_a_pointer_without_a_folder_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "checkpoints-folder.json").write_text(content)

    assert Locations(tmp_path).checkpoints == tmp_path / "checkpoints"


def test_a_broken_pointer_is_logged_and_ignored(tmp_path: Path, expect_log: Callable[[str], None]) -> None:
    expect_log("the pointer to the models folder is unreadable")
    (tmp_path / "checkpoints-folder.json").write_text(json.dumps({"checkpoints": "/x"})[:-4])

    assert Locations(tmp_path).checkpoints == tmp_path / "checkpoints"
