from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.core.pipeline import ModelPool
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from tests.helpers.fake_family import Scene, fake_family, install
from tests.helpers.tones import sine, write_audio


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The fake family, the only one of the program."""
    scene = Scene()
    install(monkeypatch, fake_family(scene))
    return scene


@pytest.fixture
def queue(qapp: object, scene: Scene, locations: Locations) -> Iterator[JobQueue]:
    queue = JobQueue(CheckpointStore(locations), ModelPool())
    yield queue
    assert queue.close()


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Four seconds: two segments of the fake model."""
    return write_audio(tmp_path / "song.wav", sine(4.0))
