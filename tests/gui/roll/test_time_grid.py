from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.core.tempo import Beats, grid_step, snap
from mt3_desktop.gui.roll.time_grid import MIN_LABEL_PX, format_seconds, ticks

BEATS = Beats(tuple(0.5 * i for i in range(41)))


@settings(deadline=None)  # the machine may be busy
@given(st.floats(0.0, 10_000.0), st.floats(0.06, 20_000.0), st.floats(200.0, 4000.0))
def test_labels_never_touch(start, length, width_px):
    found = [tick.seconds for tick in ticks(start, start + length, width_px / length) if tick.label]
    gaps = [(b - a) * width_px / length for a, b in pairwise(found)]
    assert all(gap >= min(MIN_LABEL_PX, 1800.0 * width_px / length) - 1e-6 for gap in gaps)
    assert len(found) <= width_px / 10


def test_seconds_are_round():
    found = ticks(0.0, 10.0, 80.0)
    assert [tick.label for tick in found if tick.label][:3] == ["0:00", "0:01", "0:02"]
    assert [tick.seconds for tick in found[:3]] == pytest.approx([0.0, 0.2, 0.4])


def test_a_stretch_that_is_painted_again_has_the_labels_of_the_whole():
    px_per_second = MIN_LABEL_PX / 2.0  # labels every 2 s just fit; a width rounded down would say every 5 s
    whole = {tick.seconds: tick.label for tick in ticks(0.0, 30.0, px_per_second)}
    for i in range(200):
        start = 0.1 * i
        for tick in ticks(start, start + 3.0 / px_per_second, px_per_second):
            assert tick.label == whole[tick.seconds]


def test_bars_are_numbered_from_the_first_downbeat():
    found = ticks(0.0, 10.0, 80.0, Beats(BEATS.times, first_downbeat=2))
    assert [(tick.seconds, tick.label) for tick in found if tick.label][:3] == [
        (1.0, "1"),
        (3.0, "2"),
        (5.0, "3"),
    ]
    assert sum(tick.is_strong for tick in found) == 5


def test_far_out_only_some_bars_are_labelled():
    beats = Beats(tuple(0.5 * i for i in range(4000)))
    labels = [int(tick.label) for tick in ticks(0.0, 2000.0, 0.4, beats) if tick.label]
    assert len(labels) <= 800 / MIN_LABEL_PX + 1
    assert len({b - a for a, b in pairwise(labels)}) == 1


def test_nothing_fits_into_no_pixels():
    assert ticks(0.0, 1.0, 0.0) == ()


@pytest.mark.parametrize(
    ("seconds", "step", "text"),
    [
        (65.0, 1.0, "1:05"),
        (65.26, 0.1, "1:05.3"),
        (65.257, 0.01, "1:05.26"),
        (3605.0, 1.0, "1:00:05"),
        (59.999, 0.1, "1:00.0"),
    ],
)
def test_format_seconds(seconds, step, text):
    assert format_seconds(seconds, step) == text


def test_snap_goes_to_sixteenths_and_nowhere_without_beats():
    assert snap(1.06, BEATS) == pytest.approx(1.0)
    assert snap(1.07, BEATS) == pytest.approx(1.125)
    assert snap(1.07, None) == 1.07
    assert snap(100.0, BEATS) == pytest.approx(100.0)


def test_grid_step():
    assert grid_step(3.0, BEATS) == 0.125
    assert grid_step(3.0, None) == 0.1


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "1.1"), (0.6, "1.2"), (2.0, "2.1")])
def test_position(seconds, text):
    assert BEATS.position(seconds) == text
