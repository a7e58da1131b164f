"""The track list, used by mouse and by keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QSlider
from pytestqt.qtbot import QtBot

from mt3_desktop.core.instruments import DRUMS, PROGRAM_NAMES
from mt3_desktop.core.tracks import DRUM_COLOUR, Track
from mt3_desktop.core.values import Instrument
from mt3_desktop.gui.theme import apply_theme
from mt3_desktop.gui.track_panel import TrackPanel, free_program
from mt3_desktop.gui.window_layout import FIRST_COLUMNS
from tests.helpers.roll_hand import Mouse

PIANO, BASS, FLUTE = Instrument(0), Instrument(33), Instrument(73)
TRACKS = (
    Track(PIANO, "Piano", 0, 812),
    Track(BASS, "Bass", 4, 300),
    Track(FLUTE, "Flute", 2, 3),
    Track(DRUMS, "Drums", DRUM_COLOUR, 391),
)
LEFT, KEY = Qt.MouseButton.LeftButton, Qt.Key


@pytest.fixture
def panel(qtbot: QtBot) -> TrackPanel:
    apply_theme(QApplication.instance(), "dark")
    panel = TrackPanel()
    panel.resize(320, 500)
    panel.set_tracks(TRACKS)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def row(panel: TrackPanel, instrument: Instrument):
    return next(row for row in panel.rows if row.track.instrument == instrument)


def menu_of(panel: TrackPanel, instrument: Instrument):
    target = row(panel, instrument)
    at = QPoint(20, 20)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, target.mapToGlobal(at))
    QApplication.sendEvent(target, event)
    panel._menu.close()
    return {action.text().split("\t")[0]: action for action in panel._menu.actions()}


def test_rows_are_in_order_and_say_what_they_are(panel):
    assert [row.track.name for row in panel.rows] == ["Piano", "Bass", "Flute", "Drums"]
    assert row(panel, BASS).accessibleName() == "Bass, 300 notes"
    assert row(panel, BASS).program.full_text == "Electric bass (finger)"
    assert not row(panel, DRUMS).program.isVisible()


def test_the_instrument_is_said_only_where_the_name_says_something_else(panel):
    own = Track(Instrument(24), "Acoustic guitar (nylon)", 1, 1330)
    panel.set_tracks((own, TRACKS[1]))
    assert row(panel, own.instrument).program.text() == "▾"
    assert row(panel, own.instrument).program.toolTip() == "Acoustic guitar (nylon): change instrument"
    assert row(panel, BASS).program.text() == "Electric bass (finger) ▾"


def test_names_are_whole_at_the_first_width_of_the_panel(panel, qtbot):
    panel.resize(FIRST_COLUMNS[2] - 16, 500)
    names = tuple(Track(Instrument(p), PROGRAM_NAMES[p], p, 1330) for p in (0, 24, 33, 46, 88, 99))
    panel.set_tracks(names)
    qtbot.waitUntil(lambda: all(r.name.width() >= r.name.sizeHint().width() for r in panel.rows))
    assert all(r.program.height() >= 24 and r.program.width() >= 24 for r in panel.rows)
    assert {r.count.text() for r in panel.rows} == {"1,330 notes"}


def test_a_name_that_does_not_fit_is_whole_in_its_tip(panel, qtbot):
    name = "The second of the two violins of the last movement"
    panel.set_tracks((Track(PIANO, name, 0, 1), *TRACKS[1:3]))
    qtbot.waitUntil(lambda: row(panel, PIANO).name.width() < row(panel, PIANO).name.sizeHint().width())
    assert row(panel, PIANO).name.toolTip() == name
    assert panel.childAt(row(panel, PIANO).name.mapTo(panel, QPoint(9, 9))) is row(panel, PIANO).name


def test_every_control_has_a_name_and_can_be_reached_by_key(panel):
    controls = [*panel.findChildren(QAbstractButton), *panel.findChildren(QSlider)]
    named = [c for c in controls if c.objectName() != "qt_toolbar_ext_button" and c.isVisible()]
    assert len(named) > 20
    assert [type(c).__name__ for c in named if not c.accessibleName()] == []
    assert [c.accessibleName() for c in named if c.focusPolicy() == Qt.FocusPolicy.NoFocus] == []


def test_mute_by_click_and_by_key(panel, qtbot):
    seen = []
    panel.mute_changed.connect(lambda *a: seen.append(a))
    qtbot.mouseClick(row(panel, BASS).mute, LEFT)
    qtbot.keyClick(row(panel, PIANO), KEY.Key_M)
    assert seen == [(BASS, True), (PIANO, True)]


def test_solo_is_exclusive_and_additive_with_control(panel, qtbot):
    seen = []
    panel.solo_changed.connect(lambda *a: seen.append(a))
    qtbot.mouseClick(row(panel, BASS).solo, LEFT)
    qtbot.mouseClick(row(panel, PIANO).solo, LEFT, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(row(panel, DRUMS), KEY.Key_S)
    assert seen == [(BASS, True, False), (PIANO, True, True), (DRUMS, True, False)]


def test_solo_is_shown_when_the_track_says_so(panel):
    panel.set_tracks((replace(TRACKS[0], soloed=True), *TRACKS[1:]))
    assert row(panel, PIANO).solo.isChecked()
    assert row(panel, PIANO).accessibleName() == "Piano, 812 notes, solo"


def test_hide(panel, qtbot):
    with qtbot.waitSignal(panel.show_changed) as blocker:
        qtbot.mouseClick(row(panel, BASS).shown, LEFT)
    assert blocker.args == [BASS, False]


def test_level(panel, qtbot):
    slider = row(panel, BASS).level
    slider.setFocus()
    with qtbot.waitSignal(panel.level_changed) as blocker:
        qtbot.keyClick(slider, KEY.Key_PageUp)
    assert blocker.args == [BASS, pytest.approx(1.1)]


def test_showing_tracks_emits_nothing(panel):
    seen = []
    for signal in (panel.mute_changed, panel.solo_changed, panel.show_changed, panel.level_changed):
        signal.connect(lambda *a: seen.append(a))
    panel.set_tracks(tuple(replace(t, muted=True, soloed=True, shown=False, level=0.3) for t in TRACKS))
    assert not seen


def test_f2_renames(panel, qtbot):
    target = row(panel, BASS)
    qtbot.keyClick(target, KEY.Key_F2)
    qtbot.keyClicks(target.name.field, "Low end")
    with qtbot.waitSignal(panel.renamed) as blocker:
        qtbot.keyClick(target.name.field, KEY.Key_Return)
    assert blocker.args == [BASS, "Low end"]


def test_escape_leaves_the_name(panel, qtbot):
    target = row(panel, BASS)
    seen = []
    panel.renamed.connect(lambda *a: seen.append(a))
    qtbot.keyClick(target, KEY.Key_F2)
    qtbot.keyClicks(target.name.field, "x")
    qtbot.keyClick(target.name.field, KEY.Key_Escape)
    assert not seen
    assert not target.name.field.isVisible()


def test_letters_typed_into_a_name_do_not_mute(panel, qtbot):
    target = row(panel, BASS)
    seen = []
    panel.mute_changed.connect(lambda *a: seen.append(a))
    qtbot.keyClick(target, KEY.Key_F2)
    qtbot.keyClicks(target.name.field, "ms")
    assert not seen
    qtbot.keyClick(target.name.field, KEY.Key_Escape)


def test_alt_arrows_move_the_focus(panel, qtbot):
    panel.activateWindow()
    panel.focus_row(PIANO)
    qtbot.waitUntil(lambda: row(panel, PIANO).hasFocus())
    qtbot.keyClick(row(panel, PIANO), KEY.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert row(panel, BASS).hasFocus()
    qtbot.keyClick(row(panel, BASS), KEY.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(row(panel, PIANO), KEY.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert row(panel, PIANO).hasFocus()


def test_focus_by_key_puts_a_track_into_the_spotlight(panel, qtbot):
    panel.activateWindow()
    panel.focus_row(DRUMS)
    qtbot.waitUntil(lambda: row(panel, DRUMS).hasFocus())
    seen = []
    panel.spotlight_changed.connect(seen.append)
    panel.focus_row(PIANO)
    panel.focus_row(BASS)
    assert seen[-3:] == [PIANO, None, BASS]


def test_nothing_is_called_stray_before_all_notes_are_here(panel):
    panel.set_complete(False)
    assert not row(panel, FLUTE).stray.isVisible()
    panel.set_complete(True)
    assert row(panel, FLUTE).stray.isVisible()


def test_a_stray_is_merged_with_one_click(panel, qtbot):
    stray = row(panel, FLUTE).stray
    assert stray.isVisible()
    assert stray.toolTip() == "Merge into Piano"
    assert not row(panel, BASS).stray.isVisible()
    with qtbot.waitSignal(panel.merge_requested) as blocker:
        qtbot.mouseClick(stray, LEFT)
    assert blocker.args == [(FLUTE,), PIANO]


def test_program_is_found_by_typing(panel, qtbot):
    qtbot.mouseClick(row(panel, BASS).program, LEFT)
    picker = panel._picker
    assert picker.isVisible()
    qtbot.keyClicks(picker._search, "tub")
    with qtbot.waitSignal(panel.merge_requested) as blocker:
        qtbot.keyClick(picker._search, KEY.Key_Down)
        qtbot.keyClick(picker._search, KEY.Key_Return)
    assert blocker.args == [(BASS,), Instrument(58)]  # tubular bells come first, then the tuba
    assert not picker.isVisible()


def test_a_family_finds_its_programs_and_moving_previews_them(panel, qtbot):
    qtbot.mouseClick(row(panel, BASS).program, LEFT)
    picker, heard = panel._picker, []
    panel.program_previewed.connect(heard.append)
    qtbot.keyClicks(picker._search, "brass")
    qtbot.keyClick(picker._search, KEY.Key_Down)
    assert picker._model.rowCount() == 8
    assert heard[-1] in range(56, 64)
    picker.hide()


def test_nothing_found_chooses_nothing(panel, qtbot):
    seen = []
    panel.merge_requested.connect(lambda *a: seen.append(a))
    qtbot.mouseClick(row(panel, BASS).program, LEFT)
    qtbot.keyClicks(panel._picker._search, "zzz")
    qtbot.keyClick(panel._picker._search, KEY.Key_Return)
    assert not seen
    panel._picker.hide()


def test_menu_merges_splits_moves_and_deletes(panel):
    seen = []
    for name in ("merge_requested", "split_requested", "delete_requested", "select_requested"):
        getattr(panel, name).connect(lambda *a, name=name: seen.append((name, *a)))
    actions = menu_of(panel, PIANO)
    actions["Merge into"].menu().actions()[0].trigger()
    actions["Split by pitch"].menu().actions()[2].trigger()
    actions["Move to drums"].trigger()
    actions["Select notes"].trigger()
    actions["Delete track"].trigger()
    assert seen == [
        ("merge_requested", (PIANO,), BASS),
        ("split_requested", PIANO, 48, Instrument(1)),
        ("merge_requested", (PIANO,), DRUMS),
        ("select_requested", PIANO),
        ("delete_requested", PIANO),
    ]


def test_menu_collapses_a_family(panel, qtbot):
    other = Instrument(36)
    panel.set_tracks((*TRACKS[:2], Track(other, "Slap", 5, 50), *TRACKS[2:]))
    with qtbot.waitSignal(panel.merge_requested) as blocker:
        menu_of(panel, BASS)["Collapse all bass tracks into this"].trigger()
    assert blocker.args == [(other,), BASS]
    assert not menu_of(panel, PIANO)["Collapse all piano tracks into this"].isEnabled()


def test_drums_have_no_menu_for_pitches(panel):
    assert "Split by pitch" not in menu_of(panel, DRUMS)


def test_recolour(panel, qtbot):
    swatch = row(panel, BASS).swatch
    swatch.menu().aboutToShow.emit()
    actions = swatch.menu().actions()
    assert [a.text() for a in actions if a.isChecked()] == ["Colour 5"]
    with qtbot.waitSignal(panel.recoloured) as blocker:
        actions[8].trigger()
    assert blocker.args == [BASS, 8]
    assert actions[8].text() == "Colour 1, striped"


def test_dragging_the_handle_asks_for_a_file(panel, qtbot):
    handle = row(panel, BASS).handle
    with qtbot.waitSignal(panel.drag_requested) as blocker:
        Mouse().drag(QPoint(5, 5), QPoint(60, 5), target=handle)
    assert blocker.args == [BASS]


def test_rows_come_and_go_and_keep_their_focus(panel, qtbot):
    panel.activateWindow()
    panel.focus_row(BASS)
    qtbot.waitUntil(lambda: row(panel, BASS).hasFocus())
    kept = row(panel, BASS)
    panel.set_tracks((Track(BASS, "Bass", 4, 301), Track(Instrument(40), "Violin", 1, 10)))
    assert [r.track.name for r in panel.rows] == ["Bass", "Violin"]
    assert row(panel, BASS) is kept
    assert kept.hasFocus()
    panel.set_tracks(())
    assert panel.rows == ()
    assert panel._nothing.isVisible()


def test_free_program_is_near_and_free():
    assert free_program(PIANO, TRACKS) == 1
    crowd = tuple(Track(Instrument(p), "", 0, 1) for p in range(8))
    assert free_program(PIANO, crowd) == 8


def all_tracks(panel: TrackPanel) -> dict[str, QAction]:
    """The menu of the heading, by its entries' texts."""
    panel._all.aboutToShow.emit()
    return {action.text(): action for action in panel._all.actions() if action.text()}


def test_the_heading_has_a_menu_for_all_tracks(panel: TrackPanel, qtbot: QtBot) -> None:
    entries = all_tracks(panel)
    assert [text for text, action in entries.items() if action.isEnabled()] == ["Merge 1 stray track"]
    with qtbot.waitSignal(panel.merge_requested) as merged:
        entries["Merge 1 stray track"].trigger()
    assert merged.args[0] == (FLUTE,)

    piano, bass, *rest = TRACKS
    panel.set_tracks(
        (replace(piano, shown=False, soloed=True), replace(bass, shown=False, muted=True), *rest)
    )
    shown: list[tuple[object, bool]] = []
    panel.show_changed.connect(lambda instrument, is_shown: shown.append((instrument, is_shown)))
    all_tracks(panel)["Show all"].trigger()
    assert shown == [(PIANO, True), (BASS, True)]
    with qtbot.waitSignal(panel.mute_changed) as unmuted:
        all_tracks(panel)["Unmute all"].trigger()
    assert unmuted.args == [BASS, False]
    with qtbot.waitSignal(panel.solo_changed) as ended:
        all_tracks(panel)["End solo"].trigger()
    assert ended.args[:2] == [PIANO, False]
