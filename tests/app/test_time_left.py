from __future__ import annotations

from itertools import pairwise

import pytest

from mt3_desktop.app.time_left import TimeLeft


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_nothing_is_said_before_three_segments(clock: Clock) -> None:
    left = TimeLeft(clock=clock)
    said = []
    for done in range(5):
        said.append(left.update(done, 10))
        clock.now += 1.0

    assert said == [None, None, None, pytest.approx(7.0), pytest.approx(6.0)]


def test_slow_segments_are_told_after_five_seconds(clock: Clock) -> None:
    left = TimeLeft(clock=clock)
    left.update(0, 10)
    clock.now = 6.0

    assert left.update(1, 10) == pytest.approx(54.0)


def test_the_figure_never_jumps_up_by_more_than_a_fifth(clock: Clock) -> None:
    left = TimeLeft(clock=clock)
    shown = []
    for done in range(20):
        shown.append(left.update(done, 100))
        clock.now += 30.0 if done == 10 else 1.0

    figures = [value for value in shown if value is not None]
    assert all(new <= old * 1.2 + 1e-9 for old, new in pairwise(figures))


def test_segments_that_end_in_bursts_leave_it_calm(clock: Clock) -> None:
    left = TimeLeft(clock=clock)
    left.update(0, 600)
    per_segment = []
    for done in range(1, 181):
        clock.now += 20.0 if done % 6 == 1 else 0.001
        shown = left.update(done, 600)
        if done > 60:
            assert shown is not None
            per_segment.append(shown / (600 - done))

    assert max(per_segment) < 1.5 * min(per_segment)


def test_a_resumed_run_counts_from_where_it_began(clock: Clock) -> None:
    left = TimeLeft(clock=clock)
    for done in range(50, 54):
        shown = left.update(done, 60)
        clock.now += 2.0

    assert shown == pytest.approx(14.0)


def test_without_a_total_nothing_is_said(clock: Clock) -> None:
    left = TimeLeft(clock=clock)
    for done in range(10):
        clock.now += 1.0
        assert left.update(done, None) is None
