"""The menu of a row of the library."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from mt3_desktop.app.job import JobState
from mt3_desktop.gui.job_panel import JobPanel
from tests.helpers.fake_family import fake_spec
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands

TITLE = fake_spec().title


@pytest.fixture
def panel(hands: Hands) -> JobPanel:
    (panel,) = hands.window.findChildren(JobPanel)
    return panel


def choose(panel: JobPanel, row: int, *path: str) -> list[str]:
    """Open the menu of a row and choose an entry by the words that lead to it.

    Returns:
        What the menu says, or its submenu where `path` ends at one.
    """
    texts: list[str] = []

    def press() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        try:
            entries = menu.actions()
            for text in path:
                entry = named(entries, text)
                assert entry.isEnabled()
                submenu = entry.menu()
                if isinstance(submenu, QMenu):
                    entries = submenu.actions()
                else:
                    entry.trigger()
            texts.extend(entry.text() for entry in entries if entry.text())
        finally:
            menu.close()

    QTimer.singleShot(0, press)
    index = panel.view.model().index(row, 0)
    panel.view.customContextMenuRequested.emit(panel.view.visualRect(index).center())
    return texts


def named(entries: list[QAction], text: str) -> QAction:
    (entry,) = (entry for entry in entries if entry.text() == text)
    return entry


def test_a_song_is_heard_again_by_the_model_that_is_pointed_at(
    hands: Hands, panel: JobPanel, song: Path
) -> None:
    hands.drop(song)
    hands.wait_until_done()
    hands.services.settings.update(model_id="remote")

    texts = choose(panel, 0)
    models = choose(panel, 0, "Redo with")
    assert {"Export MIDI…", "Copy as MIDI file", "Save session"} <= set(texts)
    assert "Copy details" not in texts
    assert models == [TITLE], "what is not on this computer is not offered"

    choose(panel, 0, "Redo with", TITLE)
    hands.wait_until_done()
    assert [job.model_id for job in hands.queue.jobs] == ["fake", "fake"]
    assert all(job.state is JobState.DONE for job in hands.queue.jobs)


def test_why_a_song_failed_is_copied(hands: Hands, panel: JobPanel, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound")
    hands.drop(broken)
    hands.wait_until_done()
    message = hands.job().message
    assert message is not None

    choose(panel, 0, "Copy details")

    assert QApplication.clipboard().text().startswith(message.title)


def test_the_menu_of_several_songs_has_only_what_is_for_several(
    hands: Hands, panel: JobPanel, tmp_path: Path
) -> None:
    hands.services.settings.update(start_on_add=False)
    hands.drop(*(write_audio(tmp_path / f"{name}.wav", sine(4.0)) for name in "ab"))
    panel.view.selectAll()

    texts = choose(panel, 1)
    choose(panel, 1, "Redo with", TITLE)
    hands.wait_until_done()

    assert "Export MIDI…" in texts
    assert "Copy as MIDI file" not in texts
    assert [job.state for job in hands.queue.jobs] == [JobState.DONE, JobState.DONE]
