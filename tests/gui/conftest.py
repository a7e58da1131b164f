from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.gui.composition import build
from tests.helpers.fake_family import Scene, fake_family, fake_spec, install
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The fake family, the only one of the program: a built-in model, and one that is not here."""
    scene = Scene()
    remote = Checkpoint("0" * 64, 184_000_000, "mt3.pth", (), "none stated")
    install(monkeypatch, fake_family(scene, fake_spec(), fake_spec("remote", checkpoint=remote)))
    return scene


@pytest.fixture
def hands(qtbot: QtBot, qapp: QApplication, scene: Scene, locations: Locations) -> Iterator[Hands]:
    """The window, open."""
    session = build(qapp, locations)
    session.services.settings.update(model_id="fake")
    session.window.resize(1440, 900)
    session.window.show()
    qtbot.waitExposed(session.window)
    yield Hands(session, qtbot)
    session.window.confirm_quit = lambda _n_unfinished: True  # type: ignore[method-assign]
    session.window.close()
    assert session.close()
    shiboken6.delete(session.window)  # else every later test dresses this window too


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Four seconds: two segments of the fake model."""
    return write_audio(tmp_path / "Été ☂ song.wav", sine(4.0))
