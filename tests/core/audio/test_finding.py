"""Folders and patterns expand to recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from mt3_desktop.core.audio import find_audio


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for name in (
        "b.wav",
        "a.MP3",
        "notes.txt",
        ".hidden.wav",
        "cd/2.flac",
        "cd/1.flac",
        ".git/x.wav",
        "pics/i.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(found: tuple[Path, ...], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def test_folder_expands_in_order(music: Path) -> None:
    assert names(find_audio([music]).files, music) == ["a.MP3", "b.wav", "cd/1.flac", "cd/2.flac"]


def test_pattern_expands(music: Path) -> None:
    assert names(find_audio([music / "*.wav"]).files, music) == ["b.wav"]
    assert names(find_audio([music / "**" / "*.flac"]).files, music) == ["cd/1.flac", "cd/2.flac"]
    assert names(find_audio([music / "c?"]).files, music) == ["cd/1.flac", "cd/2.flac"]


def test_each_file_once(music: Path) -> None:
    assert names(find_audio([music / "b.wav", music, music / "*.wav"]).files, music)[0] == "b.wav"
    assert len(find_audio([music, music]).files) == 4


def test_named_file_is_kept_whatever_it_is_called(music: Path) -> None:
    found = find_audio([music / "notes.txt", music / "gone.wav"])
    assert names(found.files, music) == ["notes.txt", "gone.wav"]


def test_name_with_brackets_is_a_file(music: Path) -> None:
    path = music / "song [live].wav"
    path.touch()
    assert find_audio([path]).files == (path,)


def test_places_without_recordings_are_named(music: Path) -> None:
    found = find_audio([music / "pics", music / "*.ogg"])
    assert found.files == ()
    assert found.barren == (music / "pics", music / "*.ogg")
