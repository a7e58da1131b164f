"""Notes that might be: seen with dotted outlines, stepped to, accepted."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from mt3_desktop.core.values import Note
from tests.helpers.roll_hand import C4, E4, SONG

FAINT = Note(3.2, 3.8, 62, 60, 0, confidence=0.2)
HAT = Note(3.0, 3.05, 42, 60, 0, is_drum=True, confidence=0.2)


@pytest.fixture
def accepted(roll):
    found = []
    roll.set_candidates([FAINT, HAT])
    roll.candidate_accepted.connect(found.append)
    return found


@pytest.fixture
def press(roll, qtbot):
    return lambda key: qtbot.keyClick(roll.area, key)


def dots(roll):
    """How often the colour changes along the upper edge of the candidate."""
    image = roll.area.grab().toImage()
    corner = roll.area.pixel_of(FAINT.onset, FAINT.pitch + 1.0).toPoint()
    end = roll.area.pixel_of(FAINT.offset, FAINT.pitch).toPoint()
    edges = [
        [image.pixel(x, y) for x in range(corner.x() + 2, end.x() - 2)]
        for y in range(corner.y() - 1, corner.y() + 2)
    ]
    return max(sum(a != b for a, b in itertools.pairwise(edge)) for edge in edges)


def test_a_candidate_has_a_dotted_outline(roll, accepted):
    assert dots(roll) > 10
    roll.set_candidates([])
    assert dots(roll) <= 4  # lines of the grid


def test_candidates_of_hidden_tracks_are_not_there(hand, roll, accepted):
    tracks = tuple(replace(t, shown=t.instrument != FAINT.instrument) for t in roll.state.tracks)
    roll.set_tracks(tracks)
    assert dots(roll) <= 4
    hand.double_click(hand.spot(3.5, 62))
    assert not accepted


def test_a_click_sounds_a_candidate_and_changes_nothing(hand, roll, accepted):
    roll.select([C4])
    hand.click(hand.spot(3.5, 62))
    assert hand.sounded == [FAINT]
    assert roll.state.candidate == FAINT
    assert roll.selection == ()
    assert not hand.edits
    assert not accepted


def test_a_double_click_accepts(hand, accepted):
    hand.double_click(hand.spot(3.5, 62))
    assert accepted == [FAINT]
    assert not hand.edits


def test_enter_accepts_what_has_the_focus(hand, roll, press, accepted):
    hand.click(hand.spot(3.0, 42, is_drum=True), is_drum=True)
    press(Qt.Key.Key_Return)
    assert accepted == [HAT]


def test_enter_on_a_note_means_nothing(roll, press, accepted):
    roll.select([C4])
    press(Qt.Key.Key_Return)
    assert not accepted


def test_arrows_step_to_candidates_too(roll, press, accepted):
    roll.select([E4])
    press(Qt.Key.Key_Right)  # the snare, which begins with E4
    while roll.state.candidate is None:
        press(Qt.Key.Key_Right)
    assert roll.state.candidate == HAT
    press(Qt.Key.Key_Right)
    assert roll.state.candidate == FAINT
    assert roll.selection == ()
    assert roll.area.accessibleDescription().startswith("Possible note, ")
    press(Qt.Key.Key_Enter)
    assert accepted == [FAINT]


def test_the_accepted_note_is_selected_once_it_is_there(hand, roll, accepted):
    def become_a_note(note):
        roll.set_notes([*SONG, note])
        roll.set_candidates([HAT])

    roll.candidate_accepted.connect(become_a_note)
    hand.double_click(hand.spot(3.5, 62))
    assert roll.selection == (FAINT,)
    assert roll.state.candidate is None


def test_the_pencil_draws_over_candidates(hand, roll, accepted):
    roll.state.set_drawing(True)
    hand.click(hand.spot(3.5, 62))
    assert [edit.text for edit in hand.edits] == ["Add note"]
    assert not accepted


def test_a_drum_that_is_only_a_candidate_has_a_row(roll, accepted):
    assert roll.drum_area.rows.keys == (36, 38, 42)
    roll.set_candidates([])
    assert roll.drum_area.rows.keys == (36, 38)


def test_the_tip_says_how_to_accept(hand, roll, accepted):
    at = hand.spot(3.5, 62)
    tip = QHelpEvent(QEvent.Type.ToolTip, at, roll.area.mapToGlobal(at))
    QApplication.sendEvent(roll.area.viewport(), tip)
    assert "Enter accepts it" in QToolTip.text()
    QToolTip.hideText()


def test_the_menu_accepts_the_candidate_under_the_pointer(hand, roll, accepted, qtbot):
    at = hand.spot(3.5, 62)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, roll.area.mapToGlobal(at))
    QApplication.sendEvent(roll.area.viewport(), event)
    (action,) = [a for a in roll._menu.actions() if a.text().startswith("Accept possible note")]
    assert action.isEnabled()
    action.trigger()
    roll._menu.close()
    assert accepted == [FAINT]
    roll.state.set_focus_note(C4)
    roll._menu.show_at(roll.mapToGlobal(at))
    assert not action.isEnabled()
    roll._menu.close()
