"""What the roll shows, and what its ruler, overview and playhead do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from mt3_desktop.core.audio.key_spectrogram import KeySpectrogram
from mt3_desktop.core.instruments import DRUMS
from mt3_desktop.core.tempo import Beats
from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.backdrop import BackdropKind, Peaks
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.roll.viewport import Window
from mt3_desktop.gui.theme import DARK, LIGHT, apply_theme, note_colour
from tests.helpers.roll_hand import C4, E4, G4, KICK, SONG, Hand, show


def colour_at(roll, seconds, key, *, is_drum=False) -> QColor:
    area = roll.drum_area if is_drum else roll.area
    image = area.grab().toImage()
    pixel = area.pixel_of(seconds, float(area.rows.table[key]) + 0.5).toPoint()
    return image.pixelColor(pixel)


def test_notes_have_the_colour_of_their_track(roll):
    piano = next(t for t in roll.state.tracks if t.instrument == C4.instrument)
    assert colour_at(roll, 1.5, 60) == note_colour(piano.colour)
    assert colour_at(roll, 1.5, 61) != note_colour(piano.colour)


def test_drums_have_the_text_colour_and_names(roll):
    assert colour_at(roll, 1.0, 36, is_drum=True) == QColor(DARK.text)
    assert [roll.drum_area.rows.name(row) for row in range(2)] == ["Bass drum", "Acoustic snare"]


def test_unsure_notes_are_hatched(roll):
    area = roll.area
    image = area.grab().toImage()
    rect_top = area.pixel_of(4.5, 68.0).toPoint().y()
    rect_bottom = area.pixel_of(4.5, 67.0).toPoint().y()
    colours = {
        image.pixelColor(x, y).name()
        for x in range(area.pixel_of(4.2, 0).toPoint().x(), area.pixel_of(4.8, 0).toPoint().x())
        for y in range(rect_top + 3, rect_bottom - 3)
    }
    assert len(colours) == 2


def test_muted_tracks_are_dim_and_hidden_ones_gone(roll):
    full = colour_at(roll, 1.5, 60)
    tracks = roll.state.tracks
    roll.set_tracks(tuple(replace(t, muted=t.instrument == C4.instrument) for t in tracks))
    dim = colour_at(roll, 1.5, 60)
    roll.set_tracks(tuple(replace(t, shown=t.instrument != C4.instrument) for t in tracks))
    gone = colour_at(roll, 1.5, 60)
    assert full.lightness() > dim.lightness() > gone.lightness()


def test_solo_and_spotlight_dim_the_others(roll):
    full = colour_at(roll, 1.5, 60)
    tracks = roll.state.tracks
    roll.set_tracks(tuple(replace(t, soloed=t.instrument.program == 33) for t in tracks))
    assert colour_at(roll, 1.5, 60) != full
    roll.set_tracks(tracks)
    roll.set_spotlight(DRUMS)
    assert colour_at(roll, 1.5, 60) != full
    roll.set_spotlight(None)
    assert colour_at(roll, 1.5, 60) == full


def test_live_notes_arrive_and_sounding_ones_are_pale(roll, qtbot):
    empty = colour_at(roll, 7.5, 60)
    sounding = Note(7.0, 8.0, 60, 80, 0)
    roll.set_sounding([sounding])
    pale = colour_at(roll, 7.5, 60)
    roll.set_sounding([])
    roll.append([sounding])
    qtbot.waitUntil(lambda: len(roll.state.store) == len(SONG) + 1)
    final = colour_at(roll, 7.5, 60)
    assert empty.lightness() < pale.lightness() < final.lightness()


def test_drum_hits_that_are_not_final_have_a_row_and_are_seen(roll):
    keys = roll.drum_area.rows.keys
    hit = Note(7.0, 7.1, 57, 100, 0, is_drum=True)
    assert hit.pitch not in keys
    roll.set_sounding([hit])
    assert roll.drum_area.rows.keys == tuple(sorted({*keys, hit.pitch}))
    pale = colour_at(roll, 7.0, hit.pitch, is_drum=True)
    roll.append([hit])
    roll.flush()
    roll.set_sounding([])
    final = colour_at(roll, 7.0, hit.pitch, is_drum=True)
    row = colour_at(roll, 6.0, hit.pitch, is_drum=True)
    assert row.lightness() < pale.lightness() < final.lightness()


def test_a_row_of_drums_goes_with_its_last_hit(roll):
    keys = roll.drum_area.rows.keys
    roll.set_sounding([Note(7.0, 7.1, 57, 100, 0, is_drum=True)])
    roll.set_sounding([])
    assert roll.drum_area.rows.keys == keys


def test_a_loop_is_switched_off_and_on_and_not_lost(roll, qtbot):
    roll.toggle_loop()
    with qtbot.waitSignal(roll.loop_switched) as switched:
        roll.toggle_loop()
    assert switched.args == [False]
    with qtbot.waitSignal(roll.loop_switched) as switched:
        roll.toggle_loop()
    assert switched.args == [True]


def test_live_notes_are_painted_at_most_once_in_33_ms(roll, qtbot):
    qtbot.wait(300)
    before = roll.area.paint_count
    for i in range(200):
        roll.append([Note(6.0 + i * 0.01, 6.1 + i * 0.01, 60, 80, 0)])
    qtbot.waitUntil(lambda: len(roll.state.store) == len(SONG) + 200)
    QApplication.processEvents()
    assert roll.area.paint_count - before <= 2


def test_a_new_drum_gets_a_row(roll, qtbot):
    roll.append([Note(3.0, 3.05, 42, 80, 0, is_drum=True)])
    roll.flush()
    assert roll.drum_area.rows.keys == (36, 38, 42)


def test_without_drums_there_is_no_lane(qtbot):
    roll = show(qtbot, [C4, E4])
    assert not roll.drum_area.isVisible()


def test_zoomed_out_the_notes_are_still_there(qtbot):
    notes = [Note(i * 0.01, i * 0.01 + 0.009, 60, 80, 0) for i in range(5000)]
    roll = show(qtbot, notes)
    roll.navigation.fit()
    moving = colour_at(roll, 25.0, 60)
    assert roll.area.notes.drawn == 5000
    qtbot.waitUntil(lambda: not roll.area.notes._is_moving)
    assert moving == colour_at(roll, 25.0, 60) == note_colour(roll.state.tracks[0].colour)


def test_only_what_is_seen_is_drawn(qtbot):
    roll = show(qtbot, [Note(i * 0.01, i * 0.01 + 0.009, 60, 80, 0) for i in range(5000)])
    roll.viewport.show_seconds(20.0, 21.0)
    roll.area.grab()
    assert roll.area.notes.drawn == pytest.approx(100, abs=10)


def test_unheard_part_is_hatched(roll):
    roll.set_heard_until(5.0)
    image = roll.area.grab().toImage()

    def shades(start, end):
        y = roll.area.pixel_of(0.0, 70.5).toPoint().y()
        left, right = (roll.area.pixel_of(s, 0.0).toPoint().x() for s in (start, end))
        return {image.pixelColor(x, y).name() for x in range(left, right)}

    assert len(shades(7.05, 7.9)) > len(shades(3.05, 3.9))
    roll.set_heard_until(None)
    image = roll.area.grab().toImage()
    assert len(shades(7.05, 7.9)) == len(shades(3.05, 3.9))


def test_reset_view_starts_anew(roll):
    roll.viewport.zoom_to(Window(30.0, 31.0, 50.0, 60.0))
    roll.reset_view()
    roll.set_notes([replace(C4, pitch=100)])
    window = roll.viewport.window
    assert window.start <= 0.0
    assert window.low < 100 < window.high


# --- ruler, loop, waveform, overview ---


def ruler_spot(roll, seconds) -> QPoint:
    return QPoint(round(roll.ruler.x_of(seconds)), 12)


def test_clicking_the_ruler_seeks(hand, roll, qtbot):
    with qtbot.waitSignal(roll.seek_requested) as blocker:
        hand.drag(ruler_spot(roll, 4.0), ruler_spot(roll, 4.0), target=roll.ruler)
    assert blocker.args[0] == pytest.approx(4.0, abs=0.01)


def test_dragging_the_ruler_loops_and_does_not_seek(hand, roll, qtbot):
    loops, seeks = [], []
    roll.loop_changed.connect(loops.append)
    roll.seek_requested.connect(seeks.append)
    hand.drag(ruler_spot(roll, 6.0), ruler_spot(roll, 3.0), target=roll.ruler)
    assert loops[-1] == (pytest.approx(3.0, abs=0.01), pytest.approx(6.0, abs=0.01))
    assert not seeks


def test_an_edge_of_the_loop_can_be_dragged(hand, roll):
    loops = []
    roll.loop_changed.connect(loops.append)
    roll.set_loop((3.0, 6.0))
    hand.drag(ruler_spot(roll, 6.0), ruler_spot(roll, 8.0), target=roll.ruler)
    assert loops[-1] == (3.0, pytest.approx(8.0, abs=0.02))


def test_escape_puts_the_loop_back(hand, roll, qtbot):
    loops = []
    roll.set_loop((3.0, 6.0))
    roll.loop_changed.connect(loops.append)
    hand.press(roll.ruler, ruler_spot(roll, 1.0))
    hand.move(roll.ruler, ruler_spot(roll, 2.0))
    qtbot.keyClick(roll.area, Qt.Key.Key_Escape)
    assert loops[-1] == (3.0, 6.0)


def test_clicking_the_waveform_seeks(hand, roll, qtbot):
    n = 6000
    roll.set_peaks(Peaks(-np.ones(n, np.float32), np.ones(n, np.float32), 0.01))
    assert roll.waveform.isVisible()
    with qtbot.waitSignal(roll.seek_requested) as blocker:
        hand.press(roll.waveform, QPoint(round(roll.ruler.x_of(4.0)), 10))
    assert blocker.args[0] == pytest.approx(4.0, abs=0.01)


def test_the_overview_shows_notes_that_still_sound_pale(roll):
    def specks():
        image = roll.overview._draw_picture(1.0).toImage()
        column = round(30.0 / 60.0 * roll.overview.width())
        return {image.pixelColor(column, y).name() for y in range(roll.overview.height())}

    assert len(specks()) == 1
    sounding = Note(29.0, 31.0, 62, 80, 0)
    roll.set_sounding([sounding])
    pale = specks()
    assert len(pale) == 2
    roll.set_sounding([])
    roll.append([sounding])
    roll.flush()
    assert len(specks() - pale) == 1


def test_dragging_the_overview_frame_moves_the_window(hand, roll):
    overview = roll.overview
    left, right = overview._frame()
    middle = QPoint(round((left + right) / 2), 10)
    hand.drag(middle, middle + QPoint(200, 0), target=overview)
    window = roll.viewport.window
    assert window.start == pytest.approx(200 / overview.width() * 60.0, abs=0.3)
    assert window.seconds == pytest.approx(10.0)


def test_dragging_the_overview_edge_zooms(hand, roll):
    overview = roll.overview
    right = QPoint(round(overview._frame()[1]), 10)
    hand.drag(right, right + QPoint(100, 0), target=overview)
    assert roll.viewport.window.seconds == pytest.approx(10.0 + 100 / overview.width() * 60.0, abs=0.3)


def test_clicking_the_overview_jumps_there(hand, roll):
    hand.drag(QPoint(700, 10), QPoint(700, 10), target=roll.overview)
    window = roll.viewport.window
    assert window.start < 700 / roll.overview.width() * 60.0 < window.end


# --- playhead and following ---


def test_the_page_turns_when_the_playhead_leaves_it(roll):
    roll.set_playhead(9.0)
    assert roll.viewport.window.start == pytest.approx(0.0)
    roll.set_playhead(10.5)
    assert roll.viewport.window.start == pytest.approx(10.5 - 0.4)


def test_following_yields_to_the_user_and_resumes_in_the_middle_third(hand, roll):
    paused = []
    roll.follow_paused.connect(paused.append)
    roll.set_playhead(1.0)
    roll.viewport.show_seconds(30.0, 40.0)
    assert paused == [True]
    roll.set_playhead(1.1)
    assert roll.viewport.window.start == pytest.approx(30.0)
    roll.viewport.show_seconds(0.0, 10.0)
    roll.set_playhead(2.0)
    assert paused == [True]
    roll.set_playhead(5.0)
    assert paused == [True, False]


def test_without_following_the_page_stays(roll):
    roll.set_follow(False)
    roll.set_playhead(30.0)
    assert roll.viewport.window.start == pytest.approx(0.0)


def test_moving_the_playhead_repaints_a_strip_only(roll, qtbot):
    qtbot.wait(300)
    roll.set_playhead(5.0)
    QApplication.processEvents()
    roll.set_playhead(5.02)
    QApplication.processEvents()
    assert roll.area.notes.drawn <= 1


# --- backdrop, bars, theme, words ---


def test_the_spectrogram_lies_on_its_keys(roll):
    levels = np.zeros((88 * 3, 3000), np.uint8)
    levels[(70 - 21) * 3 : (71 - 21) * 3] = 255
    before = [colour_at(roll, 8.3, key) for key in (69, 70, 71)]
    roll.set_spectrogram(KeySpectrogram(levels, 0.02, 21.0, 3))
    after = [colour_at(roll, 8.3, key) for key in (69, 70, 71)]
    assert [a != b for a, b in zip(after, before, strict=True)] == [False, True, False]
    roll.set_backdrop(BackdropKind.PLAIN)
    assert colour_at(roll, 8.3, 70) == before[1]


def test_the_waveform_can_lie_behind_the_notes(roll):
    n = 6000
    before = roll.area.grab().toImage()
    roll.set_peaks(Peaks(-np.ones(n, np.float32), np.ones(n, np.float32), 0.01))
    QApplication.processEvents()
    roll.set_backdrop(BackdropKind.WAVEFORM)
    assert roll.area.grab().toImage() != before


def test_bars_on_the_ruler(roll):
    beats = Beats(tuple(0.5 * i for i in range(120)))
    roll.set_beats(beats)
    before: QImage = roll.ruler.grab().toImage()
    roll.set_beats(None)
    assert roll.ruler.grab().toImage() != before
    assert beats.position(8.6) == "5.2"


def test_the_theme_can_change_at_any_time(roll):
    before = colour_at(roll, 8.3, 60)
    apply_theme(QApplication.instance(), "light")
    after = colour_at(roll, 8.3, 60)
    assert before.lightness() < 60
    assert after.lightness() > 200
    assert colour_at(roll, 1.5, 60).name() == LIGHT.notes[0].lower()


def test_a_tooltip_says_what_is_known(roll):
    from mt3_desktop.gui.roll.spoken import tooltip

    text = tooltip(G4, "Piano")
    assert [part in text for part in ("G4", "0:04.00", "1.00 s", "Velocity 100", "Confidence 30 %")] == [
        True
    ] * 5


def test_the_focused_note_is_spoken(hand, roll):
    hand.click(hand.spot(4.5, 67))
    name = "Acoustic grand piano"
    assert roll.area.accessibleDescription() == f"{name}, G4, starts 0:04.0, lasts one second, unsure"
    hand.click(hand.spot(1.0, 36, is_drum=True), is_drum=True)
    assert roll.drum_area.accessibleDescription() == "Drums, Bass drum, starts 0:01.0"
    assert roll.area.accessibleDescription() == ""
    assert roll.selection == (KICK,)


def test_every_part_has_a_name(roll):
    parts = (roll, roll.area, roll.drum_area, roll.keyboard, roll.drum_names, roll.ruler, roll.overview)
    assert all(part.accessibleName() for part in parts)


def test_an_edit_from_elsewhere_keeps_the_selection(roll):
    roll.select([C4, E4])
    roll.set_notes([C4, G4])
    assert roll.selection == (C4,)


def test_fifty_thousand_notes_are_shown(qtbot):
    notes = [Note(i * 0.06, i * 0.06 + 0.1, 40 + i % 40, 80, i % 8) for i in range(50_000)]
    roll = show(qtbot, notes)
    roll.set_duration(3000.0)
    roll.navigation.fit()
    roll.area.grab()
    assert roll.area.notes.drawn == 50_000
    roll.commands.select_all()
    assert len(roll.selection) == 50_000


def test_place_and_pixel_are_inverse(roll):
    pixel = roll.area.pixel_of(3.3, 55.5)
    place = roll.area.place_of(QPointF(pixel))
    assert (place.seconds, place.row, place.key) == (pytest.approx(3.3), pytest.approx(55.5), 55)


def test_tracks_without_notes_do_no_harm(qtbot):
    roll = show(qtbot, [])
    roll.set_tracks(tracks_of(SONG))
    roll.navigation.fit()
    roll.set_playhead(3.0)
    roll.grab()
    Hand(roll).click(QPoint(100, 100))
    assert roll.selection == ()


def test_drums_keep_their_share_though_notes_came_before_the_roll_was_shown(qtbot):
    roll = RollView()
    qtbot.addWidget(roll)
    roll.set_notes(SONG)
    roll.resize(900, 150)
    roll.resize(900, 700)
    roll.show()
    assert roll.drum_area.height() <= roll.height() // 3
    assert roll.area.height() > roll.height() // 2


def test_drums_keep_the_height_that_the_user_gave_them(qtbot, roll):
    roll.resize(900, 700)
    roll._panes.splitter.moveSplitter(300, 1)
    given = roll.drum_area.height()
    roll.resize(900, 720)
    assert abs(roll.drum_area.height() - given) <= 2


def test_drums_that_come_back_get_their_share_again(qtbot, roll):
    roll.resize(900, 700)
    roll.set_notes(())
    roll.set_notes(SONG)
    assert roll.drum_area.height() <= roll.height() // 3


# --- following again ---


@pytest.fixture
def elsewhere(roll):
    """The user scrolled away from the playhead, and comes to rest with it in the last third."""
    roll.set_playhead(9.5)
    roll.viewport.show_seconds(20.0, 30.0)
    roll.viewport.show_seconds(0.0, 10.0)
    return roll


def test_who_scrolled_away_is_left_alone(elsewhere):
    elsewhere.set_playhead(10.5)
    assert elsewhere.viewport.window.start == 0.0


def test_to_play_what_is_seen_is_to_follow_it(elsewhere):
    elsewhere.set_playing(True)
    elsewhere.set_playhead(10.5)
    assert elsewhere.viewport.window.start > 5.0


def test_to_play_what_is_out_of_sight_is_not(elsewhere):
    elsewhere.viewport.show_seconds(20.0, 30.0)
    elsewhere.set_playing(True)
    elsewhere.set_playhead(10.5)
    assert elsewhere.viewport.window.start == 20.0


def test_who_puts_the_playhead_somewhere_follows_it_from_there(hand, elsewhere):
    spot = ruler_spot(elsewhere, 9.0)
    hand.drag(spot, spot, target=elsewhere.ruler)
    elsewhere.set_playhead(10.5)
    assert elsewhere.viewport.window.start > 5.0


# --- which pitches are shown ---


@pytest.fixture
def empty(qtbot):
    roll = RollView()
    roll.resize(1000, 600)
    roll.set_duration(60.0)
    qtbot.addWidget(roll)
    roll.show()
    return roll


def arrive(roll, *pitches):
    roll.append([Note(1.0, 2.0, pitch, 80, 0) for pitch in pitches])
    roll.flush()


def is_seen(roll, pitch):
    return roll.viewport.window.low <= pitch and pitch + 1 <= roll.viewport.window.high


def test_the_pitches_in_use_are_shown_as_they_arrive(empty):
    arrive(empty, 36, 38)
    assert is_seen(empty, 36)
    arrive(empty, 84)
    assert is_seen(empty, 84)
    assert is_seen(empty, 36)


def test_notes_that_still_sound_are_shown_too(empty):
    arrive(empty, 36)
    empty.set_sounding([Note(1.0, 2.0, 96, 80, 0)])
    assert is_seen(empty, 96)
    assert is_seen(empty, 36)


def test_only_pitches_that_the_user_chose_are_kept(empty):
    arrive(empty, 60)
    assert empty.chosen_pitches is None
    empty.look_at(2.0, 5.0)
    arrive(empty, 96)
    assert is_seen(empty, 96)
    assert empty.viewport.window.start == 2.0

    empty.viewport.scroll_pitch(-3.0)
    chosen = empty.chosen_pitches
    assert chosen == (empty.viewport.window.low, empty.viewport.window.high)
    empty.reset_view()
    empty.look_at(2.0, 5.0, chosen)
    arrive(empty, 12)
    assert empty.chosen_pitches == chosen


def test_who_chose_pitches_keeps_them(empty):
    arrive(empty, 60)
    empty.viewport.scroll_pitch(-3.0)
    before = empty.viewport.window
    arrive(empty, 96)
    assert empty.viewport.window == before


def test_who_selected_notes_is_not_moved_away_from_them(empty):
    arrive(empty, 60)
    empty.set_tracks(tracks_of([C4]))
    empty.commands.select_all()
    before = empty.viewport.window
    arrive(empty, 96)
    assert empty.viewport.window == before


def test_an_edit_does_not_change_what_is_shown(hand, roll):
    before = roll.viewport.window
    roll.set_notes([*SONG, Note(1.0, 2.0, 100, 80, 0)])
    assert roll.viewport.window == before


def test_low_rows_leave_out_names_rather_than_crowd_them(qtbot):
    keys = range(35, 60)
    roll = show(qtbot, [C4, *(Note(1.0, 1.05, key, 80, 0, is_drum=True) for key in keys)])
    names = roll.drum_names
    scale = names.height() / len(keys)
    assert scale < 12.0
    image = names.grab().toImage()
    ground = QColor(DARK.panel)
    named = [
        row
        for row in range(len(keys))
        if any(
            image.pixelColor(x, int(names.height() - (row + 0.5) * scale)) != ground
            for x in range(names.width() - 2)
        )
    ]
    assert 4 < len(named) < len(keys)
