"""The context menu of the notes: whatever dragging does, and by which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from mt3_desktop.app.wording import menu_text
from mt3_desktop.gui.actions import keyed
from mt3_desktop.gui.roll.command_table import ROLL_COMMANDS, RollCommand
from mt3_desktop.gui.theme import icon

if TYPE_CHECKING:
    from mt3_desktop.gui.roll.view import RollView


_GROUPS = (
    ("delete", "duplicate", "cut", "copy", "paste", "join", "split", "quantise"),
    ("edit_values", "accept"),
    ("semitone_up", "semitone_down", "octave_up", "octave_down"),
    ("grid_earlier", "grid_later", "earlier", "later", "longer", "shorter", "louder", "softer"),
    ("select_all", "loop"),
    ("fit", "zoom_selection", "zoom_back"),
)
"""Ids of commands, with a line between two groups; where the notes go comes after the first."""


class NoteMenu(QMenu):
    """Edits of the selection, and the view."""

    def __init__(self, roll: RollView) -> None:
        super().__init__(roll)
        self._roll = roll
        self._actions: dict[str, QAction] = {}
        self._targets = QMenu("Move to track", self)
        self._targets.triggered.connect(self._on_target_chosen)
        by_id = {command.id: command for command in ROLL_COMMANDS}
        for group in _GROUPS:
            for command_id in group:
                self._add(by_id[command_id])
            if "delete" in group:
                self.addMenu(self._targets)
                self._revert = self.addAction(icon("undo"), "Revert selection to model output")
                self._revert.triggered.connect(roll.revert_requested)
                self._copy = self.addAction(icon("midi"), "Copy selection as MIDI file")
                self._copy.triggered.connect(roll.copy_out_requested)
            self.addSeparator()

    def show_at(self, where: QPoint) -> None:
        """Open the menu without waiting for it."""
        has_selection = bool(self._roll.selection)
        for command in ROLL_COMMANDS:
            if command.id in self._actions:
                self._actions[command.id].setEnabled(has_selection or not command.needs_selection)
        for action in (self._targets.menuAction(), self._revert, self._copy):
            action.setEnabled(has_selection)
        self._actions["accept"].setEnabled(self._roll.state.candidate is not None)
        self._targets.clear()
        for track in self._roll.state.tracks:
            self._targets.addAction(menu_text(track.name))
        self.popup(where)

    def _add(self, command: RollCommand) -> None:
        action = QAction(keyed(command.text, command.keys), self)
        if command.icon:
            action.setIcon(icon(command.icon))
        action.triggered.connect(lambda _is_checked, run=command.run: run(self._roll))
        self.addAction(action)
        self._actions[command.id] = action

    @Slot(QAction)
    def _on_target_chosen(self, action: QAction) -> None:
        track = self._roll.state.tracks[self._targets.actions().index(action)]
        self._roll.reassign_requested.emit(self._roll.selection, track.instrument)
