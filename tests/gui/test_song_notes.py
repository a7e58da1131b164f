"""Reverting to the model and guessing velocities, in the real window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from mt3_desktop.core.values import Note
from mt3_desktop.gui.message_bar import MessageBar
from mt3_desktop.gui.roll.backdrop import Peaks
from mt3_desktop.gui.roll.menu import NoteMenu
from mt3_desktop.gui.roll.view import RollView
from tests.helpers.fake_family import SCRIPT
from tests.helpers.window import Hands

C4, *_ = SCRIPT


@pytest.fixture
def roll(hands: Hands, song: Path) -> RollView:
    """The roll with a finished song."""
    hands.drop(song)
    hands.wait_until_done()
    (roll,) = hands.window.findChildren(RollView)
    roll.area.setFocus()
    return roll


def notes(hands: Hands) -> set[Note]:
    return set(hands.document().notes)


def test_an_edited_note_goes_back_and_can_be_edited_again(hands: Hands, roll: RollView, qtbot: QtBot) -> None:
    assert not hands.window.command("revert").isEnabled()
    roll.select([C4])
    qtbot.keyClick(roll.area, Qt.Key.Key_Up)
    assert C4 not in notes(hands)

    hands.trigger("revert")
    assert notes(hands) == set(SCRIPT)
    assert roll.selection == (C4,)
    assert not hands.window.command("revert").isEnabled()

    hands.trigger("undo")
    assert replace(C4, pitch=61) in notes(hands)


def test_deleted_notes_of_the_loop_come_back(hands: Hands, roll: RollView, qtbot: QtBot) -> None:
    roll.commands.select_all()
    qtbot.keyClick(roll.area, Qt.Key.Key_Delete)
    assert not notes(hands)
    roll.viewport.show_seconds(0.0, 2.0)
    qtbot.keyClick(roll.area, Qt.Key.Key_L)

    hands.trigger("revert")
    assert notes(hands) == {note for note in SCRIPT if note.onset < 2.0}


def test_the_menu_of_the_notes_reverts(hands: Hands, roll: RollView, qtbot: QtBot) -> None:
    roll.select([C4])
    qtbot.keyClick(roll.area, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    (menu,) = roll.findChildren(NoteMenu)
    menu.show_at(QPoint(10, 10))
    (entry,) = [one for one in menu.actions() if one.text().startswith("Revert selection to model output")]
    assert entry.isEnabled()
    entry.trigger()
    menu.hide()
    assert notes(hands) == set(SCRIPT)


def test_it_is_said_that_nothing_was_edited_here(hands: Hands, roll: RollView, qtbot: QtBot) -> None:
    roll.select([C4])
    qtbot.keyClick(roll.area, Qt.Key.Key_Delete)
    roll.select([SCRIPT[-1]])
    hands.trigger("revert")
    (bar,) = hands.window.findChildren(MessageBar)
    assert bar.isVisible()
    assert notes(hands) == set(SCRIPT) - {C4}


def test_velocities_are_guessed_as_one_edit(hands: Hands, roll: RollView) -> None:
    levels = np.repeat(np.array([0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2], np.float32), 50)
    roll.set_peaks(Peaks(-levels, levels, 0.01))
    hands.trigger("shape_by_loudness")
    assert {note.velocity for note in notes(hands) if note.onset >= 0.5} == {90}
    assert {note.velocity for note in notes(hands) if note.onset < 0.5} == {64}
    assert hands.document().undo_stack.undoText() == "Shape by loudness"

    hands.trigger("undo")
    assert notes(hands) == set(SCRIPT)


def test_only_the_selection_is_shaped_and_stays_selected(hands: Hands, roll: RollView) -> None:
    levels = np.full(400, 0.2, np.float32)
    roll.set_peaks(Peaks(-levels, levels, 0.01))
    roll.select([C4])
    hands.trigger("shape_by_loudness")
    assert notes(hands) == {replace(C4, velocity=90), *SCRIPT[1:]}
    assert roll.selection == (replace(C4, velocity=90),)


def test_without_a_recording_nothing_is_guessed(hands: Hands, roll: RollView) -> None:
    roll.set_peaks(None)
    hands.trigger("shape_by_loudness")
    assert notes(hands) == set(SCRIPT)
    (bar,) = hands.window.findChildren(MessageBar)
    assert bar.isVisible()
