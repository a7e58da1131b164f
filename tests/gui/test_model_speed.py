from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mt3_desktop.app.settings import MeasuredSpeed
from mt3_desktop.gui.model_picker import ModelPicker
from mt3_desktop.gui.models_page import ModelsPage
from tests.helpers.window import Hands


def cards(hands: Hands, qtbot: QtBot) -> list[str]:
    """What the cards of the picker say about speed, from top to bottom."""
    (picker,) = hands.window.findChildren(ModelPicker)
    qtbot.mouseClick(picker, Qt.MouseButton.LeftButton)
    popup = QApplication.activePopupWidget()
    said = [label.text() for label in popup.findChildren(QLabel)]
    qtbot.keyClick(popup, Qt.Key.Key_Escape)
    return [text for text in said if "3 min song" in text or "not yet measured" in text]


def test_a_card_says_how_fast_its_model_was_here(hands: Hands, qtbot: QtBot, song: Path) -> None:
    qtbot.waitUntil(lambda: len(cards(hands, qtbot)) == 2)
    assert cards(hands, qtbot) == ["Speed here not yet measured"] * 2

    hands.drop(song)
    hands.wait_until_done()

    mine, remote = cards(hands, qtbot)
    assert mine.startswith("A 3 min song takes about 0:")
    assert remote == "Speed here not yet measured"


def test_the_cards_show_the_speed_on_the_chosen_device(hands: Hands, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(cards(hands, qtbot)) == 2)
    hands.services.settings.update(speeds=(MeasuredSpeed("fake", "cpu", 3.6),))
    assert cards(hands, qtbot)[0] == "Speed here not yet measured"

    hands.services.settings.update(device="cpu")
    assert cards(hands, qtbot)[0] == "A 3 min song takes about 0:50 here"


def test_the_list_of_models_shows_it_too(hands: Hands, qtbot: QtBot) -> None:
    hands.services.settings.update(speeds=(MeasuredSpeed("fake", "auto", 3.6),))
    hands.trigger("settings")

    (page,) = hands.window.findChildren(ModelsPage)
    said = "\n".join(label.text() for label in page.findChildren(QLabel))
    assert "a 3 min song takes about 0:50 here" in said
    page.window().close()
