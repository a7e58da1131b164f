"""In a narrow window the library is a strip of icons."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.job_panel import JobPanel
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.track_panel import TrackPanel
from mt3_desktop.gui.window_layout import STRIP_WIDTH
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands


def library(hands: Hands) -> JobPanel:
    (panel,) = hands.window.findChildren(JobPanel)
    return panel


def heading(hands: Hands) -> QLabel:
    (label,) = (label for label in library(hands).findChildren(QLabel) if label.text() == "Library")
    return label


def test_a_narrow_window_gives_the_library_a_strip_and_a_wide_one_its_room(
    hands: Hands, qtbot: QtBot, song: Path
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    (roll,) = hands.window.findChildren(RollView)
    width = library(hands).width()

    hands.window.resize(1000, 640)
    qtbot.waitUntil(lambda: library(hands).width() < STRIP_WIDTH)
    assert not heading(hands).isVisible()
    assert roll.mapTo(hands.window, roll.rect().topLeft()).x() < 2 * STRIP_WIDTH

    hands.window.resize(1440, 900)
    qtbot.waitUntil(lambda: library(hands).width() == width)
    assert heading(hands).isVisible()


def test_the_tracks_have_their_room_before_there_are_any(hands: Hands, qtbot: QtBot, song: Path) -> None:
    hands.window.resize(960, 600)
    (tracks,) = hands.window.findChildren(TrackPanel)
    qtbot.waitUntil(lambda: library(hands).width() < STRIP_WIDTH)
    empty = tracks.width()

    hands.drop(song)
    hands.wait_until_done()

    assert tracks.rows
    assert min(empty, tracks.width()) >= max(row.minimumSizeHint().width() for row in tracks.rows)


def test_songs_are_chosen_in_the_strip(hands: Hands, qtbot: QtBot, song: Path, tmp_path: Path) -> None:
    hands.drop(song, write_audio(tmp_path / "other.wav", sine(2.0)))
    hands.wait_until_done()
    hands.window.resize(1000, 640)
    view = library(hands).view
    place = view.visualRect(view.model().index(1, 0)).center()

    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert hands.window.windowTitle() == "other.wav — MT3 Desktop"
    assert "other.wav" in view.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_narrow_window_remembers_the_widths_of_a_wide_one(hands: Hands, qtbot: QtBot) -> None:
    width = library(hands).width()
    hands.window.resize(1000, 640)
    qtbot.waitUntil(lambda: library(hands).width() < STRIP_WIDTH)

    saved = hands.window.parts.save_columns()
    hands.window.resize(1440, 900)
    hands.window.parts.restore_columns(saved)

    qtbot.waitUntil(lambda: library(hands).width() == width)
