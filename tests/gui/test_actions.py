"""Everything that can be done has a line in a menu and in the palette, with its key."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton, QTreeView
from pytestqt.qtbot import QtBot

from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.gui.actions import ACTIONS, MENUS
from mt3_desktop.gui.palette import CommandPalette
from mt3_desktop.gui.roll.command_table import ROLL_COMMANDS
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.theme import apply_theme
from tests.helpers.window import Hands


@pytest.fixture
def roll(hands: Hands, song: Path) -> RollView:
    hands.drop(song)
    hands.wait_until_done()
    (roll,) = hands.window.findChildren(RollView)
    return roll


def test_every_command_of_the_roll_is_a_command_of_the_window() -> None:
    by_id = {spec.id: spec for spec in ACTIONS}
    assert len(by_id) == len(ACTIONS)
    for command in ROLL_COMMANDS:
        spec = by_id[command.id]
        assert set(command.keys) <= {*spec.keys, *spec.roll_keys, "Ctrl+Shift++"}
    assert {spec.menu for spec in ACTIONS} == set(MENUS)


def test_no_two_commands_share_a_key() -> None:
    keys = [key for spec in ACTIONS for key in (*spec.keys, *spec.roll_keys)]
    assert sorted(set(keys)) == sorted(keys)


def test_notes_are_edited_from_the_menu_bar(hands: Hands, roll: RollView) -> None:
    assert not hands.window.command("octave_up").isEnabled()
    note = next(note for note in hands.document().notes if not note.is_drum)
    roll.select([note])

    hands.trigger("octave_up")

    (moved,) = roll.selection
    assert moved.pitch == note.pitch + 12
    hands.trigger("longer")
    (longer,) = roll.selection
    assert longer.offset > moved.offset
    roll.select([])
    assert not hands.window.command("octave_up").isEnabled()


def test_the_palette_finds_them_by_name_and_says_the_key(hands: Hands, roll: RollView, qtbot: QtBot) -> None:
    roll.select([hands.document().notes[0]])
    hands.trigger("palette")
    (palette,) = hands.window.findChildren(CommandPalette)
    (search,) = palette.findChildren(QLineEdit)
    (view,) = palette.findChildren(QTreeView)

    qtbot.keyClicks(search, "duplicate")

    row = view.model().index(0, 0)
    assert (view.model().rowCount(), row.data(), row.siblingAtColumn(1).data()) == (
        1,
        "Duplicate",
        QKeySequence("Ctrl+D").toString(QKeySequence.SequenceFormat.NativeText),
    )
    n_notes = hands.document().n_notes
    qtbot.keyClick(search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: hands.document().n_notes == n_notes + 1)


def test_the_tools_have_buttons_that_show_what_is_on(
    hands: Hands, roll: RollView, qtbot: QtBot, qapp: QApplication
) -> None:
    buttons = {button.accessibleName(): button for button in roll.findChildren(QToolButton)}
    draw, snap = buttons["Draw notes"], buttons["Snap to the grid"]
    apply_theme(qapp, "light")
    qtbot.waitUntil(lambda: min(draw.width(), snap.width(), roll.backdrop_button.width()) >= 24)
    assert roll.ruler.mapTo(roll, QPoint()).x() == roll.area.mapTo(roll, QPoint()).x()
    assert (draw.isChecked(), snap.isChecked()) == (False, True)

    qtbot.mouseClick(draw, Qt.MouseButton.LeftButton)
    assert roll.state.is_drawing
    assert draw.isChecked()
    qtbot.keyClick(roll.area, Qt.Key.Key_B)
    assert not roll.state.is_drawing
    assert not draw.isChecked()

    qtbot.keyClick(roll.area, Qt.Key.Key_N)
    assert not snap.isChecked()
    assert not roll.state.is_snapping


def test_a_selection_is_put_on_the_clipboard_as_a_file(hands: Hands, roll: RollView) -> None:
    assert not hands.window.command("copy_selection").isEnabled()
    roll.select(hands.document().notes[:2])

    hands.trigger("copy_selection")

    (url,) = QApplication.clipboard().mimeData().urls()
    assert Path(url.toLocalFile()).suffix == ".mid"


def test_the_clean_up_is_baked_from_the_menu(hands: Hands, roll: RollView) -> None:
    assert not hands.window.command("bake").isEnabled()
    document = hands.document()
    document.set_rules(Rules(highest=60))
    assert hands.window.command("bake").isEnabled()

    hands.trigger("bake")

    assert all(note.pitch <= 60 for note in document.edited if not note.is_drum)
