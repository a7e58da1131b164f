"""Exporting sound from the window: aside, with progress, and stopped when the user wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt, QThread
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QRadioButton, QToolButton
from pytestqt.qtbot import QtBot

from mt3_desktop.gui import export_run
from mt3_desktop.gui.errand_line import ErrandLine
from mt3_desktop.gui.export_dialog import ExportDialog
from mt3_desktop.gui.message_bar import MessageBar
from tests.helpers.exporting import export
from tests.helpers.fake_family import SCRIPT
from tests.helpers.tiny_soundfont import one_tone
from tests.helpers.window import Hands

RATE = 44_100


@pytest.fixture
def folder(hands: Hands, tmp_path: Path, song: Path) -> Path:
    """Where to; the song is transcribed, and a SoundFont of one tone chosen."""
    folder = tmp_path / "out"
    folder.mkdir()
    soundfont = one_tone(tmp_path / "tone.sf2")
    hands.services.settings.update(export_folder=str(folder), soundfont=str(soundfont))
    hands.drop(song)
    hands.wait_until_done()
    return folder


def export_sound(qtbot: QtBot, hands: Hands, sound: str, *choices: str) -> None:
    """Open the export dialog, choose WAV alone and other things by their words, and accept."""

    def fill(dialog: ExportDialog) -> None:
        (midi,) = (box for box in dialog.findChildren(QCheckBox) if box.text() == "MIDI")
        midi.setChecked(False)
        (combo,) = (box for box in dialog.findChildren(QComboBox) if box.accessibleName() == "Sound file")
        combo.setCurrentIndex(combo.findText(sound))
        for text in choices:
            (choice,) = (one for one in dialog.findChildren(QRadioButton) if one.text() == text)
            qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)

    export(hands, fill)


def message_title(hands: Hands) -> str:
    (bar,) = hands.window.findChildren(MessageBar)
    return "" if bar.message is None else bar.message.title


def busy_line(hands: Hands) -> ErrandLine:
    (line,) = (line for line in hands.window.findChildren(ErrandLine) if line.isVisible())
    return line


def only_file(folder: Path) -> tuple[np.ndarray, int]:
    (path,) = folder.iterdir()
    assert path.suffix == ".wav"
    return soundfile.read(path, dtype="float32", always_2d=True)


def test_the_notes_become_a_sound_file(qtbot: QtBot, hands: Hands, folder: Path) -> None:
    export_sound(qtbot, hands, "WAV: the notes")
    qtbot.waitUntil(lambda: message_title(hands).startswith("Saved "), timeout=20_000)

    sound, rate = only_file(folder)
    first = min(note.onset for note in SCRIPT)
    loud = np.flatnonzero(np.abs(sound[:, 0]) > 0.01)
    assert rate == RATE
    assert loud[0] / rate == pytest.approx(first, abs=0.005)
    assert hands.services.settings.value.export_sound == "notes"


def test_a_mix_is_as_long_as_the_recording_or_the_notes(qtbot: QtBot, hands: Hands, folder: Path) -> None:
    hands.services.settings.update(mix=0.0)  # the original alone: four seconds of a tone

    export_sound(qtbot, hands, "WAV: original and notes")
    qtbot.waitUntil(lambda: message_title(hands).startswith("Saved "), timeout=20_000)

    sound, rate = only_file(folder)
    assert len(sound) >= 4 * rate
    assert np.abs(sound[rate : 3 * rate]).max() > 0.05
    assert np.abs(sound[round(4.2 * rate) :]).max(initial=0.0) < 0.01


def test_only_the_loop_is_written(qtbot: QtBot, hands: Hands, folder: Path) -> None:
    hands.window.command("loop").trigger()  # without a loop, one is drawn around what is shown
    loop = hands.session.wiring._sound.loop
    assert loop is not None

    export_sound(qtbot, hands, "WAV: the notes", "Loop")
    qtbot.waitUntil(lambda: message_title(hands).startswith("Saved "), timeout=20_000)

    sound, rate = only_file(folder)
    assert len(sound) / rate == pytest.approx(loop[1] - loop[0], abs=0.001)


def test_selected_notes_are_written_from_the_first_one_on(qtbot: QtBot, hands: Hands, folder: Path) -> None:
    hands.trigger("select_all")

    export_sound(qtbot, hands, "WAV: the notes", f"{len(SCRIPT)} selected notes")
    qtbot.waitUntil(lambda: message_title(hands).startswith("Saved "), timeout=20_000)

    sound, rate = only_file(folder)
    assert np.flatnonzero(np.abs(sound[:, 0]) > 0.01)[0] / rate == pytest.approx(0.0, abs=0.005)


def test_writing_can_be_stopped_and_leaves_nothing(
    qtbot: QtBot, hands: Hands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = export_run.write_sounds

    def write_slowly(*arguments: object) -> object:
        cancel = arguments[-1]
        cancel.wait(60.0)  # type: ignore[attr-defined]
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(export_run, "write_sounds", write_slowly)
    export_sound(qtbot, hands, "WAV: the notes")
    line = busy_line(hands)
    assert line.text.startswith("Writing ")
    assert hands.window.isEnabled()
    assert QApplication.activeModalWidget() is None

    qtbot.mouseClick(line.findChildren(QToolButton)[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: message_title(hands).startswith("Stopped writing"))

    assert list(folder.iterdir()) == []
    assert not line.isVisible()


def test_a_recording_that_is_gone_is_asked_for(qtbot: QtBot, hands: Hands, folder: Path, song: Path) -> None:
    song.unlink()

    export_sound(qtbot, hands, "WAV: original and notes")

    qtbot.waitUntil(lambda: "song" in message_title(hands) and busy_is_over(hands), timeout=20_000)
    (bar,) = hands.window.findChildren(MessageBar)
    assert "Locate…" in [button.text() for button in bar.findChildren(QPushButton)]
    assert list(folder.iterdir()) == []


def busy_is_over(hands: Hands) -> bool:
    return not any(line.isVisible() for line in hands.window.findChildren(ErrandLine))


def test_many_notes_are_written_aside(
    qtbot: QtBot, hands: Hands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_run, "AT_ONCE_NOTES", len(SCRIPT) - 1)
    threads = []
    write = export_run.write_notes

    def noted(*arguments: Any) -> None:
        threads.append(QThread.currentThread())
        write(*arguments)

    monkeypatch.setattr(export_run, "write_notes", noted)
    export(hands)
    qtbot.waitUntil(lambda: message_title(hands).startswith("Saved "), timeout=20_000)

    assert len(list(folder.iterdir())) == 1
    assert threads != [hands.window.thread()]
    assert len(threads) == 1


def test_what_is_written_aside_and_fails_goes_on_where_it_stopped(
    qtbot: QtBot, hands: Hands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_run, "AT_ONCE_NOTES", 0)
    hands.services.settings.update(export_folder=str(folder / "sub"))
    export(hands)
    qtbot.waitUntil(lambda: message_title(hands).startswith("Can't save in"), timeout=20_000)

    (folder / "sub").mkdir()
    hands.press("Try again")
    qtbot.waitUntil(lambda: message_title(hands).startswith("Saved "), timeout=20_000)
    assert len(list((folder / "sub").iterdir())) == 1
