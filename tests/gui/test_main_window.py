from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mt3_desktop.app.job import JobState
from mt3_desktop.core.audio import files
from mt3_desktop.core.errors import OutOfGraphicsMemory
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.values import Note
from mt3_desktop.gui.actions import ACTIONS
from mt3_desktop.gui.composition import build
from mt3_desktop.gui.drop_zone import DropZone
from mt3_desktop.gui.errand_line import ErrandLine
from mt3_desktop.gui.job_panel import JobPanel
from mt3_desktop.gui.message_bar import MessageBar
from mt3_desktop.gui.note_table import NoteTable
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.status_line import StatusLine
from mt3_desktop.gui.top_bar import TopBar
from mt3_desktop.gui.track_panel import TrackPanel
from mt3_desktop.gui.transport import TransportBar
from tests.helpers.exporting import export
from tests.helpers.fake_family import SCRIPT, Scene
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QSpinBox, QAbstractItemView)


def part(hands: Hands, kind: type[QWidget]) -> QWidget:
    (found,) = hands.window.findChildren(kind)
    return found


def shown_notes(hands: Hands) -> set[object]:
    roll = part(hands, RollView)
    assert isinstance(roll, RollView)
    roll.commands.select_all()
    selection = set(roll.selection)
    roll.commands.select_none()
    return selection


def bar(hands: Hands) -> MessageBar:
    found = part(hands, MessageBar)
    assert isinstance(found, MessageBar)
    return found


def hold(scene: Scene) -> threading.Semaphore:
    scene.gate = threading.Semaphore(0)
    return scene.gate


def test_an_empty_window_says_where_to_drop(hands: Hands) -> None:
    assert part(hands, DropZone).isVisible()
    assert not part(hands, RollView).isVisible()
    assert not hands.window.command("export").isEnabled()
    assert not hands.window.command("transcribe").isEnabled()


def test_a_dropped_file_is_transcribed_and_shown(hands: Hands, qtbot: QtBot, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()

    assert hands.window.windowTitle() == f"{song.name} — MT3 Desktop"
    qtbot.waitUntil(lambda: shown_notes(hands) == set(SCRIPT))
    assert hands.window.command("export").isEnabled()


def test_notes_are_seen_while_the_model_listens(hands: Hands, qtbot: QtBot, scene: Scene, song: Path) -> None:
    gate = hold(scene)
    hands.drop(song)
    hands.wait_for_notes()

    qtbot.waitUntil(lambda: len(shown_notes(hands)) == hands.document().n_notes)
    status = part(hands, StatusLine)
    assert isinstance(status, StatusLine)
    qtbot.waitUntil(lambda: "Segment 2 of 2 · 50" in status.text)
    gate.release()
    hands.wait_until_done()
    assert status.text == "Ready"


def test_cancel_keeps_the_notes_and_continue_finds_the_rest(
    hands: Hands, qtbot: QtBot, scene: Scene, song: Path
) -> None:
    hold(scene)
    hands.drop(song)
    hands.wait_for_notes()
    hands.press("Cancel")
    hands.wait_until_done()
    assert hands.job().state is JobState.CANCELLED
    assert shown_notes(hands)

    scene.gate = None
    hands.trigger("resume")
    hands.wait_until_done()

    qtbot.waitUntil(lambda: shown_notes(hands) == set(SCRIPT))


def test_dropping_more_does_not_disturb_the_view(hands: Hands, song: Path, tmp_path: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    other = write_audio(tmp_path / "other.wav", sine(2.0))

    hands.drop(other)
    hands.wait_until_done()

    assert len(hands.queue.jobs) == 2
    assert hands.window.windowTitle().startswith(song.name)


def test_a_dropped_folder_expands_and_can_be_undone(hands: Hands, qtbot: QtBot, tmp_path: Path) -> None:
    album = tmp_path / "Album"
    album.mkdir()
    for name in ("a.wav", "b.wav"):
        write_audio(album / name, sine(2.0))
    (album / "notes.txt").write_text("no music")
    hands.drop(album)
    qtbot.waitUntil(lambda: len(hands.queue.jobs) == 2)
    assert [job.path.name for job in hands.queue.jobs] == ["a.wav", "b.wav"]
    assert bar(hands).message is not None

    hands.press("Undo")
    hands.wait_until_done()

    assert hands.queue.jobs == ()
    assert part(hands, DropZone).isVisible()


def test_a_folder_without_audio_is_a_sentence(hands: Hands, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "Papers").mkdir()

    hands.drop(tmp_path / "Papers")

    qtbot.waitUntil(lambda: bar(hands).message is not None)
    message = bar(hands).message
    assert message is not None
    assert message.title == 'No audio in "Papers"'


def test_a_failed_song_says_why_above_the_roll(hands: Hands, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_text("no audio")

    hands.drop(broken)
    hands.wait_until_done()

    message = bar(hands).message
    assert bar(hands).isVisible()
    assert message is not None
    assert message.title == 'Can\'t read "broken.mp3"'


def test_the_button_of_a_message_acts(hands: Hands, scene: Scene, song: Path) -> None:
    scene.errors[1] = OutOfGraphicsMemory("The graphics card ran out of memory.")
    hands.drop(song)
    hands.wait_until_done()
    scene.errors.clear()

    hands.press("Continue on CPU")
    hands.wait_until_done()

    assert hands.job().state is JobState.DONE
    assert hands.job().device == "cpu"
    assert not bar(hands).isVisible()


def test_details_are_copied_and_the_message_stays(hands: Hands, scene: Scene, song: Path) -> None:
    scene.errors[0] = ZeroDivisionError("surprise")
    hands.drop(song)
    hands.wait_until_done()

    hands.press("Copy details")

    assert "ZeroDivisionError: surprise" in QGuiApplication.clipboard().text()
    assert bar(hands).isVisible()


def test_another_model_makes_another_row(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()

    hands.press("Transcribe")
    hands.wait_until_done()

    assert len(hands.queue.jobs) == 2
    panel = part(hands, JobPanel)
    assert isinstance(panel, JobPanel)
    assert panel.current == hands.job(1).id


def test_delete_in_the_library_removes_and_undo_restores(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.trigger("remove")
    assert hands.queue.jobs == ()
    assert song.exists()

    hands.press("Undo")

    assert hands.document().n_notes == len(SCRIPT)


def test_undo_takes_an_edit_back(hands: Hands, qtbot: QtBot, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    qtbot.waitUntil(lambda: shown_notes(hands) == set(SCRIPT))
    roll = part(hands, RollView)
    assert isinstance(roll, RollView)
    roll.select([SCRIPT[0]])
    roll.commands.delete()
    assert shown_notes(hands) == set(SCRIPT[1:])

    hands.trigger("undo")

    assert shown_notes(hands) == set(SCRIPT)


def test_files_wait_if_the_user_wants_to_start_them(hands: Hands, song: Path) -> None:
    hands.services.settings.update(start_on_add=False)
    hands.drop(song)
    assert hands.job().state is JobState.READY

    hands.press("Transcribe")
    hands.wait_until_done()

    assert hands.job().state is JobState.DONE


def test_export_again_repeats_the_last_export(hands: Hands, song: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    hands.drop(song)
    hands.wait_until_done()
    export(hands, lambda dialog: dialog.set_folder(folder))
    hands.trigger("export_again")

    names = [path.name for path in folder.iterdir()]
    assert sorted(names) == [f"{song.stem}-Fake fake (2).mid", f"{song.stem}-Fake fake.mid"]
    message = bar(hands).message
    assert message is not None
    assert message.title.startswith("Saved ")


def test_a_read_only_folder_is_a_message_and_nothing_is_lost(
    hands: Hands, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "not a folder"
    blocked.write_text("in the way")
    hands.services.settings.update(export_folder=str(blocked / "sub"))
    hands.drop(song)
    hands.wait_until_done()

    hands.trigger("export_again")

    message = bar(hands).message
    assert message is not None
    assert "Can't save" in message.title
    assert hands.document().n_notes == len(SCRIPT)


def test_the_song_is_copied_as_a_midi_file(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()

    hands.trigger("copy_midi")

    (url,) = QGuiApplication.clipboard().mimeData().urls()
    assert Path(url.toLocalFile()).read_bytes().startswith(b"MThd")


def test_every_control_has_a_name(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()

    in_combos = {combo.view() for combo in hands.window.findChildren(QComboBox)}
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for kind in CONTROLS
        for widget in hands.window.findChildren(kind)
        if not (widget.accessibleName() or getattr(widget, "text", str)())
        and widget not in in_combos
        and not widget.objectName().startswith("qt_")
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert not nameless


def test_no_two_commands_share_a_key() -> None:
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_the_window_fits_a_small_screen(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()

    hands.window.resize(QSize(960, 600))

    assert hands.window.size() == QSize(960, 600)


def test_sides_can_be_closed_and_stay_closed(hands: Hands, locations: Locations, qapp: object) -> None:
    hands.trigger("show_library")

    assert not part(hands, JobPanel).isVisible()
    assert not hands.services.settings.value.library_shown


def test_quitting_during_a_job_asks_once_and_is_clean(
    hands: Hands, scene: Scene, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(scene)
    hands.drop(song)
    hands.wait_for_notes()
    asked: list[int] = []

    def refuse(n_unfinished: int) -> bool:
        asked.append(n_unfinished)
        return False

    monkeypatch.setattr(hands.window, "confirm_quit", refuse)
    assert not hands.window.close()
    assert hands.window.isVisible()
    monkeypatch.setattr(hands.window, "confirm_quit", lambda _n: True)
    assert hands.window.close()

    assert asked == [1]
    assert hands.session.close()


def test_the_palette_finds_and_runs_a_command(hands: Hands, qtbot: QtBot) -> None:
    from mt3_desktop.gui.palette import CommandPalette

    hands.trigger("palette")
    (palette,) = hands.window.findChildren(CommandPalette)
    search = palette.findChild(QLineEdit)
    assert search is not None
    qtbot.keyClicks(search, "librar")
    qtbot.keyClick(search, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: not part(hands, JobPanel).isVisible())


def test_space_presses_a_focused_button_and_plays_elsewhere(hands: Hands, qtbot: QtBot, song: Path) -> None:
    hands.services.settings.update(start_on_add=False)
    hands.drop(song)
    hands.window.activateWindow()
    qtbot.waitActive(hands.window)
    button = next(b for b in hands.window.findChildren(QAbstractButton) if b.text() == "Transcribe")
    button.setFocus()

    qtbot.keyClick(button, Qt.Key.Key_Space)
    hands.wait_until_done()
    assert hands.job().state is JobState.DONE
    assert not hands.services.player.is_playing

    part(hands, RollView).setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert hands.services.player.is_playing


def test_f6_goes_through_the_parts_of_the_window(hands: Hands, qtbot: QtBot, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.window.activateWindow()
    qtbot.waitActive(hands.window)
    tracks = part(hands, TrackPanel)
    assert isinstance(tracks, TrackPanel)
    qtbot.waitUntil(lambda: all(row.isVisible() for row in tracks.rows))  # Qt shows new rows in its own time
    part(hands, RollView).setFocus()
    seen = []
    for _ in range(6):  # the clean-up is one too
        hands.trigger("next_region")
        focused = QApplication.focusWidget()
        assert focused.focusPolicy() != Qt.FocusPolicy.NoFocus
        kinds = (TopBar, JobPanel, RollView, TrackPanel, TransportBar)
        seen += [kind for kind in kinds if part(hands, kind).isAncestorOf(focused)]

    assert seen == [TrackPanel, TransportBar, TopBar, JobPanel, RollView]


def test_recent_files_are_offered_and_opened(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.trigger("remove")
    top = part(hands, TopBar)
    assert isinstance(top, TopBar)
    top.recent_menu.aboutToShow.emit()
    (entry,) = top.recent_menu.actions()

    entry.trigger()
    hands.wait_until_done()

    assert (entry.text(), hands.job().path) == (song.name, song)


def test_the_table_shows_the_same_notes_and_selection(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.trigger("show_table")
    roll, table = part(hands, RollView), part(hands, NoteTable)
    assert isinstance(roll, RollView)
    told: list[object] = []
    table.selection_changed.connect(told.append)  # type: ignore[attr-defined]

    roll.select([SCRIPT[0]])

    assert table.isVisible()
    assert roll.selection == (SCRIPT[0],)


def test_a_model_that_is_not_here_is_offered_and_the_built_in_one_helps(hands: Hands, song: Path) -> None:
    hands.services.settings.update(model_id="remote")
    hands.drop(song)
    hands.wait_until_done()
    message = bar(hands).message
    assert message is not None
    assert message.title == "Fake remote is not on this computer"

    hands.press("Use Fake fake")
    hands.wait_until_done()

    assert (hands.job().model_id, hands.job().state) == ("fake", JobState.DONE)


def test_a_stopped_song_offers_to_continue(hands: Hands, scene: Scene, song: Path) -> None:
    hold(scene)
    hands.drop(song)
    hands.wait_for_notes()
    hands.press("Cancel")
    hands.wait_until_done()
    message = bar(hands).message
    assert message is not None
    assert message.title == "Stopped at 0:02"

    scene.gate = None
    hands.press("Continue")
    hands.wait_until_done()

    assert set(hands.document().notes) == set(SCRIPT)
    assert not bar(hands).isVisible()


def test_songs_of_the_last_run_are_shown_again(
    hands: Hands, qtbot: QtBot, qapp: QApplication, song: Path, locations: Locations
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.window.close()
    assert hands.session.close()

    again = build(qapp, locations)
    again.autosave.restored.connect(again.wiring.show_last)
    with qtbot.waitSignal(again.autosave.restored):
        again.autosave.restore()

    assert again.window.windowTitle().startswith(song.name)
    assert again.close()


def test_a_file_that_the_program_is_started_with_is_not_doubled(
    hands: Hands, qtbot: QtBot, qapp: QApplication, song: Path, tmp_path: Path, locations: Locations
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.window.close()
    assert hands.session.close()
    other = write_audio(tmp_path / "other.wav", sine(4.0, frequency=220.0))

    again = build(qapp, locations)
    with qtbot.waitSignal(again.autosave.restored):
        again.begin([song, other])

    assert [one.path for one in again.services.queue.songs] == [song, other]
    assert again.window.windowTitle().startswith("other")
    assert again.close()


def test_a_recording_that_moved_is_found_again(
    hands: Hands, qtbot: QtBot, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.services.settings.update(start_on_add=False)
    hands.drop(song)
    moved = song.rename(tmp_path / "moved.wav")
    hands.press("Transcribe")
    hands.wait_until_done()
    monkeypatch.setattr(
        "mt3_desktop.gui.song_commands.QFileDialog.getOpenFileName", lambda *_args: (str(moved), "")
    )

    hands.press("Locate…")
    hands.wait_until_done()

    assert (hands.job().path, hands.job().state) == (moved, JobState.DONE)


def test_a_folder_that_answers_slowly_does_not_hold_up_the_window(
    hands: Hands, qtbot: QtBot, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    walk = os.walk

    def walk_slowly(folder: Path) -> object:
        assert answered.wait(30.0)
        return walk(folder)

    monkeypatch.setattr(files.os, "walk", walk_slowly)
    album = tmp_path / "Album"
    album.mkdir()
    write_audio(album / "a.wav", sine(2.0))
    hands.drop(album)
    (line,) = (line for line in hands.window.findChildren(ErrandLine) if line.isVisible())
    assert line.text == 'Looking through "Album"…'

    hands.drop(song)
    assert [job.path for job in hands.queue.jobs] == [song]
    answered.set()
    qtbot.waitUntil(lambda: len(hands.queue.jobs) == 2)

    assert not line.isVisible()


def test_looking_through_a_folder_can_be_stopped(
    hands: Hands, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def walk_slowly(folder: Path) -> object:
        assert answered.wait(30.0)
        yield str(folder), [], ["a.wav"]

    monkeypatch.setattr(files.os, "walk", walk_slowly)
    hands.drop(tmp_path)
    (line,) = (line for line in hands.window.findChildren(ErrandLine) if line.isVisible())

    qtbot.mouseClick(line.findChildren(QToolButton)[0], Qt.MouseButton.LeftButton)
    answered.set()
    qtbot.waitUntil(lambda: not line.isVisible())

    assert not hands.queue.jobs


def test_the_loop_is_the_range_that_is_transcribed(hands: Hands, scene: Scene, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    before = hands.document().notes
    box = hands.window.parts.top.range
    box.setCurrentIndex(box.findText("Loop"))
    box.activated.emit(box.currentIndex())
    hands.trigger("transcribe")
    assert len(hands.queue.jobs) == 1
    message = bar(hands).message
    assert message is not None
    assert "There is no loop" in message.text

    roll = part(hands, RollView)
    assert isinstance(roll, RollView)
    roll.loop_changed.emit((2.0, 3.5))
    scene.script = (Note(0.5, 0.75, 50, 100, 0),)
    hands.trigger("transcribe")
    hands.wait_until_done()
    assert len(hands.queue.jobs) == 2
    document = hands.document(1)
    assert [note.onset for note in document.notes] == [*(n.onset for n in before if n.onset < 2.0), 2.5]
