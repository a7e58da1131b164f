"""The mouse on the notes: select, move, resize, draw, pan."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from mt3_desktop.core.tempo import Beats
from tests.helpers.roll_hand import BASS, C4, E4, G4, KICK, SNARE

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def near(seconds):
    return pytest.approx(seconds, abs=0.012)  # one pixel is ten milliseconds


def test_click_selects_and_sounds_a_note(hand, roll):
    hand.click(hand.spot(1.5, 60))
    assert roll.selection == (C4,)
    assert hand.sounded == [C4]
    assert not hand.edits


def test_click_on_an_empty_place_selects_nothing(hand, roll):
    hand.click(hand.spot(1.5, 60))
    hand.click(hand.spot(8.0, 70))
    assert roll.selection == ()


def test_control_click_adds_and_takes_away(hand, roll):
    hand.click(hand.spot(1.5, 60))
    hand.click(hand.spot(2.5, 64), CONTROL)
    assert roll.selection == (C4, E4)
    hand.click(hand.spot(1.5, 60), CONTROL)
    assert roll.selection == (E4,)
    assert not hand.edits


def test_click_on_one_of_many_selects_it_alone(hand, roll):
    roll.commands.select_all()
    hand.click(hand.spot(1.5, 60))
    assert roll.selection == (C4,)


def test_box_selects_what_it_touches(hand, roll):
    hand.drag(hand.spot(0.5, 68), hand.spot(2.2, 58))
    assert roll.selection == (C4, E4)


def test_box_with_control_keeps_what_was_selected(hand, roll):
    hand.click(hand.spot(4.5, 67))
    hand.drag(hand.spot(0.5, 62), hand.spot(1.2, 58), CONTROL)
    assert roll.selection == (C4, G4)


def test_box_in_the_drum_lane_selects_drums_only(hand, roll):
    target = roll.drum_area.viewport()
    hand.drag(hand.spot(0.5, 38, is_drum=True), hand.spot(1.5, 36, is_drum=True), target=target)
    assert roll.selection == (KICK,)


def test_escape_gives_the_selection_from_before_the_box_back(hand, roll, qtbot):
    hand.click(hand.spot(4.5, 67))
    target = roll.area.viewport()
    hand.press(target, hand.spot(0.5, 68))
    hand.move(target, hand.spot(2.2, 58))
    assert roll.selection == (C4, E4)
    qtbot.keyClick(roll.area, Qt.Key.Key_Escape)
    assert roll.selection == (G4,)
    hand.release(target, hand.spot(2.2, 58))
    assert roll.selection == (G4,)


def test_drag_moves_in_time(hand, roll):
    hand.drag(hand.spot(1.5, 60), hand.spot(3.5, 60))
    (edit,) = hand.edits
    assert edit.before == (C4,)
    assert edit.text == "Move 1 note"
    assert edit.after[0].onset == near(3.0)
    assert edit.after[0].pitch == 60
    assert edit.after[0].duration == pytest.approx(1.0)
    assert roll.selection == edit.after


def test_drag_moves_all_selected_notes(hand, roll):
    hand.drag(hand.spot(0.5, 68), hand.spot(2.2, 58))
    hand.drag(hand.spot(1.5, 60), hand.spot(1.5, 55))
    assert [note.pitch for note in hand.edits[0].after] == [55, 59]
    assert [note.onset for note in hand.edits[0].after] == [1.0, 2.0]


def test_drag_sounds_each_new_pitch(hand, roll):
    hand.drag(hand.spot(1.5, 60), hand.spot(1.5, 62))
    assert [note.pitch for note in hand.sounded] == [60, 61, 62]


def test_drag_keeps_its_axis_until_it_clearly_leaves_it(hand, roll):
    start = hand.spot(1.5, 60)
    hand.drag(start, start + QPoint(100, 10))
    assert hand.edits[0].after[0].pitch == 60
    assert hand.edits[0].after[0].onset == near(1.0 + 100 * 10.0 / roll.area.width())


def test_shift_forces_the_axis(hand, roll):
    start = hand.spot(1.5, 60)
    target = roll.area.viewport()
    hand.press(target, start)
    hand.move(target, start + QPoint(30, 0), SHIFT)
    hand.move(target, start + QPoint(100, 80), SHIFT)
    hand.release(target, start + QPoint(100, 80), SHIFT)
    assert hand.edits[0].after[0].pitch == 60


def test_three_pixels_are_no_drag(hand, roll):
    start = hand.spot(1.5, 60)
    hand.drag(start, start + QPoint(3, 2))
    assert not hand.edits


def test_escape_during_a_drag_leaves_the_notes(hand, roll, qtbot):
    start, target = hand.spot(1.5, 60), roll.area.viewport()
    hand.press(target, start)
    hand.move(target, start + QPoint(100, 0))
    qtbot.keyClick(roll.area, Qt.Key.Key_Escape)
    hand.release(target, start + QPoint(100, 0))
    assert not hand.edits
    assert roll.selection == (C4,)


def test_control_drag_copies(hand, roll):
    hand.drag(hand.spot(1.5, 60), hand.spot(3.5, 60), CONTROL)
    (edit,) = hand.edits
    assert edit.before == ()
    assert edit.after[0].onset == near(3.0)
    assert C4 in hand.notes


def test_control_alt_drag_leaves_the_window(hand, roll, qtbot):
    hand.click(hand.spot(1.5, 60))
    with qtbot.waitSignal(roll.drag_out_requested):
        hand.press(roll.area.viewport(), hand.spot(1.5, 60), CONTROL | ALT)
    hand.release(roll.area.viewport(), hand.spot(1.5, 60))
    assert not hand.edits


def test_a_drag_stops_at_the_start_of_time(hand, roll):
    hand.drag(hand.spot(1.5, 60), hand.spot(0.2, 60))
    assert hand.edits[0].after[0].onset == 0.0


def test_right_edge_resizes(hand, roll):
    hand.drag(hand.spot(1.98, 60), hand.spot(2.48, 60))
    (edit,) = hand.edits
    assert edit.text == "Resize 1 note"
    assert edit.after[0].onset == 1.0
    assert edit.after[0].offset == near(2.5)


def test_left_edge_resizes_and_stops_before_the_end(hand, roll):
    hand.drag(hand.spot(1.02, 60), hand.spot(6.0, 60))
    assert hand.edits[0].after[0].onset == pytest.approx(1.98)
    assert hand.edits[0].after[0].offset == 2.0


def test_the_pointer_shows_what_a_press_would_do(hand, roll):
    viewport = roll.area.viewport()
    shapes = []
    for seconds in (1.5, 1.98, 8.0):
        hand.move(viewport, hand.spot(seconds, 60), button=Qt.MouseButton.NoButton)
        shapes.append(viewport.cursor().shape())
    assert shapes == [
        Qt.CursorShape.SizeAllCursor,
        Qt.CursorShape.SizeHorCursor,
        Qt.CursorShape.ArrowCursor,
    ]


def test_double_click_on_an_empty_place_adds_a_note(hand, roll):
    hand.double_click(hand.spot(6.0, 62))
    (edit,) = hand.edits
    assert edit.text == "Add note"
    assert edit.after[0].onset == near(6.0)
    assert edit.after[0].pitch == 62
    assert edit.after[0].program == 0
    assert hand.sounded == [edit.after[0]]


def test_b_draws_a_note_as_long_as_the_drag_for_the_last_track_used(hand, roll, qtbot):
    hand.click(hand.spot(2.0, 40))
    assert roll.selection == (BASS,)
    qtbot.keyClick(roll.area, Qt.Key.Key_B)
    hand.drag(hand.spot(5.0, 45), hand.spot(7.0, 45))
    (edit,) = hand.edits
    assert edit.after[0].program == 33
    assert (edit.after[0].onset, edit.after[0].offset) == (near(5.0), near(7.0))
    qtbot.keyClick(roll.area, Qt.Key.Key_B)
    hand.drag(hand.spot(8.0, 45), hand.spot(9.0, 45))
    assert len(hand.edits) == 1


def test_a_drawn_drum_is_a_drum(hand, roll, qtbot):
    qtbot.keyClick(roll.area, Qt.Key.Key_B)
    hand.click(hand.spot(5.0, 38, is_drum=True), is_drum=True)
    assert hand.edits[0].after[0].is_drum
    assert hand.edits[0].after[0].pitch == 38


def test_drums_move_in_time_only(hand, roll):
    target = roll.drum_area.viewport()
    start = hand.spot(2.0, 38, is_drum=True)
    hand.drag(start, start + QPoint(100, 40), target=target)
    assert hand.edits[0].before == (SNARE,)
    assert hand.edits[0].after[0].pitch == 38
    assert hand.edits[0].after[0].onset == near(2.0 + 100 * 10.0 / roll.area.width())


def test_drags_snap_to_beats_and_alt_leaves_the_grid(hand, roll):
    roll.set_beats(Beats(tuple(0.5 * i for i in range(100))))
    hand.drag(hand.spot(1.5, 60), hand.spot(1.5, 60) + QPoint(20, 0))
    assert hand.edits[0].after[0].onset == pytest.approx(1.25)
    hand.drag(hand.spot(2.5, 64), hand.spot(2.5, 64) + QPoint(20, 0), ALT)
    assert hand.edits[1].after[0].onset == near(2.0 + 20 * 10.0 / roll.area.width())


def test_middle_drag_pans(hand, roll):
    before = roll.viewport.window
    start = hand.spot(5.0, 60)
    middle = Qt.MouseButton.MiddleButton
    hand.drag(start, start + QPoint(-100, 50), button=middle)
    after = roll.viewport.window
    assert after.start - before.start == pytest.approx(before.seconds * 100 / roll.area.width())
    assert after.low - before.low == pytest.approx(before.pitches * 50 / roll.area.height())
    assert roll.selection == ()


def test_h_makes_the_left_button_pan(hand, roll, qtbot):
    before = roll.viewport.window
    start = hand.spot(1.5, 60)
    qtbot.keyPress(roll.area, Qt.Key.Key_H)
    hand.drag(start, start + QPoint(-100, 0))
    qtbot.keyRelease(roll.area, Qt.Key.Key_H)
    assert roll.viewport.window.start > before.start
    hand.drag(hand.spot(1.5, 60), hand.spot(3.0, 60))
    assert len(hand.edits) == 1


def test_hidden_tracks_cannot_be_clicked(hand, roll):
    from dataclasses import replace

    hand.click(hand.spot(1.5, 60))
    roll.set_tracks(
        tuple(replace(t, shown=t.instrument.program != 0 or t.instrument.is_drum) for t in roll.state.tracks)
    )
    assert roll.selection == ()
    hand.click(hand.spot(1.5, 60))
    assert roll.selection == ()


def test_clicking_a_key_selects_its_notes_and_sounds_it(hand, roll, qtbot):
    at = QPoint(50, hand.spot(0.0, 64).y())
    with qtbot.waitSignal(roll.key_clicked) as blocker:
        hand.press(roll.keyboard, at)
    assert blocker.args == [64, False]
    assert roll.selection == (E4,)


def test_clicking_a_drum_name_selects_its_hits(hand, roll, qtbot):
    at = QPoint(50, hand.spot(0.0, 38, is_drum=True).y())
    with qtbot.waitSignal(roll.key_clicked) as blocker:
        hand.press(roll.drum_names, at)
    assert blocker.args == [38, True]
    assert roll.selection == (SNARE,)


def test_the_menu_offers_what_dragging_does(hand, roll, qtbot, monkeypatch):
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    at = hand.spot(1.5, 60)
    viewport = roll.area.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewport.mapToGlobal(at))
    QApplication.sendEvent(viewport, event)
    assert roll.selection == (C4,)
    menu = roll._menu
    actions = {action.text().split("\t")[0]: action for action in menu.actions()}
    actions["Up an octave"].trigger()
    assert hand.edits[0].after[0].pitch == 72
    with qtbot.waitSignal(roll.reassign_requested) as blocker:
        next(a for a in menu._targets.actions() if a.text() == "Electric bass (finger)").trigger()
    assert blocker.args == [roll.selection, BASS.instrument]
    menu.close()
