"""Another result of the song laid over the notes on show, and what is taken over from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from mt3_desktop.core.values import Note
from mt3_desktop.gui.comparison_bar import ComparisonBar
from mt3_desktop.gui.result_bar import ResultBar
from mt3_desktop.gui.roll.view import RollView
from tests.helpers.fake_family import SCRIPT, Scene
from tests.helpers.roll_hand import Hand
from tests.helpers.window import Hands

C4, E4, BASS, SNARE, STRINGS = SCRIPT
OTHER_C4 = replace(C4, pitch=62)
LATER = Note(3.0, 3.4, 62, 100, 0)
OTHERS = (OTHER_C4, replace(E4, onset=0.52), BASS, LATER)
"""Shares two notes with the script, hears two others, and neither snare nor strings."""


@pytest.fixture
def roll(hands: Hands, scene: Scene, song: Path) -> RollView:
    """The roll with a song that was heard twice, the first result on show and the other laid over it."""
    hands.drop(song)
    hands.wait_until_done()
    scene.script = OTHERS
    job_id = hands.queue.start(hands.job().id, model_id="fake")
    hands.wait_until_done()
    assert hands.document(1).notes == OTHERS
    hands.queue.show_result(hands.job(0).id)
    assert job_id == hands.job(1).id
    (roll,) = hands.window.findChildren(RollView)
    roll.area.setFocus()
    hands.trigger("compare")
    return roll


@pytest.fixture
def bar(hands: Hands, roll: RollView) -> ComparisonBar:
    (bar,) = hands.window.findChildren(ComparisonBar)
    return bar


def notes(hands: Hands) -> set[Note]:
    return set(hands.document(0).notes)


def test_the_bar_says_how_the_two_agree(bar: ComparisonBar, roll: RollView) -> None:
    assert bar.isVisible()
    assert bar.counts.text() == "2 more · 3 missing · 2 both"
    assert len(roll.area.others._store) == len(OTHERS)
    assert set(roll.state.candidates.in_order(roll.state.candidates.parts.keys())) == {OTHER_C4, LATER}


def test_all_is_taken_and_given_back(hands: Hands, bar: ComparisonBar) -> None:
    bar.all.click()
    assert notes(hands) == set(OTHERS)
    assert bar.counts.text() == "0 more · 0 missing · 4 both"
    assert not bar.next.isEnabled()

    hands.trigger("undo")
    assert notes(hands) == set(SCRIPT)
    assert hands.document(1).notes == OTHERS


def test_a_track_is_taken(hands: Hands, bar: ComparisonBar) -> None:
    (piano, _bass) = bar.track.menu().actions()
    piano.trigger()
    assert notes(hands) == {*OTHERS, BASS, SNARE, STRINGS}


def test_in_a_loop_only_its_notes_are_taken(
    hands: Hands, bar: ComparisonBar, roll: RollView, qtbot: QtBot
) -> None:
    roll.viewport.show_seconds(0.0, 2.0)
    qtbot.keyClick(roll.area, Qt.Key.Key_L)
    assert bar.all.text() == "Accept all in the loop"
    bar.all.click()
    assert notes(hands) == {*OTHERS, STRINGS} - {LATER}


def test_a_clicked_outline_is_taken_by_key(
    hands: Hands, bar: ComparisonBar, roll: RollView, qtbot: QtBot
) -> None:
    roll.viewport.show_seconds(0.0, 4.0)
    roll.viewport.show_pitches(50.0, 74.0)
    hand = Hand(roll)
    assert not bar.note.isEnabled()
    hand.click(hand.spot(3.2, 62))
    assert bar.note.isEnabled()
    assert roll.inspector.count.text() == "Fake fake (2)"
    qtbot.keyClick(roll.area, Qt.Key.Key_Return)

    assert notes(hands) == {*SCRIPT, LATER}
    assert roll.selection == (LATER,)
    assert hands.document(0).undo_stack.undoText() == "Accept note of Fake fake (2)"


def test_one_walks_through_the_differences(hands: Hands, bar: ComparisonBar, roll: RollView) -> None:
    seen = []
    for _ in range(3):
        bar.next.click()
        seen.append(roll.state.candidate)
    assert seen == [OTHER_C4, LATER, OTHER_C4]
    bar.note.click()
    assert notes(hands) == {*SCRIPT, OTHER_C4}


def test_the_two_change_places(hands: Hands, bar: ComparisonBar, roll: RollView) -> None:
    hands.trigger("next_result")
    assert bar.isVisible()
    assert bar.counts.text() == "3 more · 2 missing · 2 both"
    hands.trigger("compare")
    assert not bar.isVisible()
    assert not len(roll.area.others._store)
    assert not len(roll.state.candidates)


def test_a_result_that_is_taken_off_the_list_is_not_compared(hands: Hands, bar: ComparisonBar) -> None:
    hands.queue.remove(hands.job(1).id)
    assert not bar.isVisible()


def test_the_menu_of_a_tab_lays_it_over_the_other(hands: Hands, bar: ComparisonBar) -> None:
    hands.trigger("compare")
    (tabs,) = hands.window.findChildren(ResultBar)
    spot = tabs.tabRect(1).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, tabs.mapToGlobal(spot))
    QApplication.sendEvent(tabs, event)
    (menu,) = tabs.findChildren(QMenu)
    lay_over, _remove = menu.actions()
    lay_over.trigger()
    menu.close()
    assert bar.isVisible()
