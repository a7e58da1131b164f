from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.roll.backdrop import Peaks
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.waveform import WaveformStrip


def peaks(n: int = 100) -> Peaks:
    ramp = np.arange(n, dtype=np.float32) / n
    return Peaks(-ramp, ramp, 0.1)


def test_columns_are_the_extremes_under_each_pixel():
    low, high = peaks().columns(0.0, 10.0, 10)
    assert high == pytest.approx(np.arange(9, 100, 10) / 100)
    assert low == pytest.approx(-high)


def test_columns_outside_the_recording_are_silent():
    _, high = peaks().columns(-5.0, 15.0, 20)
    assert not high[:5].any()
    assert not high[15:].any()
    assert high[5:15].all()


def test_zoomed_in_columns_repeat():
    _, high = peaks().columns(5.0, 5.2, 10)
    assert high[:5] == pytest.approx(0.5)
    assert high[5:] == pytest.approx(0.51)


def test_an_outline_spans_the_recording():
    outline = np.array([[-0.5, 0.5], [-1.0, 0.25]], np.float32)
    low, high = Peaks.from_outline(outline, 10.0).columns(0.0, 10.0, 4)
    assert high.tolist() == [0.5, 0.5, 0.25, 0.25]
    assert low.tolist() == [-0.5, -0.5, -1.0, -1.0]


def test_no_recording_no_columns():
    empty = np.zeros(0, np.float32)
    low, high = Peaks(empty, empty, 0.1).columns(0.0, 1.0, 5)
    assert not low.any()
    assert not high.any()


def test_the_strip_shows_what_the_viewport_shows(qtbot: QtBot):
    viewport = Viewport()
    viewport.set_duration(10.0)
    strip = WaveformStrip(viewport)
    strip.resize(400, 50)
    qtbot.addWidget(strip)
    flat = strip.grab().toImage()
    strip.set_peaks(peaks())
    viewport.show_seconds(0.0, 10.0)
    whole = strip.grab().toImage()
    viewport.show_seconds(5.0, 6.0)
    assert flat != whole != strip.grab().toImage()
