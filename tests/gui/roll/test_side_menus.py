"""The context menus around the notes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from mt3_desktop.core.tempo import Beats
from tests.helpers.roll_hand import C4, KICK


@pytest.fixture
def menu_at(roll):
    """Right click on a part of the roll; the entries by their texts."""

    def open_menu(part, at):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, part.mapToGlobal(at))
        QApplication.sendEvent(part, event)
        menu = roll._side_menus.menu
        menu.close()
        return {action.text().split("\t")[0]: action for action in menu.actions() if action.text()}

    return open_menu


def test_the_ruler_offers_what_clicks_and_drags_do(roll, hand, menu_at, qtbot):
    at = QPoint(round(roll.ruler.x_of(2.0)), 3)
    entries = menu_at(roll.ruler, at)
    with qtbot.waitSignal(roll.seek_requested) as sought:
        next(action for text, action in entries.items() if text.startswith("Go to 0:0")).trigger()
    assert sought.args[0] == pytest.approx(2.0, abs=0.05)
    assert not entries["Remove the loop"].isEnabled()
    assert not entries["Bar 1 here"].isEnabled()

    with qtbot.waitSignal(roll.loop_changed) as begun:
        entries["Loop from here"].trigger()
    start, end = begun.args[0]
    assert start == pytest.approx(2.0, abs=0.05)
    later = QPoint(round(roll.ruler.x_of(3.0)), 3)
    with qtbot.waitSignal(roll.loop_changed) as ended:
        menu_at(roll.ruler, later)["Loop to here"].trigger()
    assert ended.args[0] == (start, pytest.approx(3.0, abs=0.05))
    assert end > 3.0

    entries = menu_at(roll.ruler, at)
    with qtbot.waitSignal(roll.loop_switched) as switched:
        entries["Loop off"].trigger()
    assert switched.args == [False]
    with qtbot.waitSignal(roll.loop_changed) as removed:
        menu_at(roll.ruler, at)["Remove the loop"].trigger()
    assert removed.args == [None]


def test_bar_one_is_set_where_there_are_bars(roll, hand, menu_at, qtbot):
    roll.set_beats(Beats((0.0, 0.5, 1.0, 1.5, 2.0)))
    with qtbot.waitSignal(roll.downbeat_moved) as moved:
        menu_at(roll.ruler, QPoint(round(roll.ruler.x_of(1.0)), 3))["Bar 1 here"].trigger()
    assert moved.args[0] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("part", ["waveform", "overview"])
def test_the_other_strips_have_the_menu_of_the_ruler(roll, hand, menu_at, qtbot, part):
    strip = getattr(roll, part)
    entries = menu_at(strip, QPoint(strip.width() // 2, 2))
    assert {"Loop from here", "Fit song", "Zoom back"} <= set(entries)
    with qtbot.waitSignal(roll.seek_requested):
        next(action for text, action in entries.items() if text.startswith("Go to")).trigger()


def test_a_key_selects_its_pitch_in_one_octave_or_in_all(roll, hand, menu_at, qtbot):
    y = hand.spot(1.0, 60).y()
    entries = menu_at(roll.keyboard, QPoint(5, y))
    entries["Select every C4"].trigger()
    assert {note.pitch for note in roll.selection} == {60}
    assert C4 in roll.selection
    entries["Select every C"].trigger()
    assert {note.pitch % 12 for note in roll.selection} == {0}
    with qtbot.waitSignal(roll.key_clicked) as heard:
        entries["Hear C4"].trigger()
    assert heard.args == [60, False]


def test_a_drum_name_selects_its_hits(roll, hand, menu_at, qtbot):
    names = roll.drum_names
    row = next(y for y in range(names.height()) if names.key_at(y) == KICK.pitch)
    entries = menu_at(names, QPoint(5, row))
    (select,) = (action for text, action in entries.items() if text.startswith("Select every"))
    select.trigger()
    assert {(note.pitch, note.is_drum) for note in roll.selection} == {(KICK.pitch, True)}
