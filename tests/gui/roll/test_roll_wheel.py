"""The wheel: pitch, time, zoom at the pointer, both presets, touch pads."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from mt3_desktop.gui.roll.wheel import MAX_NOTCHES, WheelAction, WheelReader, WheelStep

NONE, CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def test_wheel_scrolls_pitch(hand, roll):
    before = roll.viewport.window
    hand.wheel(QPoint(300, 100), up=120)
    after = roll.viewport.window
    assert after.low == before.low + 3.0
    assert (after.start, after.pitches) == (before.start, before.pitches)


def test_shift_wheel_scrolls_time(hand, roll):
    before = roll.viewport.window
    hand.wheel(QPoint(300, 100), up=-120, modifiers=SHIFT)
    after = roll.viewport.window
    assert after.start > before.start
    assert after.seconds == pytest.approx(before.seconds)
    assert after.low == before.low


def test_tilting_the_wheel_scrolls_time(hand, roll):
    before = roll.viewport.window
    hand.wheel(QPoint(300, 100), right=-120)
    assert roll.viewport.window.start > before.start
    assert roll.viewport.window.low == before.low


@pytest.mark.parametrize("x", [10, 300, 800])
def test_control_wheel_zooms_time_at_the_pointer(hand, roll, x):
    pixel = QPointF(x, 100)
    before, place = roll.viewport.window, roll.area.place_of(pixel)
    hand.wheel(pixel.toPoint(), up=240, modifiers=CONTROL)
    assert roll.viewport.window.seconds < before.seconds
    assert roll.area.place_of(pixel).seconds == pytest.approx(place.seconds)


@pytest.mark.parametrize("delta", [{"right": 120}, {"up": 120}])
def test_alt_wheel_zooms_pitch_at_the_pointer_whichever_axis_qt_reports(hand, roll, delta):
    pixel = QPointF(300, 150)
    before, place = roll.viewport.window, roll.area.place_of(pixel)
    hand.wheel(pixel.toPoint(), modifiers=ALT, **delta)
    assert roll.viewport.window.pitches < before.pitches
    assert roll.viewport.window.seconds == before.seconds
    assert roll.area.place_of(pixel).row == pytest.approx(place.row)


def test_zoom_preset_zooms_with_the_bare_wheel(hand, roll):
    roll.set_wheel_preset("zoom")
    before = roll.viewport.window
    hand.wheel(QPoint(300, 100), up=120)
    assert roll.viewport.window.seconds < before.seconds
    hand.wheel(QPoint(300, 100), up=120, modifiers=CONTROL)
    assert roll.viewport.window.low > before.low


def test_two_fingers_scroll_both_ways(hand, roll):
    before = roll.viewport.window
    hand.wheel(QPoint(300, 100), pixels=QPoint(-40, 40), up=60, right=-60)
    after = roll.viewport.window
    assert after.start > before.start
    assert after.low > before.low


def test_wheel_over_the_ruler_scrolls_time_and_over_the_keys_pitch(hand, roll):
    before = roll.viewport.window
    hand.wheel(QPoint(300, 10), up=-120, target=roll.ruler)
    assert roll.viewport.window.start > before.start
    hand.wheel(QPoint(10, 100), up=120, target=roll.keyboard)
    assert roll.viewport.window.low > before.low


def test_crumbs_of_a_fine_wheel_make_a_notch():
    reader = WheelReader()
    steps = [reader.read(QPoint(0, 40), QPoint(), NONE) for _ in range(4)]
    assert steps == [(), (), (WheelStep(WheelAction.SCROLL_PITCH, 1.0),), ()]


def test_turning_back_forgets_the_crumbs():
    reader = WheelReader()
    reader.read(QPoint(0, 100), QPoint(), NONE)
    assert reader.read(QPoint(0, -100), QPoint(), NONE) == ()
    assert reader.read(QPoint(0, -20), QPoint(), NONE) == (WheelStep(WheelAction.SCROLL_PITCH, -1.0),)


def test_bursts_are_clamped():
    (step,) = WheelReader().read(QPoint(0, 12_000), QPoint(), CONTROL)
    assert step == WheelStep(WheelAction.ZOOM_TIME, float(MAX_NOTCHES))


def test_pinch_zooms_time_at_the_pointer(roll):
    pixel = QPointF(300, 100)
    before, place = roll.viewport.window, roll.area.place_of(pixel)
    roll.area.pinched.emit(1.1, place)
    assert roll.viewport.window.seconds == pytest.approx(before.seconds / 1.1)
    assert roll.area.place_of(pixel).seconds == pytest.approx(place.seconds)


def test_zoom_stops_at_both_ends(hand, roll):
    for _ in range(60):
        hand.wheel(QPoint(300, 100), up=480, modifiers=CONTROL)
    assert roll.viewport.window.seconds == pytest.approx(0.05)
    for _ in range(60):
        hand.wheel(QPoint(300, 100), up=-480, modifiers=CONTROL)
        hand.wheel(QPoint(300, 100), up=-480, modifiers=ALT)
    window = roll.viewport.window
    assert window.start <= 0.0
    assert window.end >= 60.0
    assert (window.low, window.high) == (0.0, 128.0)
