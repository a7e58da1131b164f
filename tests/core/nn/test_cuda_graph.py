"""Recording and replaying steps, on a make-believe card: while it records, nothing is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import pytest
import torch
from torch import Tensor

from mt3_desktop.core.nn.cuda_graph import GraphRunner
from mt3_desktop.core.nn.padded_rows import Shapes


class Recording:
    """Stands in for a `CUDAGraph`."""

    def __init__(self) -> None:
        self.work: list[Callable[[], object]] = []

    def replay(self) -> None:
        for work in self.work:
            work()


class Stream:
    """Stands in for a stream: everything is in order anyway."""

    def wait_stream(self, _other: Stream) -> None: ...


class Card:
    """Computes at once, or notes it down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.recordings: list[Recording] = []
        self._open: Recording | None = None
        monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
        monkeypatch.setattr(torch.cuda, "Stream", Stream)
        monkeypatch.setattr(torch.cuda, "current_stream", Stream)
        monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
        monkeypatch.setattr(torch.cuda, "graph", self._record)

    def launch(self, work: Callable[[], object]) -> None:
        if self._open is None:
            work()
        else:
            self._open.work.append(work)

    @contextmanager
    def _record(self, recording: Recording) -> Iterator[None]:
        self._open = recording
        self.recordings.append(recording)
        yield
        self._open = None


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    return Card(monkeypatch)


@pytest.fixture
def places() -> Tensor:
    return torch.zeros(2, dtype=torch.int64)


def run(runner: GraphRunner, card: Card, places: Tensor, key: Shapes) -> None:
    runner(key, lambda: card.launch(lambda: places.add_(1)), [places])


def test_every_call_is_one_step_the_one_that_records_too(card: Card, places: Tensor) -> None:
    runner = GraphRunner()
    for calls in range(1, 5):
        run(runner, card, places, (1, 128, 256))
        assert places.tolist() == [calls, calls]
    assert len(card.recordings) == 1


def test_each_width_is_recorded_once_for_the_same_buffers(card: Card, places: Tensor) -> None:
    runner = GraphRunner()
    for width in (4, 1, 4, 1):
        run(runner, card, places, (width, 128, 256))
    assert len(card.recordings) == 2
    assert places.tolist() == [4, 4]


@pytest.mark.parametrize("other", [(4, 256, 256), (4, 128, 320)], ids=["longer rows", "other outputs"])
def test_recordings_go_with_their_buffers(card: Card, places: Tensor, other: Shapes) -> None:
    runner = GraphRunner()
    first = (4, 128, 256)
    for key in (first, other, first):
        run(runner, card, places, key)
    assert len(card.recordings) == 3, "the first buffers were made anew, at another address"
    assert places.tolist() == [3, 3]
