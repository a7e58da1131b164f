"""A checkpoint that is dropped on the window goes to the models, as a file or in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.message_bar import MessageBar
from tests.helpers.window import Hands


@pytest.mark.parametrize("dropped", ["model", "model/mt3.pth"])
def test_a_dropped_checkpoint_is_no_song(hands: Hands, qtbot: QtBot, tmp_path: Path, dropped: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "mt3.pth").write_bytes(b"no weights at all")
    hands.drop(tmp_path / dropped)
    (bar,) = hands.window.findChildren(MessageBar)
    qtbot.waitUntil(lambda: bar.message is not None, timeout=20_000)
    assert bar.message is not None
    assert "as weights of a model" in bar.message.title
    assert not hands.queue.jobs
