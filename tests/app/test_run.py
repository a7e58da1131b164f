"""How fast a model is, also where songs are heard side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from mt3_desktop.app.run import Run, Throughput
from mt3_desktop.app.waiting_line import Order
from mt3_desktop.core.pipeline import Request


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throughput(clock: Clock) -> Throughput:
    return Throughput(clock=clock)


def run(job_id: int = 1) -> Run:
    return Run(Order(job_id, Request(Path("song.wav"))))


def test_one_song(throughput: Throughput, clock: Clock) -> None:
    song = run()
    throughput.begin(song, heard_until=10.0)
    clock.seconds = 5
    throughput.begin(song, heard_until=20.0)
    assert throughput.end(song, heard_until=30.0) == 4.0, "what was heard in earlier runs does not count"


def test_songs_side_by_side_are_measured_as_one(throughput: Throughput, clock: Clock) -> None:
    first, second = run(1), run(2)
    throughput.begin(first, 0)
    clock.seconds = 1
    throughput.begin(second, 0)
    clock.seconds = 4
    assert throughput.end(first, 20) is None
    clock.seconds = 5
    assert throughput.end(second, 30) == 10.0
    third = run(3)
    clock.seconds = 100
    throughput.begin(third, 0)
    clock.seconds = 101
    assert throughput.end(third, 3) == 3.0


def test_a_song_that_was_not_begun(throughput: Throughput) -> None:
    assert throughput.end(run(), 9) is None


def test_a_song_of_which_nothing_was_heard(throughput: Throughput) -> None:
    song = run()
    throughput.begin(song, 5)
    assert throughput.end(song, 5) is None


def test_the_pace_is_of_this_run_and_not_said_too_early(throughput: Throughput, clock: Clock) -> None:
    song = run()
    assert throughput.pace(song, 5.0) is None  # the model is not at it
    throughput.begin(song, heard_until=4.0)
    clock.seconds = 0.5
    assert throughput.pace(song, 8.0) is None
    clock.seconds = 2.0
    assert throughput.pace(song, 10.0) == 3.0
    assert throughput.pace(song, 4.0) is None  # nothing was heard
