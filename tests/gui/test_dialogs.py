from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.app.settings import Settings
from mt3_desktop.core.export import Format
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.values import Note
from mt3_desktop.gui.export_dialog import ExportDialog, ExportQuestion, Songs
from mt3_desktop.gui.settings_dialog import SettingsDialog
from mt3_desktop.gui.theme import DARK, LIGHT, tokens
from tests.helpers.window import Hands


def choose(dialog: QWidget, kind: type[QRadioButton | QCheckBox | QPushButton], text: str) -> None:
    """Click the control that says `text`."""
    (control,) = (one for one in dialog.findChildren(kind) if one.text() == text)
    assert control.isEnabled()
    control.click()


@pytest.fixture
def question(tmp_path: Path) -> ExportQuestion:
    return ExportQuestion(
        song="Nocturne",
        model_title="Small",
        folder=tmp_path,
        n_selected=4,
        n_finished=2,
        loop=(1.0, 2.0),
        notes=(Note(0.0, 1.0, 60, 90, 0),),
    )


@pytest.fixture
def dialog(qtbot: QtBot, question: ExportQuestion) -> ExportDialog:
    dialog = ExportDialog(question, Settings())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_accepted_as_it_is_it_saves_the_song_as_midi(dialog: ExportDialog, tmp_path: Path) -> None:
    answer = dialog.answer

    assert answer.songs is Songs.CURRENT
    assert answer.options.formats == (Format.MIDI,)
    assert (answer.options.folder, answer.options.span, answer.options.notes) == (tmp_path, None, None)


def test_bars_can_be_followed_where_there_are_some(qtbot: QtBot, question: ExportQuestion) -> None:
    dialog = ExportDialog(replace(question, tempo=Tempo(96.0)), Settings())
    qtbot.addWidget(dialog)
    dialog.show()
    choose(dialog, QRadioButton, "Follow my bars (96 bpm)")
    choose(dialog, QCheckBox, "Quantised copy too")

    options = dialog.answer.options
    assert (options.follow_bars, options.quantised_copy) == (True, True)
    choose(dialog, QRadioButton, "Keep real time")
    assert not dialog.answer.options.follow_bars


def test_without_bars_real_time_is_kept_and_the_wish_remembered(
    qtbot: QtBot, question: ExportQuestion
) -> None:
    dialog = ExportDialog(question, Settings(export_bars=True))
    qtbot.addWidget(dialog)
    dialog.show()
    (own,) = (one for one in dialog.findChildren(QRadioButton) if one.text() == "Follow my bars")

    assert (own.isEnabled(), own.isChecked()) == (False, False)
    assert dialog.answer.options.follow_bars


def test_a_range_belongs_to_the_song_on_show(dialog: ExportDialog) -> None:
    choose(dialog, QRadioButton, "Loop")
    assert dialog.answer.options.span == (1.0, 2.0)
    choose(dialog, QRadioButton, "1 selected note")
    assert dialog.answer.options.notes == (Note(0.0, 1.0, 60, 90, 0),)

    choose(dialog, QRadioButton, "4 selected songs")

    assert dialog.answer.songs is Songs.SELECTED
    assert dialog.answer.options.notes is None


def test_without_a_format_there_is_nothing_to_export(dialog: ExportDialog) -> None:
    choose(dialog, QCheckBox, "MIDI")

    (export,) = (button for button in dialog.findChildren(QPushButton) if button.text() == "Export")
    assert not export.isEnabled()


def test_what_is_not_possible_cannot_be_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog(ExportQuestion("Song", "Small", tmp_path), Settings())
    qtbot.addWidget(dialog)

    disabled = {button.text() for button in dialog.findChildren(QRadioButton) if not button.isEnabled()}

    assert disabled == {"1 selected song", "All with notes (1)", "Loop", "0 selected notes", "Follow my bars"}


def test_the_name_is_shown_as_it_will_be(dialog: ExportDialog, qtbot: QtBot) -> None:
    (pattern,) = (one for one in dialog.findChildren(QLineEdit) if one.accessibleName() == "Name pattern")
    pattern.clear()
    qtbot.keyClicks(pattern, "{model}: {song}")

    assert dialog.answer.options.pattern == "{model}: {song}"
    assert any("Small- Nocturne" in label.text() for label in dialog.findChildren(QLabel))


@pytest.fixture
def preferences(hands: Hands) -> SettingsDialog:
    hands.trigger("settings")
    (dialog,) = hands.window.findChildren(SettingsDialog)
    return dialog


def test_a_theme_applies_at_once(preferences: SettingsDialog, hands: Hands) -> None:
    preferences.show_page("Appearance")
    (colours,) = (box for box in preferences.findChildren(QComboBox) if box.accessibleName() == "Colours")
    for value, expected in (("dark", DARK), ("light", LIGHT)):
        index = colours.findData(value)
        colours.setCurrentIndex(index)
        colours.activated.emit(index)
        assert hands.services.settings.value.theme == value
        assert tokens() is expected


def test_defaults_are_restored_for_a_page_only(preferences: SettingsDialog, hands: Hands) -> None:
    hands.services.settings.update(start_on_add=False, theme="dark")
    preferences.show_page("General")
    (restore,) = (
        button
        for button in preferences.findChildren(QPushButton)
        if button.text() == "Restore defaults" and button.isVisible()
    )

    restore.click()

    settings = hands.services.settings.value
    assert (settings.start_on_add, settings.theme) == (True, "dark")


def test_controls_follow_a_change_made_elsewhere(preferences: SettingsDialog, hands: Hands) -> None:
    (box,) = (one for one in preferences.findChildren(QCheckBox) if "Start transcribing" in one.text())
    assert box.isChecked()

    hands.services.settings.update(start_on_add=False)

    assert not box.isChecked()


def test_escape_closes_the_settings(preferences: SettingsDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(preferences, Qt.Key.Key_Escape)

    assert not preferences.isVisible()


def test_a_name_is_shown_as_it_is(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExportDialog(ExportQuestion("<i>Drum & Bass", "Small", tmp_path), Settings())
    qtbot.addWidget(dialog)
    (radio, *_) = dialog.findChildren(QRadioButton)
    assert radio.text() == "<i>Drum && Bass"  # one & would underline the letter behind it
    (preview,) = (label for label in dialog.findChildren(QLabel) if label.text().startswith("→"))
    assert preview.text() == "→ -i-Drum & Bass-Small.mid"
    assert preview.textFormat() is Qt.TextFormat.PlainText


def test_no_page_of_the_settings_has_a_button_for_enter(hands: Hands, qtbot: QtBot) -> None:
    hands.trigger("settings")
    (dialog,) = (one for one in hands.window.findChildren(SettingsDialog) if one.isVisible())
    buttons = dialog.findChildren(QPushButton)
    assert [button.text() for button in buttons if button.text() == "Restore defaults"]
    assert not [button.text() for button in buttons if button.isDefault() or button.autoDefault()]
    dialog.close()


def test_captions_stand_level_with_their_fields(dialog: ExportDialog) -> None:
    (caption,) = (label for label in dialog.findChildren(QLabel) if label.text() == "Name")
    (field,) = (edit for edit in dialog.findChildren(QLineEdit) if edit.text() == "{song}-{model}")
    assert abs(caption.geometry().center().y() - field.geometry().center().y()) <= 1
