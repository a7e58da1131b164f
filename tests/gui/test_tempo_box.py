from __future__ import annotations

from pathlib import Path

import mido
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QRadioButton
from pytestqt.qtbot import QtBot

from mt3_desktop.app.player import Player
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.values import Note
from mt3_desktop.gui.export_dialog import ExportDialog
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.tempo_box import TempoBox
from mt3_desktop.gui.transport import TransportBar
from tests.helpers.exporting import export
from tests.helpers.fake_family import Scene
from tests.helpers.window import Hands

LATE = Note(1.04, 1.4, 60, 90, 0)


@pytest.fixture
def box(qtbot: QtBot) -> TempoBox:
    box = TempoBox()
    qtbot.addWidget(box)
    box.show()
    return box


@pytest.fixture
def open_song(hands: Hands, scene: Scene, song: Path, qtbot: QtBot) -> TempoBox:
    """A finished song of one note in the roll, 40 ms behind the second beat of 120 bpm."""
    scene.script = (LATE,)
    hands.drop(song)
    hands.wait_until_done()
    state = roll_of(hands).state  # notes reach it with the next frame
    qtbot.waitUntil(lambda: len(state.store) == 1 and LATE.instrument in state.shown)
    (box,) = hands.window.findChildren(TempoBox)
    return box


def enter(qtbot: QtBot, box: TempoBox, text: str) -> None:
    box.bpm.selectAll()
    qtbot.keyClicks(box.bpm, text)
    qtbot.keyClick(box.bpm, Qt.Key.Key_Return)


def roll_of(hands: Hands) -> RollView:
    (roll,) = hands.window.findChildren(RollView)
    return roll


def ruler(hands: Hands) -> QImage:
    return roll_of(hands).ruler.grab().toImage()


def test_there_are_no_bars_at_first(box: TempoBox) -> None:
    assert box.bpm.text() == "Off"
    assert not box.position.isVisible()
    assert [control.isEnabled() for control in (box.half, box.double, box.more)] == [False] * 3


def test_a_typed_tempo_counts_when_it_is_complete(box: TempoBox, qtbot: QtBot) -> None:
    chosen: list[float] = []
    box.bpm_chosen.connect(chosen.append)
    enter(qtbot, box, "97.5")

    assert chosen == [97.5]


def test_the_first_step_up_is_a_tempo_to_begin_with(box: TempoBox, qtbot: QtBot) -> None:
    with qtbot.waitSignal(box.bpm_chosen) as chosen:
        qtbot.keyClick(box.bpm, Qt.Key.Key_Up)

    assert chosen.args == [120.0]


def test_setters_emit_nothing(box: TempoBox, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(box.bpm_chosen), qtbot.assertNotEmitted(box.metre_chosen):
        box.set_tempo(Tempo(96.0, 0.5, 3))
        box.set_position("17.3")

    assert (box.bpm.text(), box.position.text()) == ("♩ 96.0", "17.3")
    assert [action.text() for action in box.more.menu().actions() if action.isChecked()] == ["3 beats a bar"]


def test_bars_are_shown_counted_and_taken_off(hands: Hands, open_song: TempoBox, qtbot: QtBot) -> None:
    in_seconds = ruler(hands)
    assert not hands.window.command("no_bars").isEnabled()
    enter(qtbot, open_song, "120")

    assert hands.document().tempo == Tempo(120.0)
    assert ruler(hands) != in_seconds
    hands.services.player.seek(2.6)
    qtbot.waitUntil(lambda: open_song.position.text() == "2.2")

    hands.trigger("no_bars")
    assert hands.document().tempo is None
    assert open_song.bpm.text() == "Off"
    assert ruler(hands) == in_seconds


def test_half_double_metre_and_downbeat(hands: Hands, open_song: TempoBox, qtbot: QtBot) -> None:
    enter(qtbot, open_song, "120")
    qtbot.mouseClick(open_song.double, Qt.MouseButton.LeftButton)
    assert hands.document().tempo == Tempo(240.0)
    hands.trigger("half_tempo")
    hands.trigger("half_tempo")
    assert open_song.bpm.text() == "♩ 60.0"

    open_song.more.menu().actions()[3].trigger()
    hands.services.player.seek(0.75)
    open_song.downbeat.trigger()
    assert hands.document().tempo == Tempo(60.0, 0.75, 3)


def test_q_brings_notes_onto_the_bars(hands: Hands, open_song: TempoBox, qtbot: QtBot) -> None:
    roll = roll_of(hands)
    roll.commands.select_all()
    qtbot.keyClick(roll.area, Qt.Key.Key_Q)
    assert hands.document().notes == (LATE,)

    enter(qtbot, open_song, "120")
    roll.commands.select_all()
    qtbot.keyClick(roll.area, Qt.Key.Key_Q)
    (note,) = hands.document().notes
    assert (note.onset, note.duration) == (pytest.approx(1.0), pytest.approx(LATE.duration))

    hands.trigger("undo")
    assert hands.document().notes == (LATE,)


def test_bars_are_undone(hands: Hands, open_song: TempoBox, qtbot: QtBot) -> None:
    enter(qtbot, open_song, "120")
    enter(qtbot, open_song, "130")
    hands.trigger("half_tempo")

    hands.trigger("undo")
    assert open_song.bpm.text() == "♩ 130.0"
    hands.trigger("undo")
    assert open_song.bpm.text() == "Off"
    assert hands.document().tempo is None


def test_taps_while_nothing_plays_set_the_tempo_alone(
    hands: Hands, open_song: TempoBox, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    taps = iter((7.0, 7.6, 8.2, 8.8))
    monkeypatch.setattr(hands.session.wiring._tempo, "_clock", lambda: next(taps))
    hands.document().set_tempo(Tempo(90.0, 0.25, 3))
    roll_of(hands).area.setFocus()
    for _ in range(4):
        qtbot.keyClick(roll_of(hands).area, Qt.Key.Key_T)

    assert hands.document().tempo == Tempo(100.0, 0.25, 3)


def test_taps_while_it_plays_also_say_where_bar_one_is(
    hands: Hands, open_song: TempoBox, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Player, "is_playing", property(lambda _self: True))
    positions = [0.5, 1.0, 1.5]
    monkeypatch.setattr(Player, "position", property(lambda _self: positions[0]))
    for _ in range(3):
        qtbot.mouseClick(open_song.tap, Qt.MouseButton.LeftButton)
        positions.append(positions.pop(0))

    assert hands.document().tempo == Tempo(120.0, 0.5)


def test_the_bars_of_another_song_are_its_own(
    hands: Hands, open_song: TempoBox, qtbot: QtBot, tmp_path: Path, song: Path
) -> None:
    enter(qtbot, open_song, "96")
    other = song.rename(tmp_path / "other.wav")
    hands.drop(other)
    hands.wait_until_done()
    hands.window.parts.panel.set_current(hands.job(1).id)
    assert open_song.bpm.text() == "Off"

    hands.window.parts.panel.set_current(hands.job(0).id)
    assert open_song.bpm.text() == "♩ 96.0"


def test_the_bar_fits_into_the_smallest_window(hands: Hands, open_song: TempoBox, qtbot: QtBot) -> None:
    enter(qtbot, open_song, "120")
    hands.window.resize(hands.window.minimumSize())

    (transport,) = hands.window.findChildren(TransportBar)
    assert transport.minimumSizeHint().width() <= hands.window.minimumWidth()


def test_an_exported_file_follows_the_bars(
    hands: Hands, open_song: TempoBox, qtbot: QtBot, tmp_path: Path
) -> None:
    enter(qtbot, open_song, "96")
    hands.services.settings.update(export_folder=str(tmp_path / "out"))
    (tmp_path / "out").mkdir()

    def follow_bars(dialog: ExportDialog) -> None:
        (own,) = (one for one in dialog.findChildren(QRadioButton) if one.text() == "Follow my bars (96 bpm)")
        own.click()

    export(hands, follow_bars)

    (path,) = (tmp_path / "out").iterdir()
    file = mido.MidiFile(path)
    assert [message.tempo for message in file.tracks[0] if message.type == "set_tempo"] == [625_000]
    (start,) = (message.time for message in file.tracks[1] if message.type == "note_on" and message.velocity)
    assert start / file.ticks_per_beat * 0.625 == pytest.approx(LATE.onset, abs=1e-3)
