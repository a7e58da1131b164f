from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication

from mt3_desktop.core.resources import resource
from mt3_desktop.core.tracks import DRUM_COLOUR
from mt3_desktop.gui.theme import (
    DARK,
    LIGHT,
    Tokens,
    apply_theme,
    blend,
    icon,
    note_colour,
    note_has_pattern,
    tokens,
)

ICONS = sorted(path.stem for path in Path(resource("icons")).glob("*.svg"))


def luminance(colour: str) -> float:
    channels = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("table", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("text", ["text", "faint", "danger", "warning", "success"])
@pytest.mark.parametrize("ground", ["window", "panel", "raised"])
def test_text_has_a_contrast_of_four_and_a_half(table: Tokens, text: str, ground: str):
    assert contrast(getattr(table, text), getattr(table, ground)) >= 4.5


@pytest.mark.parametrize("table", [DARK, LIGHT], ids=["dark", "light"])
def test_text_on_colours_can_be_read(table: Tokens):
    assert contrast(table.on_accent, table.accent) >= 4.5
    assert contrast(table.text, table.selection) >= 4.5
    assert contrast(table.text, table.hover) >= 4.5
    assert contrast(table.key_text, table.key_white) >= 4.5


@pytest.mark.parametrize(("table", "least"), [(DARK, 4.5), (LIGHT, 3.0)], ids=["dark", "light"])
def test_notes_stand_out_from_both_rows(table: Tokens, least: float):
    # The published figure of the palette is rounded: 4.49 on the light rows would print as 4.5 as well.
    assert (
        min(contrast(note, row) for note in table.notes for row in (table.row, table.row_black))
        >= least - 0.05
    )


@pytest.mark.parametrize("table", [DARK, LIGHT], ids=["dark", "light"])
def test_the_focus_ring_stands_out(table: Tokens):
    assert min(contrast(table.accent, ground) for ground in (table.window, table.panel, table.raised)) >= 3.0


@pytest.mark.parametrize(("choice", "table"), [("dark", DARK), ("light", LIGHT)])
def test_a_theme_dresses_the_application(qapp: QApplication, choice, table):
    apply_theme(qapp, choice)
    assert tokens() is table
    assert qapp.palette().window().color() == QColor(table.window)
    assert qapp.style().objectName().lower() == "fusion" or qapp.styleSheet()
    assert table.accent in qapp.styleSheet()
    assert "$" not in qapp.styleSheet()


def test_the_system_theme_follows_the_system(qapp: QApplication):
    apply_theme(qapp, "dark")
    apply_theme(qapp, "system")
    assert tokens() is LIGHT  # the offscreen platform has no dark scheme


def test_choosing_twice_makes_one_follower(qapp: QApplication):
    from mt3_desktop.gui.theme import _SystemFollower

    apply_theme(qapp, "dark")
    apply_theme(qapp, "light")
    assert len(qapp.findChildren(_SystemFollower)) == 1


def test_hues_repeat_with_a_pattern_and_drums_spend_none(qapp: QApplication):
    apply_theme(qapp, "dark")
    assert note_colour(0) == note_colour(8) == QColor(DARK.notes[0])
    assert not note_has_pattern(7)
    assert note_has_pattern(8)
    assert note_colour(DRUM_COLOUR) == QColor(DARK.text)


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_draws_in_the_colour_of_the_text(qapp: QApplication, name: str):
    apply_theme(qapp, "dark")
    image = icon(name).pixmap(QSize(48, 48)).toImage()
    solid = {
        image.pixelColor(x, y).name().upper()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert DARK.text in solid


def test_an_icon_takes_the_colour_of_a_new_theme(qapp: QApplication):
    apply_theme(qapp, "dark")
    one = icon("stop")
    before = one.pixmap(24, 24).toImage().pixelColor(12, 12)
    apply_theme(qapp, "light")
    assert before == QColor(DARK.text)
    assert one.pixmap(24, 24).toImage().pixelColor(12, 12) == QColor(LIGHT.text)


def test_a_checked_icon_lights_up_unless_told_not_to(qapp: QApplication):
    apply_theme(qapp, "dark")
    on = (QSize(24, 24), QIcon.Mode.Normal, QIcon.State.On)
    assert icon("stop").pixmap(*on).toImage().pixelColor(12, 12) == QColor(DARK.accent)
    quiet = icon("stop", lights_up=False)
    assert quiet.pixmap(*on).toImage().pixelColor(12, 12) == QColor(DARK.text)


def test_an_unknown_icon_is_an_error(qapp: QApplication):
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")


def test_blend_is_opaque_and_in_between():
    mixed = blend(QColor("#FFFFFF"), QColor("#000000"), 0.5)
    assert mixed.alpha() == 255
    assert mixed.red() == pytest.approx(127, abs=1)
