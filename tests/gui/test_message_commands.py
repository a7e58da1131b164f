"""Every button of a message does something, and those that could do nothing are not shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Semaphore

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import JobState
from mt3_desktop.app.messages import Action, describe
from mt3_desktop.app.model_status import ModelState
from mt3_desktop.app.wordings import WORDINGS
from mt3_desktop.core import errors
from mt3_desktop.gui.export_dialog import ExportDialog
from mt3_desktop.gui.message_bar import MessageBar
from tests.helpers.fake_family import Scene
from tests.helpers.window import Hands


def bar(hands: Hands) -> MessageBar:
    (bar,) = hands.window.findChildren(MessageBar)
    return bar


def buttons(hands: Hands) -> list[str]:
    return [one.text() for one in bar(hands).findChildren(QPushButton) if not one.isHidden()]


def stop_in_mid_song(hands: Hands, scene: Scene, song: Path) -> None:
    """Hear one segment of a song, and leave it at that."""
    scene.gate = Semaphore(0)
    hands.drop(song)
    hands.wait_for_notes()
    hands.trigger("stop")
    hands.wait_until_done()


@pytest.mark.parametrize("kind", [kind for kind, _wording in WORDINGS])
def test_what_is_shown_can_be_done(hands: Hands, kind: type[errors.MT3Error]) -> None:
    error = kind("Sentence.", seconds=1.0) if kind is errors.DamagedAudio else kind("Sentence.")  # type: ignore[call-arg]

    hands.services.messages.report(error)

    message = bar(hands).message
    assert message is not None
    find = hands.session.wiring._message_commands.command
    assert all(find(action, message) is not None for action in message.actions)
    assert Action.RETRY not in message.actions  # nobody said what is to be tried
    assert buttons(hands)[-1] == "Copy details"


def test_a_failed_download_can_be_tried_again_or_done_without(hands: Hands, song: Path) -> None:
    hands.services.settings.update(model_id="remote", start_on_add=True)
    hands.drop(song)
    hands.wait_until_done()
    hands.queue.wait_for_model(hands.job().id)
    tries: list[str] = []
    failed = replace(
        describe(errors.Offline("No internet connection.")),
        model_id="remote",
        commands={Action.RETRY: lambda: tries.append("again")},
    )

    hands.services.library.message_ready.emit(failed)
    assert buttons(hands) == ["Try again", "Use Fake fake", "Import file…", "Copy details"]
    hands.press("Try again")
    assert tries == ["again"]

    hands.services.library.message_ready.emit(failed)
    hands.press("Use Fake fake")
    hands.wait_until_done()
    assert hands.services.settings.value.model_id == "fake"
    assert (hands.job().model_id, hands.job().state) == ("fake", JobState.DONE)


def test_another_file_is_chosen_for_one_that_is_no_model(
    hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (asked.append(given[1]), ("", ""))[1])

    hands.services.library.message_ready.emit(describe(errors.UnknownCheckpoint('"a.pth" is no model.')))
    hands.press("Choose another file")

    assert asked == ["Import a model"]


def test_stop_here_keeps_the_notes_and_the_way_on(hands: Hands, scene: Scene, song: Path) -> None:
    scene.errors[1] = errors.OutOfGraphicsMemory("The graphics card ran out of memory.")
    hands.drop(song)
    hands.wait_until_done()
    n_notes = hands.document().n_notes

    hands.press("Stop here")

    assert hands.job().state is JobState.CANCELLED
    assert hands.document().n_notes == n_notes > 0
    assert hands.window.command("resume").isEnabled()


def test_a_song_without_notes_offers_the_spectrogram(hands: Hands, scene: Scene, song: Path) -> None:
    scene.script = ()
    hands.drop(song)
    hands.wait_until_done()

    message = bar(hands).message
    assert message is not None
    assert (message.title, message.text) == (
        "No notes found", "Fake fake heard nothing it could name in this range.",
    )  # fmt: skip
    assert buttons(hands) == ["Other model…", "Show spectrogram", "Copy details"]
    hands.press("Show spectrogram")
    assert bar(hands).message is None


def test_a_stopped_song_can_be_exported_as_far_as_it_was_heard(
    hands: Hands, scene: Scene, song: Path, qtbot: QtBot
) -> None:
    stop_in_mid_song(hands, scene, song)
    assert buttons(hands) == ["Continue", "Discard", "Export"]

    hands.press("Export")
    (dialog,) = hands.window.findChildren(ExportDialog)
    qtbot.waitExposed(dialog)
    dialog.close()


def test_what_a_stopped_song_has_can_be_discarded_and_brought_back(
    hands: Hands, scene: Scene, song: Path
) -> None:
    stop_in_mid_song(hands, scene, song)
    n_notes = hands.document().n_notes

    hands.press("Discard")
    assert not hands.queue.jobs
    hands.press("Undo")

    assert hands.document().n_notes == n_notes > 0


def test_a_song_that_goes_on_takes_back_that_it_stopped(hands: Hands, scene: Scene, song: Path) -> None:
    stop_in_mid_song(hands, scene, song)
    assert scene.gate is not None
    scene.gate.release(10)

    hands.queue.resume(hands.job().id)  # not by a button of the window

    assert bar(hands).message is None
    hands.wait_until_done()


def downloading(hands: Hands, *, is_running: bool) -> None:
    """Let the model seem to be fetched, or the download to be paused."""
    library = hands.services.library
    status = library.status("remote")
    assert status is not None
    state = ModelState.DOWNLOADING if is_running else ModelState.PAUSED
    library._set(replace(status, state=state, done_bytes=92_000_000))


def test_a_song_that_waits_for_its_model_says_so_and_can_do_without(
    hands: Hands, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.services.settings.update(model_id="remote", start_on_add=False)
    hands.drop(song)
    asked: list[tuple[str, str]] = []
    for wish in ("pause", "get"):
        monkeypatch.setattr(
            hands.services.library, wish, lambda model_id, wish=wish: asked.append((wish, model_id))
        )
    hands.queue.wait_for_model(hands.job().id)
    downloading(hands, is_running=True)

    message = bar(hands).message
    assert message is not None
    assert message.title == "Waiting for Fake remote"
    assert buttons(hands) == ["Use small model now", "Pause", "Cancel download"]
    hands.press("Pause")
    downloading(hands, is_running=False)
    assert buttons(hands) == ["Use small model now", "Continue download", "Cancel download"]
    hands.press("Continue download")
    assert asked == [("pause", "remote"), ("get", "remote")]

    downloading(hands, is_running=True)
    hands.press("Use small model now")
    hands.wait_until_done()
    assert (hands.job().model_id, hands.job().state) == ("fake", JobState.DONE)
    assert bar(hands).message is None
    assert hands.services.settings.value.model_id == "remote"  # for the next song


def test_a_song_waits_no_longer_when_the_download_is_given_up(
    hands: Hands, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.services.settings.update(model_id="remote", start_on_add=False)
    hands.drop(song)
    given_up: list[str] = []
    monkeypatch.setattr(hands.services.library, "cancel", given_up.append)
    hands.queue.wait_for_model(hands.job().id)

    hands.press("Cancel download")

    assert given_up == ["remote"]
    assert hands.job().state is JobState.READY
    assert bar(hands).message is None


def test_a_recovered_song_is_kept_or_discarded(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    document = hands.document()
    recovered = hands.queue.adopt(
        TranscriptionDocument(document.song, "fake"), JobState.DONE, was_recovered=True
    )
    hands.queue.document(recovered).restore(document.kept)

    hands.queue.show_result(recovered)
    message = bar(hands).message
    assert message is not None
    assert message.title == "Recovered"
    assert buttons(hands) == ["Keep", "Discard"]
    hands.press("Keep")
    assert bar(hands).message is None
    assert not hands.queue.job(recovered).was_recovered


def test_a_recovered_song_that_was_stopped_goes_on(hands: Hands, scene: Scene, song: Path) -> None:
    stop_in_mid_song(hands, scene, song)
    document = hands.document()
    again = TranscriptionDocument(document.song, "fake")
    again.restore(document.kept)
    recovered = hands.queue.adopt(again, JobState.CANCELLED, was_recovered=True)
    hands.queue.show_result(recovered)
    assert scene.gate is not None
    scene.gate.release(10)

    assert buttons(hands) == ["Continue", "Keep", "Discard"]
    hands.press("Continue")
    hands.wait_until_done()

    assert hands.queue.job(recovered).state is JobState.DONE
    assert not hands.queue.job(recovered).was_recovered
