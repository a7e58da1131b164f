"""Sessions from the window: saved, opened, moved with their recording, and looked at as they were left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from mt3_desktop.app.job import JobState
from mt3_desktop.core.session import load
from mt3_desktop.core.values import Instrument
from mt3_desktop.gui.message_bar import MessageBar
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.roll.viewport import Window
from mt3_desktop.gui.session_commands import SessionCommands
from tests.helpers.fake_family import SCRIPT
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

    assert load(tmp_path / "mine.mt3session").current == "fake"


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
    left, loop = view.viewport.window, hands.window._sound.loop
    assert loop is not None

    hands.drop(write_audio(tmp_path / "other.wav", sine(6.0)))
    hands.wait_until_done()
    hands.window._panel.set_current(hands.job(1).id)
    assert hands.window._sound.loop is None
    hands.window._panel.set_current(hands.job(0).id)

    assert view.viewport.window == left
    assert hands.window._sound.loop == loop
    assert hands.services.player.position == pytest.approx(1.25)
