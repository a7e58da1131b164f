"""The button in the corner that says what lies behind the notes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from mt3_desktop.core.audio.key_spectrogram import KeySpectrogram
from mt3_desktop.gui.roll.backdrop import BackdropKind
from mt3_desktop.gui.roll.backdrop_button import TEXTS


@pytest.fixture
def chosen(roll):
    found = []
    roll.backdrop_changed.connect(lambda kind, strength: found.append((kind, round(strength, 3))))
    return found


def entry(roll, kind):
    (action,) = (a for a in roll.backdrop_button.kinds.actions() if a.text() == TEXTS[kind])
    return action


@pytest.mark.parametrize("kind", [BackdropKind.PLAIN, BackdropKind.WAVEFORM])
def test_an_entry_of_the_menu_is_a_backdrop(roll, chosen, kind):
    entry(roll, kind).trigger()

    assert chosen == [(kind, 0.4)]
    assert roll.area.backdrop.kind is kind


def test_the_key_moves_the_mark_in_the_menu(roll, qtbot):
    qtbot.keyClick(roll.area, Qt.Key.Key_G)

    assert entry(roll, BackdropKind.PLAIN).isChecked()
    assert not roll.backdrop_button.strength.isEnabled()


def test_the_slider_shows_more_or_less_of_the_recording(roll, qtbot, chosen):
    levels = np.full((88 * 3, 3000), 255, np.uint8)
    roll.set_spectrogram(KeySpectrogram(levels, 0.02, 21.0, 3))
    button = roll.backdrop_button
    button.menu().popup(roll.mapToGlobal(QPoint(0, 0)))
    qtbot.waitUntil(button.strength.isVisible)
    place = roll.area.pixel_of(8.3, 70.5).toPoint()
    shades = []
    for key in (Qt.Key.Key_Home, Qt.Key.Key_PageUp, Qt.Key.Key_End):
        qtbot.keyClick(button.strength, key)
        shades.append(roll.area.grab().toImage().pixelColor(place).lightness())
    button.menu().close()

    assert chosen[-1] == (BackdropKind.SPECTROGRAM, 0.6)
    assert [strength for _kind, strength in chosen] == sorted(strength for _kind, strength in chosen)
    assert shades == sorted(set(shades))


def test_setters_emit_nothing(roll, chosen):
    roll.set_backdrop(BackdropKind.WAVEFORM, 0.3)

    assert not chosen
    assert roll.backdrop_button.strength.value() == 30
