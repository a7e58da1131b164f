"""The line of values below the roll: what the selected notes have in common, and typing over it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.inspector import NOT_ESTIMATED, Inspector
from mt3_desktop.gui.roll.view import RollView
from tests.helpers.roll_hand import C4, E4, G4, KICK, Hand


@pytest.fixture
def inspector(roll: RollView) -> Inspector:
    return roll.inspector


def texts(inspector: Inspector) -> list[str]:
    return [box.text() for box in inspector.boxes]


def enter(qtbot: QtBot, box: QLineEdit, text: str) -> None:
    """Type over a value and press Return."""
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def test_nothing_selected_is_said_in_as_much_room(roll: RollView, inspector: Inspector) -> None:
    height = roll.area.height()
    assert inspector.count.text() == "Nothing selected"
    assert not any(box.isVisible() for box in inspector.boxes)
    roll.select([C4])
    assert roll.area.height() == height


def test_a_clicked_note_is_described(hand: Hand, inspector: Inspector) -> None:
    hand.click(hand.spot(4.5, 67))
    assert texts(inspector) == ["G4", "0:04.00", "1.00 s", "100"]
    assert inspector.track.currentText() == "Acoustic grand piano"
    assert inspector.remark.text() == "Confidence 30 %"


def test_of_several_notes_the_common_values_are_shown(roll: RollView, inspector: Inspector) -> None:
    roll.select([C4, E4])
    assert inspector.count.text() == "2 notes"
    assert texts(inspector) == ["", "", "1.00 s", ""]
    assert [box.isEnabled() for box in inspector.boxes] == [False, False, True, True]
    roll.select([C4, KICK])
    assert inspector.track.currentIndex() == -1


def test_a_typed_value_is_one_edit_and_stays_selected(
    hand: Hand, roll: RollView, inspector: Inspector, qtbot: QtBot
) -> None:
    roll.select([C4])
    enter(qtbot, inspector.pitch, "F#4")
    assert [edit.text for edit in hand.edits] == ["Change pitch"]
    assert roll.selection == (replace(C4, pitch=66),)
    assert roll.area.hasFocus()

    enter(qtbot, inspector.boxes[1], "0:03")
    assert roll.selection == (replace(C4, pitch=66, onset=3.0, offset=4.0),)


def test_several_notes_get_one_velocity(
    hand: Hand, roll: RollView, inspector: Inspector, qtbot: QtBot
) -> None:
    roll.select([C4, E4])
    enter(qtbot, inspector.boxes[3], "33")
    assert [note.velocity for note in roll.selection] == [33, 33]
    assert len(hand.edits) == 1


@pytest.mark.parametrize("typed", ["200", "loud", ""])
def test_what_makes_no_sense_changes_nothing(
    hand: Hand, roll: RollView, inspector: Inspector, qtbot: QtBot, typed: str
) -> None:
    roll.select([C4])
    box = inspector.boxes[3]
    box.clear()
    enter(qtbot, box, typed)
    assert not hand.edits
    assert box.text() == "80"


def test_escape_leaves_without_a_change(
    hand: Hand, roll: RollView, inspector: Inspector, qtbot: QtBot
) -> None:
    roll.select([C4])
    inspector.pitch.setFocus()
    qtbot.keyClicks(inspector.pitch, "9")
    qtbot.keyClick(inspector.pitch, Qt.Key.Key_Escape)
    assert roll.area.hasFocus()
    assert not hand.edits
    assert inspector.pitch.text() == "C4"


def test_another_track_is_a_wish(roll: RollView, inspector: Inspector, qtbot: QtBot) -> None:
    roll.select([C4])
    place = inspector.track.findText("Electric bass (finger)")
    with qtbot.waitSignal(roll.reassign_requested) as caught:
        inspector.track.setCurrentIndex(place)
        inspector.track.activated.emit(place)
    assert caught.args == [(C4,), Instrument(33)]


def test_velocities_that_no_model_heard_are_called_so(roll: RollView, inspector: Inspector) -> None:
    inspector.set_flat_velocity(80)
    roll.select([C4])
    assert inspector.remark.text() == NOT_ESTIMATED
    roll.select([E4])  # 90: made louder by hand
    assert inspector.remark.text() == ""
    inspector.set_flat_velocity(None)
    roll.select([C4])
    assert inspector.remark.text() == ""


def test_a_possible_note_is_shown_and_not_changed(roll: RollView, inspector: Inspector) -> None:
    possible = Note(6.0, 7.0, 60, 70, 0, confidence=0.12)
    roll.set_candidates([possible])
    roll.state.set_focus_note(possible)
    assert inspector.count.text() == "Possible note"
    assert inspector.remark.text() == "Confidence 12 %"
    assert not any(box.isEnabled() for box in inspector.boxes)


def test_a_range_of_confidences(roll: RollView, inspector: Inspector) -> None:
    sure = replace(C4, confidence=0.96)
    roll.set_notes([sure, G4])
    roll.select([sure, G4])
    assert inspector.remark.text() == "Confidence 30–96 %"


def test_a_key_leads_to_the_values(roll: RollView, inspector: Inspector, qtbot: QtBot) -> None:
    qtbot.keyClick(roll.area, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert roll.area.hasFocus()  # there is nothing to type over
    roll.select([C4, E4])
    qtbot.keyClick(roll.area, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert inspector.boxes[2].hasFocus()  # what they have in common


def test_nothing_of_it_is_a_window_of_its_own(roll: RollView) -> None:
    roll.select([C4])
    loose = [one for one in QApplication.topLevelWidgets() if isinstance(one, QLabel) and one.isVisible()]
    assert not loose
