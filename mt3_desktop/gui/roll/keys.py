"""What the keys do while the roll has the focus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from mt3_desktop.gui.roll.command_table import ROLL_COMMANDS

if TYPE_CHECKING:
    from mt3_desktop.gui.roll.view import RollView

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
Command = Callable[[], object]


class Keys:
    """Key and modifiers → what to do. Keys that are not in the table go on to the window."""

    def __init__(self, roll: RollView) -> None:
        self._roll = roll
        self._table = self._commands()

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key does; tells whether it does anything."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() == Qt.Key.Key_H and modifiers == NONE:
            if not event.isAutoRepeat():
                self._set_hand(True)
            return True
        if modifiers == CONTROL and Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_9:
            self._roll.send_to_track(event.key() - Qt.Key.Key_1)
            return True
        command = self._table.get((Qt.Key(event.key()), modifiers))
        if command is None:
            return False
        return command() is not False

    def release(self, event: QKeyEvent) -> bool:
        """Let the hand go."""
        if event.key() != Qt.Key.Key_H or event.isAutoRepeat():
            return False
        self._set_hand(False)
        return True

    def _set_hand(self, is_hand: bool) -> None:
        self._roll.area.set_hand(is_hand)
        self._roll.drum_area.set_hand(is_hand)

    def _commands(self) -> dict[tuple[Qt.Key, Qt.KeyboardModifier], Command]:
        table: dict[tuple[Qt.Key, Qt.KeyboardModifier], Command] = {
            (Qt.Key.Key_Escape, NONE): self._roll.cancel
        }
        for command in ROLL_COMMANDS:
            for keys in command.keys:
                table[_combination(keys)] = partial(command.run, self._roll)
        for keys in ("Return", "Enter"):
            table[_combination(keys)] = self._accept_or_return
        return table

    def _accept_or_return(self) -> None:
        """Accept what is offered; else Return goes to the start, as tape machines taught."""
        if not self._roll.state.accept():
            self._roll.seek(0.0)


def _combination(keys: str) -> tuple[Qt.Key, Qt.KeyboardModifier]:
    """A key and its modifiers from Qt's portable spelling."""
    pressed = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)
    combination = pressed[0]  # type: ignore[index]  # missing in the stubs
    return combination.key(), combination.keyboardModifiers()
