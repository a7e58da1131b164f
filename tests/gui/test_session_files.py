"""Sessions from the window: saved, opened, moved with their recording, and looked at as they were left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from mt3_desktop.app.job import JobState
from mt3_desktop.core.session import load
from mt3_desktop.core.values import Instrument
from mt3_desktop.gui.message_bar import MessageBar
from mt3_desktop.gui.result_bar import ResultBar
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.roll.viewport import Window
from mt3_desktop.gui.session_commands import SessionCommands
from tests.helpers.fake_family import SCRIPT, Scene
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands


def roll(hands: Hands) -> RollView:
    (found,) = hands.window.findChildren(RollView)
    return found


def title(hands: Hands) -> str:
    (bar,) = hands.window.findChildren(MessageBar)
    return "" if bar.message is None else bar.message.title


def press_save(hands: Hands, qtbot: QtBot, *, anew: bool = False) -> None:
    hands.window.activateWindow()
    qtbot.waitActive(hands.window)
    shift = Qt.KeyboardModifier.ShiftModifier if anew else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(roll(hands), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier | shift)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """What the file chooser proposed; it always answers "saved.mt3session" in a folder of its own."""
    proposals: list[Path] = []
    (tmp_path / "sessions").mkdir()

    def answer(_commands: SessionCommands, proposal: Path) -> Path:
        proposals.append(proposal)
        return tmp_path / "sessions" / "saved.mt3session"

    monkeypatch.setattr(SessionCommands, "ask_place", answer)
    return proposals


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "saved.mt3session"


def save_and_remove(hands: Hands, qtbot: QtBot, song: Path) -> None:
    """Save an edited song as a session, and take it off the list."""
    hands.drop(song)
    hands.wait_until_done()
    hands.document().rename(Instrument(33), "Low end")
    press_save(hands, qtbot)
    qtbot.waitUntil(lambda: title(hands) == "Saved saved.mt3session")
    hands.trigger("remove")
    assert not hands.queue.jobs


def test_a_session_brings_the_song_back_as_it_was(
    hands: Hands, qtbot: QtBot, song: Path, asked: list[Path], place: Path
) -> None:
    save_and_remove(hands, qtbot, song)

    hands.drop(place)
    qtbot.waitUntil(lambda: len(hands.queue.jobs) == 1)

    assert asked == [song.with_suffix(".mt3session")]
    assert hands.job().state is JobState.DONE
    assert set(hands.document().notes) == set(SCRIPT)
    assert "Low end" in [track.name for track in hands.document().tracks]
    assert hands.window.windowTitle() == f"{song.name} — MT3 Desktop"


def test_a_name_typed_without_ending_gets_one(hands: Hands, qtbot: QtBot, song: Path, tmp_path: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()

    def type_a_name() -> None:
        chooser = QApplication.activeModalWidget()
        assert isinstance(chooser, QFileDialog)
        (name,) = (edit for edit in chooser.findChildren(QLineEdit) if edit.objectName() == "fileNameEdit")
        name.selectAll()
        qtbot.keyClicks(name, "mine")
        qtbot.keyClick(name, Qt.Key.Key_Return)

    QTimer.singleShot(0, type_a_name)
    hands.trigger("save_session_as")
    qtbot.waitUntil(lambda: title(hands) == "Saved mine.mt3session")

    assert load(tmp_path / "mine.mt3session").current == 0


def test_saving_again_asks_no_more_but_save_as_does(
    hands: Hands, qtbot: QtBot, song: Path, asked: list[Path], place: Path
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    press_save(hands, qtbot)
    qtbot.waitUntil(place.exists)
    qtbot.waitUntil(lambda: title(hands) == "Saved saved.mt3session")
    hands.document().rename(Instrument(33), "Low end")

    press_save(hands, qtbot)
    qtbot.waitUntil(lambda: "Low end" in [track.name for track in load(place).takes[0].tracks])
    assert len(asked) == 1

    press_save(hands, qtbot, anew=True)
    qtbot.waitUntil(lambda: hands.services.files.running is None)
    assert asked[1:] == [place]


def test_the_results_of_two_models_are_one_session(
    hands: Hands, qtbot: QtBot, song: Path, asked: list[Path], place: Path
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.trigger("transcribe")  # a second row: nothing is lost by trying again
    hands.wait_until_done()
    press_save(hands, qtbot)
    qtbot.waitUntil(lambda: title(hands) == "Saved saved.mt3session")

    assert len(load(place).takes) == 2

    for job in hands.queue.jobs:
        hands.queue.remove(job.id)
    hands.drop(place)
    qtbot.waitUntil(lambda: len(hands.queue.jobs) == 2)


def test_a_recording_that_moved_with_its_session_is_found(
    hands: Hands, qtbot: QtBot, song: Path, asked: list[Path], place: Path, tmp_path: Path
) -> None:
    save_and_remove(hands, qtbot, song)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = Path(shutil.move(song, elsewhere / song.name))
    session = Path(shutil.move(place, elsewhere / place.name))

    hands.drop(session)
    qtbot.waitUntil(lambda: len(hands.queue.jobs) == 1)

    assert hands.job().path == moved


def test_a_recording_that_is_gone_is_located(
    hands: Hands,
    qtbot: QtBot,
    song: Path,
    asked: list[Path],
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_and_remove(hands, qtbot, song)
    moved = Path(shutil.move(song, tmp_path / "moved.wav"))
    hands.drop(place)
    (bar,) = hands.window.findChildren(MessageBar)
    qtbot.waitUntil(lambda: "Locate…" in [button.text() for button in bar.findChildren(QPushButton)])
    assert set(hands.document().notes) == set(SCRIPT)

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: (str(moved), ""))
    hands.press("Locate…")

    assert hands.job().path == moved
    qtbot.waitUntil(lambda: hands.window.windowTitle() == "moved.wav — MT3 Desktop")


def test_rubbish_is_a_sentence(hands: Hands, qtbot: QtBot, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.mt3session"
    rubbish.write_bytes(b"PK\x03\x04 no session")

    hands.drop(rubbish)

    qtbot.waitUntil(lambda: title(hands) == '"rubbish.mt3session" can\'t be opened')
    assert not hands.queue.jobs


def test_a_song_is_looked_at_as_it_was_left(
    hands: Hands, qtbot: QtBot, song: Path, asked: list[Path], place: Path, tmp_path: Path
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    view = roll(hands)
    view.viewport.zoom_to(Window(1.0, 2.5, 50.0, 70.0))
    view.toggle_loop()
    hands.services.player.seek(1.25)
    left, loop = view.viewport.window, hands.session.wiring._sound.loop
    assert loop is not None

    hands.drop(write_audio(tmp_path / "other.wav", sine(6.0)))
    hands.wait_until_done()
    hands.window.parts.panel.set_current(hands.job(1).id)
    assert hands.session.wiring._sound.loop is None
    hands.window.parts.panel.set_current(hands.job(0).id)

    assert view.viewport.window == left
    assert hands.session.wiring._sound.loop == loop
    assert hands.services.player.position == pytest.approx(1.25)


def test_another_result_is_seen_and_heard_in_the_place_of_the_first(
    hands: Hands, qtbot: QtBot, scene: Scene, song: Path
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    scene.script = [SCRIPT[0]]
    hands.trigger("transcribe")
    hands.wait_until_done()
    (tabs,) = hands.window.findChildren(ResultBar)
    assert tabs.isVisible()
    assert [tabs.tabText(place) for place in range(2)] == ["Fake fake · 5 notes", "Fake fake (2) · 1 note"]
    view = roll(hands)
    view.viewport.zoom_to(Window(0.5, 2.0, 50.0, 70.0))
    looked_at = view.viewport.window
    hands.services.player.play()

    qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(0).center())

    assert view.viewport.window == looked_at
    assert hands.services.player.is_playing
    view.commands.select_all()
    assert set(view.selection) == set(SCRIPT)
    hands.window.activateWindow()
    qtbot.waitActive(hands.window)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_R)
    view.commands.select_all()
    assert tuple(view.selection) == (SCRIPT[0],)
    hands.services.player.pause()


def test_a_result_can_be_closed_and_brought_back(hands: Hands, qtbot: QtBot, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.trigger("transcribe")
    hands.wait_until_done()
    (tabs,) = hands.window.findChildren(ResultBar)

    close = tabs.tabButton(1, ResultBar.ButtonPosition.RightSide)
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)

    assert [job.state for job in hands.queue.jobs] == [JobState.DONE]
    assert not tabs.isVisible()
    hands.press("Undo")
    assert len(hands.queue.jobs) == 2
    hands.document(1).delete(hands.document(1).notes[:1])
    assert tabs.tabText(1).endswith("· 4 notes")
    assert tabs.isVisible()


def test_a_song_that_is_dropped_again_is_shown_not_doubled(hands: Hands, song: Path, tmp_path: Path) -> None:
    hands.drop(song)
    hands.drop(write_audio(tmp_path / "other.wav", sine(2.0)))
    hands.wait_until_done()
    hands.window.parts.panel.set_current(hands.job(1).id)

    hands.drop(song)

    assert len(hands.queue.jobs) == 2
    assert hands.window.windowTitle().startswith(song.name)
    assert title(hands) == f'"{song.stem}" is on the list already'


def test_a_session_with_its_recording_needs_no_other_file(
    hands: Hands, qtbot: QtBot, song: Path, asked: list[Path], place: Path
) -> None:
    hands.services.settings.update(session_sound=True)
    save_and_remove(hands, qtbot, song)
    song.unlink()

    hands.drop(place)
    qtbot.waitUntil(lambda: len(hands.queue.jobs) == 1)

    assert hands.document().path.name == song.name
    assert hands.document().path.is_file()
    with qtbot.waitSignal(hands.services.player.original_changed):
        hands.services.player.set_original(hands.document().path)


def test_a_session_whose_recording_is_damaged_still_has_its_notes(
    hands: Hands, qtbot: QtBot, song: Path, asked: list[Path], place: Path
) -> None:
    hands.services.settings.update(session_sound=True)
    content = song.read_bytes()
    save_and_remove(hands, qtbot, song)
    song.unlink()
    kept = place.read_bytes()
    at = kept.index(content) + 1000
    place.write_bytes(kept[:at] + b"!!!!" + kept[at + 4 :])

    hands.drop(place)
    qtbot.waitUntil(lambda: len(hands.queue.jobs) == 1)

    assert set(hands.document().notes) == set(SCRIPT)
    qtbot.waitUntil(lambda: bool(title(hands)))


def test_whether_the_recording_goes_along_is_asked_where_to_save(
    hands: Hands, qtbot: QtBot, song: Path
) -> None:
    hands.drop(song)
    hands.wait_until_done()

    def tick_and_save() -> None:
        chooser = QApplication.activeModalWidget()
        assert isinstance(chooser, QFileDialog)
        (box,) = chooser.findChildren(QCheckBox)
        assert not box.isChecked()
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, box.height() // 2))
        (name,) = (edit for edit in chooser.findChildren(QLineEdit) if edit.objectName() == "fileNameEdit")
        qtbot.keyClick(name, Qt.Key.Key_Return)

    QTimer.singleShot(0, tick_and_save)
    hands.trigger("save_session_as")
    qtbot.waitUntil(lambda: title(hands).startswith("Saved"))

    assert load(song.with_suffix(".mt3session")).has_sound
    assert hands.services.settings.value.session_sound
