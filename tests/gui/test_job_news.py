from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mt3_desktop.gui import job_news
from tests.helpers.fake_family import SCRIPT, Scene
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
