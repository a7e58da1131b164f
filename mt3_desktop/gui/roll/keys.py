"""What the keys do while the roll has the focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from mt3_desktop.gui.roll.editing import OCTAVE

if TYPE_CHECKING:
    from mt3_desktop.gui.roll.view import RollView

NONE, SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
CONTROL_SHIFT = CONTROL | SHIFT
FINE_SECONDS = 0.01
VELOCITY_STEP = 5
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
        roll, do, key = self._roll, self._roll.commands, Qt.Key
        return {
            (key.Key_Up, NONE): lambda: do.transpose(1),
            (key.Key_Down, NONE): lambda: do.transpose(-1),
            (key.Key_Up, SHIFT): lambda: do.transpose(OCTAVE),
            (key.Key_Down, SHIFT): lambda: do.transpose(-OCTAVE),
            (key.Key_Up, CONTROL): lambda: do.change_velocity(VELOCITY_STEP),
            (key.Key_Down, CONTROL): lambda: do.change_velocity(-VELOCITY_STEP),
            (key.Key_Right, NONE): lambda: do.step(1),
            (key.Key_Left, NONE): lambda: do.step(-1),
            (key.Key_Right, SHIFT): lambda: do.step(1, is_extending=True),
            (key.Key_Left, SHIFT): lambda: do.step(-1, is_extending=True),
            (key.Key_Right, CONTROL): lambda: do.nudge_by_grid(1),
            (key.Key_Left, CONTROL): lambda: do.nudge_by_grid(-1),
            (key.Key_Right, ALT): lambda: do.move(FINE_SECONDS, 0),
            (key.Key_Left, ALT): lambda: do.move(-FINE_SECONDS, 0),
            (key.Key_Return, NONE): roll.state.accept,
            (key.Key_Enter, NONE): roll.state.accept,
            (key.Key_Return, SHIFT): roll.inspector.take_focus,
            (key.Key_Enter, SHIFT): roll.inspector.take_focus,
            (key.Key_Delete, NONE): do.delete,
            (key.Key_Backspace, NONE): do.delete,
            (key.Key_A, CONTROL): do.select_all,
            (key.Key_A, CONTROL_SHIFT): do.select_none,
            (key.Key_D, CONTROL): do.duplicate,
            (key.Key_C, CONTROL): do.copy,
            (key.Key_X, CONTROL): do.cut,
            (key.Key_V, CONTROL): lambda: do.paste(roll.navigation.playhead),
            (key.Key_Q, NONE): do.quantise,
            (key.Key_U, CONTROL): do.quantise,
            (key.Key_J, NONE): do.join,
            (key.Key_K, NONE): lambda: do.split(roll.navigation.playhead),
            (key.Key_B, NONE): lambda: roll.state.set_drawing(not roll.state.is_drawing),
            (key.Key_N, NONE): lambda: roll.set_snapping(not roll.state.is_snapping),
            (key.Key_F, NONE): roll.fit,
            (key.Key_Z, NONE): roll.zoom_to_selection,
            (key.Key_X, NONE): roll.zoom_back,
            (key.Key_G, NONE): roll.next_backdrop,
            (key.Key_L, NONE): roll.toggle_loop,
            (key.Key_Escape, NONE): roll.cancel,
            (key.Key_PageDown, NONE): lambda: roll.navigation.scroll_screens(1),
            (key.Key_PageUp, NONE): lambda: roll.navigation.scroll_screens(-1),
            (key.Key_Equal, CONTROL): lambda: roll.navigation.zoom_time(1),
            (key.Key_Plus, CONTROL): lambda: roll.navigation.zoom_time(1),
            (key.Key_Plus, CONTROL_SHIFT): lambda: roll.navigation.zoom_time(1),
            (key.Key_Minus, CONTROL): lambda: roll.navigation.zoom_time(-1),
            (key.Key_Equal, ALT): lambda: roll.navigation.zoom_pitch(1),
            (key.Key_Plus, ALT): lambda: roll.navigation.zoom_pitch(1),
            (key.Key_Minus, ALT): lambda: roll.navigation.zoom_pitch(-1),
        }
