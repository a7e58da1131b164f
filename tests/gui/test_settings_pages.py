"""The pages about keys, privacy, and what computes here."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QTreeView
from pytestqt.qtbot import QtBot

from mt3_desktop.core.devices import DeviceReport
from mt3_desktop.gui import window_dialogs
from mt3_desktop.gui.settings_dialog import SettingsDialog
from tests.helpers.window import Hands


@pytest.fixture
def preferences(hands: Hands) -> SettingsDialog:
    hands.trigger("settings")
    (dialog,) = hands.window.findChildren(SettingsDialog)
    return dialog


def test_the_keys_are_a_page(preferences: SettingsDialog) -> None:
    preferences.show_page("Keys")

    (table,) = (one for one in preferences.findChildren(QTreeView) if one.accessibleName() == "Keys")
    assert table.isVisible()
    assert table.model().rowCount() > 40


def test_privacy_says_that_nothing_leaves(preferences: SettingsDialog, hands: Hands) -> None:
    preferences.show_page("Privacy and updates")

    assert any(
        "Nothing leaves this computer" in one.text() and one.isVisible()
        for one in preferences.findChildren(QLabel)
    )
    (proxy,) = (one for one in preferences.findChildren(QCheckBox) if one.isVisible())
    before = hands.services.settings.value.system_proxy
    proxy.click()
    assert hands.services.settings.value.system_proxy is not before


def test_the_devices_are_tried_aside_and_say_why_not(
    qtbot: QtBot, preferences: SettingsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = (DeviceReport("cpu", milliseconds=4.2), DeviceReport("cuda", problem="Made without CUDA."))
    tries: list[int] = []
    monkeypatch.setattr(window_dialogs, "try_devices", lambda: (tries.append(1), reports)[1])
    preferences.show_page("Transcription")
    (button,) = (one for one in preferences.findChildren(QPushButton) if one.text() == "Test")

    for _ in range(2):
        button.click()

    expected = "CPU: works (4.2 ms for the test)\nNVIDIA GPU: not usable. Made without CUDA."
    qtbot.waitUntil(lambda: any(one.text() == expected for one in preferences.findChildren(QLabel)))
    assert tries == [1]
