from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mt3_desktop.gui import job_news
from tests.helpers.fake_family import SCRIPT, Scene
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a screen reader was given to say."""
    texts: list[str] = []
    monkeypatch.setattr(job_news, "announce", lambda _source, text: texts.append(text))
    return texts


def test_start_quarters_and_end_are_said_once(
    hands: Hands, qtbot: QtBot, scene: Scene, song: Path, said: list[str]
) -> None:
    scene.gate = threading.Semaphore(0)
    hands.drop(song)
    qtbot.waitUntil(lambda: said[1:] == [f"{song.stem}: 50%"])
    scene.gate.release()
    hands.wait_until_done()

    assert said == [
        f"{song.stem}: transcription started",
        f"{song.stem}: 50%",
        f"{song.stem} is done: {len(SCRIPT)} notes",
    ]


def test_who_looks_elsewhere_is_told_when_all_is_done(
    hands: Hands, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerted: list[object] = []
    monkeypatch.setattr(QApplication, "alert", alerted.append)
    monkeypatch.setattr(hands.window, "isActiveWindow", lambda: False)

    hands.drop(song)
    hands.wait_until_done()

    assert alerted == [hands.window]


def test_the_computer_is_kept_awake_only_while_a_song_runs(
    hands: Hands, qtbot: QtBot, scene: Scene, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes: list[str] = []
    monkeypatch.setattr(job_news.KeepAwake, "hold", lambda _self: wishes.append("hold"))
    monkeypatch.setattr(job_news.KeepAwake, "release", lambda _self: wishes.append("release"))
    scene.gate = threading.Semaphore(0)

    hands.drop(song)
    hands.wait_for_notes()
    assert wishes == ["hold"]
    scene.gate.release()
    hands.wait_until_done()

    assert wishes == ["hold", "release"]


def test_the_computer_may_sleep_if_the_user_says_so_even_in_mid_song(
    hands: Hands, scene: Scene, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes: list[str] = []
    monkeypatch.setattr(job_news.KeepAwake, "hold", lambda _self: wishes.append("hold"))
    monkeypatch.setattr(job_news.KeepAwake, "release", lambda _self: wishes.append("release"))
    scene.gate = threading.Semaphore(0)
    hands.services.settings.update(keep_awake=False)

    hands.drop(song)
    hands.wait_for_notes()
    assert "hold" not in wishes
    hands.services.settings.update(keep_awake=True)
    assert wishes.pop() == "hold"
    hands.services.settings.update(keep_awake=False)
    assert wishes.pop() == "release"

    scene.gate.release()
    hands.wait_until_done()
    assert "hold" not in wishes


def test_songs_side_by_side_are_told_apart(
    hands: Hands, scene: Scene, song: Path, tmp_path: Path, said: list[str]
) -> None:
    scene.side_by_side = 2
    other = write_audio(tmp_path / "other.wav", sine(6.0))
    hands.drop(song, other)
    hands.wait_until_done()

    for path, quarters in ((song, ["50%"]), (other, ["25%", "50%"])):
        mine = [text for text in said if text.startswith(path.stem)]
        assert mine[0] == f"{path.stem}: transcription started"
        assert mine[-1] == f"{path.stem} is done: {len(SCRIPT)} notes"
        assert len(mine) <= 2 + len(quarters), "each is said once"
