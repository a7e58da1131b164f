"""The roll in the real window: what the player, the settings and the document have to do with it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from mt3_desktop.app.outputs import SoundCards
from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.values import Note
from mt3_desktop.gui.cleanup_panel import CleanupPanel
from mt3_desktop.gui.roll.backdrop import BackdropKind
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.settings_dialog import SettingsDialog
from mt3_desktop.gui.track_panel import TrackPanel
from tests.helpers.fake_family import Scene
from tests.helpers.fake_sounddevice import FakeSoundDevice
from tests.helpers.window import Hands

ROWS = [
    (0.2, 1.0, 0.95, 0.1, 60, 100, 0, False),
    (0.5, 1.5, 0.8, 0.3, 64, 100, 0, False),
    (2.5, 3.5, 0.3, 0.7, 67, 50, 33, False),
]


@pytest.fixture
def roll(hands: Hands) -> RollView:
    (roll,) = hands.window.findChildren(RollView)
    return roll


@pytest.fixture
def panel(hands: Hands, scene: Scene, song: Path) -> CleanupPanel:
    """A finished song of two notes and a candidate, and the panel unfolded."""
    scene.candidates = Candidates(np.array(ROWS, CANDIDATE_TYPE))
    scene.script = scene.candidates.at(USUAL)
    hands.drop(song)
    hands.wait_until_done()
    (panel,) = hands.window.findChildren(CleanupPanel)
    panel.header.click()
    return panel


def pitches(notes: tuple[Note, ...]) -> list[int]:
    return [note.pitch for note in notes]


def test_the_keys_light_up_with_the_sound(
    hands: Hands, roll: RollView, panel: CleanupPanel, qtbot: QtBot
) -> None:
    library = FakeSoundDevice("Speakers")
    hands.services.player._cards = SoundCards(library.load)
    hands.trigger("play")
    lit = []
    while not roll.keyboard._lit & {64}:
        library.streams[-1].turn(2)
        hands.services.player._poll()
        lit.append(roll.keyboard._lit)
        qtbot.wait(1)

    assert frozenset({60}) in lit
    assert roll.keyboard._lit == {60, 64}
    hands.trigger("play")
    assert roll.keyboard._lit == frozenset()


def test_the_backdrop_is_remembered(hands: Hands, roll: RollView, panel: CleanupPanel, qtbot: QtBot) -> None:
    qtbot.keyClick(roll.area, Qt.Key.Key_G)
    assert hands.services.settings.value.backdrop == "plain"

    hands.services.settings.update(backdrop="waveform", backdrop_strength=0.25)
    assert (roll.area.backdrop.kind, roll.area.backdrop.strength) == (BackdropKind.WAVEFORM, 0.25)


def test_the_slider_takes_more_and_fewer_notes(hands: Hands, roll: RollView, panel: CleanupPanel) -> None:
    row = panel.sensitivity
    assert row.slider.isEnabled()
    row.slider.setValue(90)
    roll.commands.select_all()
    assert pitches(roll.selection) == [60, 64, 67]
    assert (row.difference.text(), hands.document().sensitivity) == ("+1", 0.9)

    row.slider.setValue(20)
    assert pitches(hands.document().notes) == [60]
    assert row.difference.text() == "−1"


def test_a_note_moved_by_hand_outlives_the_slider(
    hands: Hands, roll: RollView, panel: CleanupPanel, qtbot: QtBot
) -> None:
    roll.select([hands.document().notes[0]])
    qtbot.keyClick(roll.area, Qt.Key.Key_Up)
    for value in (0, 100, 50):
        panel.sensitivity.slider.setValue(value)
        assert 61 in pitches(hands.document().notes)
        assert 60 not in pitches(hands.document().notes)

    hands.trigger("undo")
    assert pitches(hands.document().notes) == [60, 64]


def test_candidates_are_seen_on_demand_and_one_is_accepted(
    hands: Hands, roll: RollView, panel: CleanupPanel, qtbot: QtBot
) -> None:
    assert not len(roll.state.candidates)
    panel.sensitivity.candidates.click()
    assert len(roll.state.candidates) == 1
    assert hands.services.settings.value.candidates_shown

    roll.area.setFocus()
    for _ in range(3):
        qtbot.keyClick(roll.area, Qt.Key.Key_Right)
    qtbot.keyClick(roll.area, Qt.Key.Key_Return)

    assert pitches(hands.document().notes) == [60, 64, 67]
    assert pitches(roll.selection) == [67]
    assert not len(roll.state.candidates)
    hands.trigger("undo")
    assert pitches(hands.document().notes) == [60, 64]
    assert len(roll.state.candidates) == 1


def test_without_candidates_the_slider_says_why(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    (panel,) = hands.window.findChildren(CleanupPanel)

    assert not panel.sensitivity.slider.isEnabled()
    assert "nothing is known" in panel.sensitivity.slider.toolTip()


def test_clicked_notes_and_keys_sound_unless_that_is_switched_off(
    hands: Hands, roll: RollView, panel: CleanupPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sounded: list[int] = []
    monkeypatch.setattr(hands.services.player, "sound_note", lambda note: sounded.append(note.pitch))
    qtbot.keyClick(roll.area, Qt.Key.Key_Right)
    qtbot.mouseClick(roll.keyboard, Qt.MouseButton.LeftButton)
    assert sounded[0] == 60
    assert len(sounded) == 2

    hands.trigger("settings")
    (dialog,) = hands.window.findChildren(SettingsDialog)
    dialog.show_page("Sound")
    (box,) = [box for box in dialog.findChildren(QCheckBox) if "clicked" in box.text()]
    assert box.isVisible()
    box.click()
    dialog.close()
    qtbot.keyClick(roll.area, Qt.Key.Key_Right)
    qtbot.mouseClick(roll.keyboard, Qt.MouseButton.LeftButton)

    assert len(sounded) == 2
    assert not hands.services.settings.value.click_sounds


def test_no_track_is_called_stray_while_notes_are_still_found(hands: Hands, scene: Scene, song: Path) -> None:
    scene.gate = threading.Semaphore(0)
    hands.drop(song)
    hands.wait_for_notes()
    (panel,) = hands.window.findChildren(TrackPanel)
    badges = [row.stray for row in panel.rows]
    assert badges
    assert not any(badge.isVisible() for badge in badges)
    scene.gate.release()
    hands.wait_until_done()
    assert any(row.stray.isVisible() for row in panel.rows)
