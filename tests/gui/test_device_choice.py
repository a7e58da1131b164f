from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from mt3_desktop.core.devices import FoundDevice
from mt3_desktop.gui.device_choice import device_entries
from mt3_desktop.gui.settings_dialog import SettingsDialog
from mt3_desktop.gui.top_bar import TopBar
from tests.helpers.window import Hands

CPU = FoundDevice("cpu")
CARD = FoundDevice("cuda", "NVIDIA GeForce RTX 3060")


def texts(combo: QComboBox) -> list[str]:
    return [combo.itemText(index) for index in range(combo.count())]


def device_box(hands: Hands) -> QComboBox:
    (top,) = hands.window.findChildren(TopBar)
    (box,) = (box for box in top.findChildren(QComboBox) if box.accessibleName() == "Device")
    return box


@pytest.mark.parametrize(
    ("found", "chosen", "expected"),
    [
        ((), "auto", [("auto", "Automatic"), ("cpu", "CPU")]),
        ((), "cuda", [("auto", "Automatic"), ("cpu", "CPU"), ("cuda", "NVIDIA GPU")]),
        ((CPU,), "auto", [("auto", "Automatic · CPU"), ("cpu", "CPU — no CUDA found")]),
        (
            (CPU, CARD),
            "auto",
            [
                ("auto", "Automatic · NVIDIA GPU"),
                ("cpu", "CPU"),
                ("cuda", "NVIDIA GPU · NVIDIA GeForce RTX 3060"),
            ],
        ),
        (
            (CPU,),
            "cuda",
            [
                ("auto", "Automatic · CPU"),
                ("cpu", "CPU — no CUDA found"),
                ("cuda", "NVIDIA GPU — not found"),
            ],
        ),
    ],
)
def test_only_what_is_there_is_offered(
    monkeypatch: pytest.MonkeyPatch,
    found: tuple[FoundDevice, ...],
    chosen: str,
    expected: list[tuple[str, str]],
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert list(device_entries(found, chosen)) == expected


def test_nobody_misses_cuda_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert dict(device_entries((CPU, FoundDevice("mps")), "auto"))["cpu"] == "CPU"


def test_a_graphics_card_is_chosen_by_its_name(hands: Hands) -> None:
    box = device_box(hands)
    hands.queue.devices_found.emit((CPU, CARD))
    index = box.findText("NVIDIA GPU · NVIDIA GeForce RTX 3060")

    box.setCurrentIndex(index)
    box.activated.emit(index)

    assert hands.services.settings.value.device == "cuda"
    assert box.currentText() == "NVIDIA GPU · NVIDIA GeForce RTX 3060"


def test_the_settings_offer_the_same(hands: Hands, qtbot: QtBot) -> None:
    hands.queue.devices_found.emit((CPU, CARD))

    hands.trigger("settings")

    (dialog,) = hands.window.findChildren(SettingsDialog)
    (box,) = (box for box in dialog.findChildren(QComboBox) if box.accessibleName() == "Computes on")
    assert texts(box) == texts(device_box(hands))
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
