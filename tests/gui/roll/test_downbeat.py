"""The flag of bar 1 on the ruler, and what dragging it does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from mt3_desktop.core.tempo import Tempo
from tests.helpers.roll_hand import C4

ALT = Qt.KeyboardModifier.AltModifier


def spot(roll, seconds):
    """The pixel in the lower half of the ruler."""
    return QPoint(round(roll.ruler.x_of(seconds)) + 2, roll.ruler.height() - 6)


@pytest.fixture
def moved(roll):
    """What the flag was moved to; the bars follow it."""
    found = []

    def follow(seconds):
        found.append(seconds)
        roll.set_beats(Tempo(120.0, seconds).beats(60.0))

    roll.set_beats(Tempo(120.0, 3.0).beats(60.0))
    roll.downbeat_moved.connect(follow)
    return found


@pytest.fixture
def loops(roll):
    found = []
    roll.loop_changed.connect(found.append)
    return found


def test_the_flag_stands_where_bar_one_begins(roll, moved):
    before = roll.ruler.grab().toImage()
    roll.set_beats(None)
    without = roll.ruler.grab().toImage()
    at = spot(roll, 3.0)
    assert before.pixelColor(at) != without.pixelColor(at)


def test_dragging_the_flag_moves_bar_one_and_neither_seeks_nor_loops(hand, roll, moved, loops, qtbot):
    with qtbot.assertNotEmitted(roll.seek_requested):
        hand.drag(spot(roll, 3.0), spot(roll, 6.5), target=roll.ruler)
    assert moved[-1] == pytest.approx(6.5, abs=0.03)
    assert len(moved) > 3  # the bars go with the pointer
    assert not loops


def test_bar_one_begins_with_a_note_that_is_near(hand, roll, moved):
    near = C4.onset + 0.05
    hand.drag(spot(roll, 3.0), spot(roll, near), target=roll.ruler)
    assert moved[-1] == C4.onset
    hand.drag(spot(roll, 1.0), spot(roll, near), ALT, target=roll.ruler)
    assert moved[-1] != C4.onset
    assert moved[-1] == pytest.approx(near, abs=0.03)


def test_escape_puts_bar_one_back(hand, roll, moved, qtbot):
    hand.press(roll.ruler, spot(roll, 3.0))
    hand.move(roll.ruler, spot(roll, 7.0))
    qtbot.keyClick(roll.area, Qt.Key.Key_Escape)
    hand.release(roll.ruler, spot(roll, 7.0))
    assert moved[-1] == 3.0


def test_a_click_on_the_flag_goes_there(hand, roll, moved, qtbot):
    with qtbot.waitSignal(roll.seek_requested) as sought:
        hand.drag(spot(roll, 3.0), spot(roll, 3.0), target=roll.ruler)
    assert sought.args == [3.0]
    assert not moved


def test_above_the_flag_the_ruler_is_a_ruler(hand, roll, moved, loops):
    top = QPoint(round(roll.ruler.x_of(3.0)), 3)
    hand.drag(top, top + QPoint(200, 0), target=roll.ruler)
    assert loops
    assert not moved


def test_without_bars_there_is_no_flag(hand, roll, loops):
    hand.drag(spot(roll, 3.0), spot(roll, 5.0), target=roll.ruler)
    assert loops
