from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.settings import N_RECENT, Settings, SettingsStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


def write(path: Path, line: str) -> None:
    path.write_text(f"[General]\n{line}\n", encoding="utf-8")


def test_a_fresh_store_has_the_defaults(path: Path) -> None:
    assert SettingsStore(path).value == Settings()


@pytest.mark.parametrize(
    "changes",
    [
        {"model_id": "mt3_pytorch", "theme": "dark"},
        {"start_on_add": False, "volume": 0.25},
        {"recent_files": ("/music/Été, déjà.mp3", "/music/a;b=c.wav")},
        {"export_formats": ("midi", "json"), "export_pattern": "{song}, {model}"},
        {"geometry": bytes(range(256))},
    ],
)
def test_what_was_changed_is_there_in_the_next_run(path: Path, changes: dict[str, object]) -> None:
    store = SettingsStore(path)
    store.update(**changes)
    store.close()

    reread = SettingsStore(path).value

    assert {name: getattr(reread, name) for name in changes} == changes


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("volume=loud", "volume"),
        ("volume=7.5", "volume"),
        ("theme=purple", "theme"),
        ("start_on_add=perhaps", "start_on_add"),
        ("recent_files={not json", "recent_files"),
        ("export_formats=[7]", "export_formats"),
        ("geometry=***", "geometry"),
        ('speeds="[7]"', "speeds"),
        ('speeds="[[1, 2]]"', "speeds"),
        (r'speeds="[[\"lite\", \"cpu\", -1.0]]"', "speeds"),
        ("theme=dark, light", "theme"),
    ],
)
def test_rubbish_falls_back_and_is_logged(
    path: Path, line: str, name: str, expect_log: Callable[[str], None]
) -> None:
    expect_log(f"setting {name} falls back")
    write(path, line)

    assert getattr(SettingsStore(path).value, name) == getattr(Settings(), name)


def test_a_change_is_told_once_and_no_change_not_at_all(path: Path, qtbot: QtBot) -> None:
    store = SettingsStore(path)
    with qtbot.waitSignal(store.changed) as told:
        store.update(theme="dark")
    with qtbot.assertNotEmitted(store.changed):
        store.update(theme="dark")

    old, new = told.args
    assert (old.theme, new.theme) == ("system", "dark")


def test_defaults_can_be_restored_by_name(path: Path) -> None:
    store = SettingsStore(path)
    store.update(theme="dark", volume=0.1)

    store.restore_defaults("theme")

    assert (store.value.theme, store.value.volume) == ("system", 0.1)


def test_recent_files_are_newest_first_each_once_and_not_endless(path: Path) -> None:
    store = SettingsStore(path)
    for number in range(N_RECENT + 5):
        store.remember_file(Path(f"/song {number}.wav"))
    store.remember_file(Path("/song 10.wav"))

    recent = store.value.recent_files
    assert recent[0] == str(Path("/song 10.wav"))
    assert len(recent) == len(set(recent)) == N_RECENT
