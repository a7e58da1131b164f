"""A store, a server and a checkpoint for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mt3_desktop.core.specs import Checkpoint, HttpMirror
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.store.transfer import Patience
from tests.helpers.checkpoints import CONTENT, checkpoint_at
from tests.helpers.mirror_server import MirrorServer


@pytest.fixture
def server() -> Iterator[MirrorServer]:
    with MirrorServer(CONTENT) as mirror:
        yield mirror


@pytest.fixture
def second_server() -> Iterator[MirrorServer]:
    with MirrorServer(CONTENT) as mirror:
        yield mirror


@pytest.fixture
def checkpoint(server: MirrorServer) -> Checkpoint:
    return checkpoint_at(HttpMirror(server.url))


@pytest.fixture
def discarded() -> list[Path]:
    """What the store put into the recycle bin."""
    return []


@pytest.fixture
def store(locations: Locations, discarded: list[Path]) -> CheckpointStore:
    def discard(path: Path) -> None:
        discarded.append(path)
        path.rename(path.with_name(path.name + ".in-bin"))

    return CheckpointStore(locations, patience=Patience((0.0,) * 4), discard=discard)
