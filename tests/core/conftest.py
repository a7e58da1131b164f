"""What the tests of whole transcriptions share: a family that hears what the test says, and a song."""

from __future__ import annotations

from pathlib import Path

import pytest

from mt3_desktop.core.pipeline import ModelPool
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from tests.helpers.fake_family import SCRIPT, Scene, fake_family, fake_spec, install
from tests.helpers.tones import tone_song, write_audio

NO_MIRROR = Checkpoint("ab" * 32, 1000, "fake.pth", (), "CC0-1.0")


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene()
    install(monkeypatch, fake_family(scene, fake_spec(), fake_spec("remote", checkpoint=NO_MIRROR)))
    return scene


@pytest.fixture
def store(locations: Locations) -> CheckpointStore:
    return CheckpointStore(locations)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_audio(tmp_path / "song.wav", tone_song(SCRIPT, duration=7.0))


@pytest.fixture
def pool() -> ModelPool:
    return ModelPool()
