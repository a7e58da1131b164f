"""A roll with a small song, and hands for it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.roll.view import RollView
from tests.helpers.roll_hand import SONG, Hand, show


@pytest.fixture
def hand(qtbot: QtBot) -> Hand:
    """Someone in front of a roll with six notes."""
    return Hand(show(qtbot, SONG))


@pytest.fixture
def roll(hand: Hand) -> RollView:
    """The roll in front of `hand`."""
    return hand.roll
