"""The keys on the notes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from mt3_desktop.core.tempo import Beats
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.backdrop import BackdropKind
from mt3_desktop.gui.theme import DARK
from tests.helpers.roll_hand import BASS, C4, E4, G4, KICK, SNARE, SONG

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
NONE = Qt.KeyboardModifier.NoModifier
KEY = Qt.Key


@pytest.fixture
def press(roll, qtbot):
    return lambda key, modifiers=NONE: qtbot.keyClick(roll.area, key, modifiers)


@pytest.mark.parametrize(
    ("key", "modifiers", "pitch"),
    [
        (KEY.Key_Up, NONE, 61),
        (KEY.Key_Down, NONE, 59),
        (KEY.Key_Up, SHIFT, 72),
        (KEY.Key_Down, SHIFT, 48),
    ],
)
def test_arrows_transpose_by_semitone_and_octave(hand, roll, press, key, modifiers, pitch):
    roll.select([C4])
    press(key, modifiers)
    assert [note.pitch for note in hand.edits[0].after] == [pitch]
    assert roll.selection == hand.edits[0].after
    assert hand.sounded[-1].pitch == pitch


def test_transposing_again_moves_the_outcome(hand, roll, press):
    roll.select([C4])
    press(KEY.Key_Up)
    press(KEY.Key_Up)
    assert [
        note.pitch for note in hand.notes if note.program == 0 and note.onset == 1.0 and not note.is_drum
    ] == [62]


def test_return_goes_to_the_start_where_nothing_can_be_accepted(hand, roll, press, qtbot):
    roll.set_playhead(2.5)
    with qtbot.waitSignal(roll.seek_requested) as sought:
        press(KEY.Key_Return)
    assert sought.args == [0.0]
    assert roll.navigation.playhead == 0.0


def test_arrows_scroll_where_nothing_is_selected(hand, roll, press):
    low = roll.viewport.window.low
    press(KEY.Key_Up)
    assert roll.viewport.window.low == low + 1.0
    assert not hand.edits


def test_left_and_right_step_through_the_notes(hand, roll, press):
    seen = []
    for _ in SONG:
        press(KEY.Key_Right)
        seen.extend(roll.selection)
    assert seen == [KICK, BASS, C4, SNARE, E4, G4]
    press(KEY.Key_Left)
    assert roll.selection == (E4,)
    assert hand.sounded[-1] == E4


def test_stepping_scrolls_the_note_into_sight(roll, press):
    late = Note(30.0, 31.0, 100, 80, 0)
    roll.set_notes([C4, late])
    press(KEY.Key_Right)
    press(KEY.Key_Right)
    window = roll.viewport.window
    assert roll.selection == (late,)
    assert window.start < 30.0
    assert window.end > 31.0
    assert window.high > 101.0


def test_shift_right_extends_the_selection(roll, press):
    roll.select([C4])
    press(KEY.Key_Right, SHIFT)
    assert roll.selection == (C4, SNARE)


@pytest.mark.parametrize(
    ("key", "modifiers", "onset"),
    [
        (KEY.Key_Right, CONTROL, 1.125),
        (KEY.Key_Left, CONTROL, 0.875),
        (KEY.Key_Right, ALT, 1.01),
        (KEY.Key_Left, ALT, 0.99),
    ],
)
def test_nudging_by_grid_step_or_ten_milliseconds(hand, roll, press, key, modifiers, onset):
    roll.set_beats(Beats(tuple(0.5 * i for i in range(100))))
    roll.select([C4])
    press(key, modifiers)
    assert hand.edits[0].after[0].onset == pytest.approx(onset)


@pytest.mark.parametrize("key", [KEY.Key_Delete, KEY.Key_Backspace])
def test_delete(hand, roll, press, key):
    roll.select([C4, KICK])
    press(key)
    assert hand.edits[0].before == (KICK, C4)
    assert hand.edits[0].after == ()
    assert roll.selection == ()


def test_delete_without_selection_does_nothing(hand, press):
    press(KEY.Key_Delete)
    assert not hand.edits


def test_select_all_and_none(roll, press):
    press(KEY.Key_A, CONTROL)
    assert set(roll.selection) == set(SONG)
    press(KEY.Key_A, CONTROL | SHIFT)
    assert roll.selection == ()


def test_velocity(hand, roll, press):
    roll.select([C4])
    press(KEY.Key_Up, CONTROL)
    assert hand.edits[0].after[0].velocity == 85


def test_duplicate_puts_a_copy_behind(hand, roll, press):
    roll.select([C4, E4])
    press(KEY.Key_D, CONTROL)
    assert [(note.onset, note.pitch) for note in hand.edits[0].after] == [(3.0, 60), (4.0, 64)]


def test_split_at_the_playhead_and_join_again(hand, roll, press):
    roll.select([C4])
    roll.set_playhead(1.25)
    press(KEY.Key_K)
    assert [(note.onset, note.offset) for note in hand.edits[0].after] == [(1.0, 1.25), (1.25, 2.0)]
    press(KEY.Key_J)
    assert hand.edits[1].after == (C4,)


def test_fit_selection_and_back(roll, press):
    first = roll.viewport.window
    press(KEY.Key_F)
    whole = roll.viewport.window
    assert whole.start <= 0.0
    assert whole.end >= 60.0
    assert whole.low <= 40.0
    roll.select([C4, E4])
    press(KEY.Key_Z)
    close = roll.viewport.window
    assert (close.start, close.end) == (pytest.approx(0.8), pytest.approx(3.2))
    press(KEY.Key_X)
    assert roll.viewport.window == whole
    press(KEY.Key_X)
    assert roll.viewport.window == first


def test_a_series_of_zooms_is_one_step_back(roll, press):
    first = roll.viewport.window
    for _ in range(5):
        press(KEY.Key_Equal, CONTROL)
    assert roll.viewport.window.seconds < first.seconds
    press(KEY.Key_X)
    assert roll.viewport.window == first


def test_pitch_zoom_keys(roll, press):
    before = roll.viewport.window.pitches
    press(KEY.Key_Equal, ALT)
    assert roll.viewport.window.pitches < before
    press(KEY.Key_Minus, ALT)
    assert roll.viewport.window.pitches == pytest.approx(before)


def test_page_down_goes_one_screen_on(roll, press):
    before = roll.viewport.window
    press(KEY.Key_PageDown)
    assert roll.viewport.window.start == pytest.approx(before.start + 0.9 * before.seconds)


def test_g_goes_through_the_backdrops(roll, press, qtbot):
    seen = []
    roll.backdrop_changed.connect(lambda kind, _strength: seen.append(kind))
    for _ in range(3):
        press(KEY.Key_G)
    assert seen == [BackdropKind.PLAIN, BackdropKind.WAVEFORM, BackdropKind.SPECTROGRAM]


def test_l_loops_the_selection_and_l_again_switches_the_loop_off(roll, press):
    loops, switched = [], []
    roll.loop_changed.connect(loops.append)
    roll.loop_switched.connect(switched.append)
    roll.select([C4, E4])
    press(KEY.Key_L)
    press(KEY.Key_L)
    press(KEY.Key_L)
    assert loops == [(1.0, 3.0)]
    assert switched == [False, True]


def test_escape_clears_the_selection(roll, press):
    roll.select([C4])
    press(KEY.Key_Escape)
    assert roll.selection == ()


def test_space_is_left_to_the_window(roll, qtbot):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    event = QKeyEvent(QEvent.Type.KeyPress, KEY.Key_Space, NONE)
    QApplication.sendEvent(roll.area, event)
    assert not event.isAccepted()


def test_quantise_needs_beats(hand, roll, press):
    late = Note(6.04, 6.54, 60, 80, 0)
    hand.notes = [late]
    roll.set_notes([late])
    roll.select([late])
    press(KEY.Key_Q)
    assert not hand.edits
    roll.set_beats(Beats(tuple(0.5 * i for i in range(100))))
    press(KEY.Key_Q)
    (after,) = hand.edits[0].after
    assert (after.onset, after.duration) == (pytest.approx(6.0), pytest.approx(0.5))


def test_cut_and_paste_at_the_playhead(hand, roll, press):
    roll.select([C4, E4])
    press(KEY.Key_X, CONTROL)
    assert set(hand.edits[0].before) == {C4, E4}
    roll.set_playhead(5.0)
    press(KEY.Key_V, CONTROL)
    assert [(note.onset, note.pitch) for note in hand.edits[1].after] == [(5.0, 60), (6.0, 64)]
    assert roll.selection == hand.edits[1].after


def test_control_digit_sends_the_selection_to_a_track(roll, press, qtbot):
    roll.select([C4])
    with qtbot.waitSignal(roll.reassign_requested) as blocker:
        press(KEY.Key_2, CONTROL)
    assert blocker.args == [(C4,), BASS.instrument]


def test_the_ring_of_focus_is_for_those_who_came_by_key(hand, roll):
    def corner():
        return roll.area.grab().toImage().pixelColor(1, 1).name().upper()

    roll.overview.setFocus()
    roll.area.setFocus(Qt.FocusReason.TabFocusReason)
    assert corner() == DARK.accent
    hand.click(hand.spot(8.0, 60))
    roll.overview.setFocus()
    assert corner() != DARK.accent
    roll.area.setFocus(Qt.FocusReason.MouseFocusReason)
    assert corner() != DARK.accent
