"""The context menu of the notes: whatever dragging does, and by which key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from mt3_desktop.app.wording import menu_text
from mt3_desktop.gui.roll.editing import OCTAVE
from mt3_desktop.gui.theme import icon

if TYPE_CHECKING:
    from mt3_desktop.gui.roll.view import RollView


class NoteMenu(QMenu):
    """Edits of the selection, and the view."""

    def __init__(self, roll: RollView) -> None:
        super().__init__(roll)
        self._roll, do = roll, roll.commands
        self._needs_selection: list[QAction] = []
        self._targets = QMenu("Move to track", self)
        self._targets.triggered.connect(self._on_target_chosen)
        for text, keys, command, name in (
            ("Delete", "Del", do.delete, "trash"),
            ("Duplicate", "Ctrl+D", do.duplicate, ""),
            ("Cut", "Ctrl+X", do.cut, ""),
            ("Copy", "Ctrl+C", do.copy, ""),
            ("Join", "J", do.join, ""),
            ("Quantise", "Q", do.quantise, ""),
        ):
            self._add(text, keys, command, name)
        self._needs_selection.append(self.addMenu(self._targets))
        self._add("Edit values", "Shift+Return", roll.inspector.take_focus, "pencil")
        self._add("Revert selection to model output", "", roll.revert_requested.emit, "undo")
        self._accept = self._add("Accept possible note", "Return", roll.state.accept, needs_selection=False)
        self.addSeparator()
        for text, keys, semitones in (
            ("Up a semitone", "Up", 1),
            ("Down a semitone", "Down", -1),
            ("Up an octave", "Shift+Up", OCTAVE),
            ("Down an octave", "Shift+Down", -OCTAVE),
        ):
            self._add(text, keys, partial(do.move, 0.0, semitones))
        self._add("Earlier by 10 ms", "Alt+Left", partial(do.move, -0.01, 0))
        self._add("Later by 10 ms", "Alt+Right", partial(do.move, 0.01, 0))
        self.addSeparator()
        self._add("Select all", "Ctrl+A", do.select_all, needs_selection=False)
        self._add("Paste", "Ctrl+V", lambda: do.paste(roll.navigation.playhead), needs_selection=False)
        self._add("Split at playhead", "K", lambda: do.split(roll.navigation.playhead), needs_selection=False)
        self._add("Loop", "L", roll.toggle_loop, "loop", needs_selection=False)
        self.addSeparator()
        self._add("Fit song", "F", roll.fit, "fit", needs_selection=False)
        self._add("Zoom to selection", "Z", roll.zoom_to_selection, "zoom-in")
        self._add("Zoom back", "X", roll.zoom_back, needs_selection=False)

    def show_at(self, where: QPoint) -> None:
        """Open the menu without waiting for it."""
        has_selection = bool(self._roll.selection)
        for action in self._needs_selection:
            action.setEnabled(has_selection)
        self._accept.setEnabled(self._roll.state.candidate is not None)
        self._targets.clear()
        for track in self._roll.state.tracks:
            self._targets.addAction(menu_text(track.name))
        self.popup(where)

    def _add(
        self,
        text: str,
        keys: str,
        command: Callable[[], object],
        name: str = "",
        *,
        needs_selection: bool = True,
    ) -> QAction:
        action = QAction(text, self)
        # Shown, not bound: the roll handles its keys itself, and only while it has the focus.
        action.setText(f"{text}\t{QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)}")
        if name:
            action.setIcon(icon(name))
        action.triggered.connect(lambda _is_checked, run=command: run())
        self.addAction(action)
        if needs_selection:
            self._needs_selection.append(action)
        return action

    @Slot(QAction)
    def _on_target_chosen(self, action: QAction) -> None:
        track = self._roll.state.tracks[self._targets.actions().index(action)]
        self._roll.reassign_requested.emit(self._roll.selection, track.instrument)
