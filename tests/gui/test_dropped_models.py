"""A checkpoint that is dropped on the window goes to the models, as a file or in its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from mt3_desktop.app.model_status import ModelState
from mt3_desktop.gui.message_bar import MessageBar
from mt3_desktop.gui.options_dialog import OptionsDialog
from tests.helpers.fake_family import Scene
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
    assert bar.message.title.endswith("isn't an MT3-family model")
    assert not hands.queue.jobs


def test_what_an_imported_file_does_not_tell_is_asked(
    hands: Hands, qtbot: QtBot, scene: Scene, tmp_path: Path
) -> None:
    scene.file_options = {"memory_length": 64}
    file = tmp_path / "last.safetensors"
    save_file({"fake.weight": np.ones((2, 2), np.float32)}, file)
    hands.drop(file)
    qtbot.waitUntil(lambda: bool(hands.window.findChildren(OptionsDialog)), timeout=20_000)
    (dialog,) = hands.window.findChildren(OptionsDialog)
    dialog.findChild(QSpinBox).setValue(32)
    dialog.accept()
    library = hands.services.library
    (model_id,) = (status.spec.id for status in library.statuses if status.at_rest is ModelState.IMPORTED)
    qtbot.waitUntil(lambda: library.status(model_id).spec.options == {"memory_length": 32})  # type: ignore[union-attr]
