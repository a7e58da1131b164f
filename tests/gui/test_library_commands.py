"""What is done with the songs of the library: with one or several, and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from mt3_desktop.app.job import JobState
from mt3_desktop.app.jobs_model import MISSING_ROLE
from mt3_desktop.gui.export_dialog import ExportDialog, Songs
from mt3_desktop.gui.job_panel import JobPanel
from mt3_desktop.gui.message_bar import MessageBar
from mt3_desktop.gui.settings_dialog import SettingsDialog
from tests.helpers.exporting import export, open_export, press
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands


@pytest.fixture
def panel(hands: Hands) -> JobPanel:
    (panel,) = hands.window.findChildren(JobPanel)
    return panel


@pytest.fixture
def songs(hands: Hands, tmp_path: Path) -> tuple[Path, ...]:
    """Three songs on the list, none transcribed; two of them are called the same."""
    hands.services.settings.update(start_on_add=False)
    paths = [tmp_path / folder / name for folder, name in (("a", "c.wav"), ("b", "c.wav"), ("b", "d.wav"))]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        write_audio(path, sine(4.0))
    hands.drop(*paths)
    return tuple(paths)


def select(panel: JobPanel, *rows: int) -> None:
    panel.view.setCurrentIndex(panel.view.model().index(rows[0], 0))
    for row in rows:
        index = panel.view.model().index(row, 0)
        panel.view.selectionModel().select(index, panel.view.selectionModel().SelectionFlag.Select)


def place(panel: JobPanel, row: int) -> QPoint:
    return panel.view.visualRect(panel.view.model().index(row, 0)).center()


def open_menu(panel: JobPanel, row: int) -> None:
    """Ask for the menu of a row, and close it."""
    QTimer.singleShot(0, lambda: QApplication.activePopupWidget().close())
    panel.view.customContextMenuRequested.emit(place(panel, row))


def test_a_menu_keeps_what_is_selected(hands: Hands, panel: JobPanel, songs: tuple[Path, ...]) -> None:
    select(panel, 0, 1)
    open_menu(panel, 1)
    assert len(panel.selected) == 2

    open_menu(panel, 2)
    assert panel.selected == (hands.job(2).id,)


def test_commands_reach_all_that_are_selected(hands: Hands, panel: JobPanel, songs: tuple[Path, ...]) -> None:
    select(panel, 0, 1)
    hands.trigger("transcribe")
    hands.wait_until_done()
    assert [job.state for job in hands.queue.jobs] == [JobState.DONE, JobState.DONE, JobState.READY]

    hands.trigger("remove")
    assert [job.path for job in hands.queue.jobs] == [songs[2]]


def test_a_removal_is_undone_by_the_key_even_after_the_next_message(
    qtbot: QtBot, hands: Hands, panel: JobPanel, songs: tuple[Path, ...]
) -> None:
    for row in (0, 1):
        select(panel, row)
        hands.trigger("remove")
    hands.services.messages.info("Something else")
    assert len(hands.queue.songs) == 1

    for _ in range(2):
        hands.trigger("undo")

    assert {song.path for song in hands.queue.songs} == set(songs)
    assert not hands.window.command("undo").isEnabled()


def test_songs_of_equal_names_are_all_there_after_a_replacing_export(
    hands: Hands, panel: JobPanel, songs: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))  # a bin of the test's own
    hands.services.settings.update(export_folder=str(out), export_existing="replace", export_pattern="{song}")
    select(panel, 0, 1, 2)
    hands.trigger("transcribe")
    hands.wait_until_done()

    def all_with_notes(dialog: ExportDialog) -> None:
        dialog.choose_songs(Songs.FINISHED)

    export(hands, all_with_notes)
    assert sorted(path.name for path in out.iterdir()) == ["c (2).mid", "c.mid", "d.mid"]
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    export(hands, all_with_notes)
    assert len(list(out.iterdir())) == 3

    (bar,) = hands.window.findChildren(MessageBar)
    assert bar.message is not None
    assert bar.message.title == "Saved 3 files"
    hands.press("Undo delete of old files")
    assert before == {name: (out / name).read_bytes() for name in before}
    assert len(list(out.iterdir())) == 6


def test_an_export_that_fails_says_what_was_saved_and_goes_on(
    hands: Hands, panel: JobPanel, songs: tuple[Path, ...], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    hands.services.settings.update(export_folder=str(out), export_formats=("csv",))
    select(panel, 0, 1, 2)
    hands.trigger("transcribe")
    hands.wait_until_done()

    export(hands, lambda dialog: dialog.choose_songs(Songs.FINISHED))

    (bar,) = hands.window.findChildren(MessageBar)
    assert bar.message is not None
    assert "Can't save in" in bar.message.title
    out.mkdir()
    hands.press("Try again")
    assert bar.message is not None
    assert bar.message.title == "Saved 3 files"


def test_settings_and_export_leave_the_window_alone(
    qtbot: QtBot, hands: Hands, panel: JobPanel, songs: tuple[Path, ...]
) -> None:
    select(panel, 0)
    hands.trigger("transcribe")
    hands.wait_until_done()
    dialog = open_export(hands)
    hands.trigger("settings")
    hands.trigger("settings")
    (settings,) = (one for one in hands.window.findChildren(SettingsDialog) if one.isVisible())
    assert not settings.isModal()

    select(panel, 1)  # the window goes on

    assert panel.current == hands.job(1).id
    settings.close()
    hands.services.settings.update(export_folder=str(songs[0].parent))
    dialog.set_folder(songs[0].parent)
    press(dialog, "Export")
    assert list(songs[0].parent.glob("c-*.mid"))
    assert Qt.WindowModality.NonModal is dialog.windowModality()


def test_a_song_whose_file_moved_has_a_question_mark_until_it_is_located(
    hands: Hands, panel: JobPanel, qtbot: QtBot, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    elsewhere = song.rename(song.with_name("elsewhere.wav"))
    hands.session.wiring._sound._source = None  # as after a restart
    hands.session.wiring._sound.open_source()
    (bar,) = hands.window.findChildren(MessageBar)
    qtbot.waitUntil(lambda: bar.message is not None)
    assert bar.message is not None
    assert bar.message.title == f'"{song.name}" has moved'
    assert panel.view.model().index(0, 0).data(MISSING_ROLE) is True

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_given: (str(elsewhere), ""))
    hands.press("Locate…")

    assert panel.view.model().index(0, 0).data(MISSING_ROLE) is False
    assert hands.document().path == elsewhere
