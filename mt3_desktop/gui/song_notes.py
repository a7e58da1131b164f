"""What is done to notes with the help of the model or the recording: reverting, and guessing velocities."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMetaObject, QObject, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.messages import Messages
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.reverting import Passage
from mt3_desktop.app.user_message import Level, UserMessage
from mt3_desktop.core.audio.loudness import shaped
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.values import Note
from mt3_desktop.gui.actions import Actions
from mt3_desktop.gui.model_commands import ModelCommands
from mt3_desktop.gui.roll.command_table import ROLL_COMMANDS
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.song_player import SongPlayer

NOTHING_EDITED = UserMessage(
    Level.INFO, "Nothing to revert", "These notes are as the model gave them, and none between them is gone."
)
NO_RECORDING = UserMessage(
    Level.INFO,
    "The recording isn't there yet",
    "Velocities are guessed from how loud it is. No note was changed.",
)


class SongNotes(QObject):
    """Connects the document on show, the roll and the commands."""

    def __init__(
        self,
        roll: RollView,
        actions: Actions,
        messages: Messages,
        parent: QObject,
        *,
        sound: SongPlayer,
        models: ModelCommands,
    ) -> None:
        """Bind nothing yet.

        Args:
            roll: has the selection and the waveform.
            actions: enabled where they make sense.
            messages: where it is said that there is nothing to do.
            parent: owner.
            sound: has the loop, which is meant where nothing is selected.
            models: know which of them hear velocities.
        """
        super().__init__(parent)
        self._roll, self._actions, self._messages = roll, actions, messages
        self._sound, self._models = sound, models
        self._document: TranscriptionDocument | None = None
        self._came: tuple[Note, ...] = ()
        self._connections: list[QMetaObject.Connection] = []
        roll.selection_changed.connect(self._refresh)
        roll.revert_requested.connect(self._revert)
        roll.loop_changed.connect(self._refresh)
        roll.loop_switched.connect(self._refresh)
        roll.state.tool_changed.connect(actions["draw"].setChecked)
        roll.state.snapping_changed.connect(actions["snap"].setChecked)
        actions["snap"].setChecked(roll.state.is_snapping)
        roll.show_tools(actions["draw"], actions["snap"])
        self.show(None)

    def slots(self) -> dict[str, Callable[[], object]]:
        """What the commands do."""
        return {"revert": self._revert, "shape_by_loudness": self._shape_by_loudness}

    def show(self, document: TranscriptionDocument | None) -> None:
        """Work on a document, or on nothing."""
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections = []
        self._document = document
        if document is not None:
            self._connections = [
                document.notes_appended.connect(self._refresh),
                document.notes_changed.connect(self._on_notes_changed),
            ]
        self._refresh()

    @Slot(object)
    def _on_notes_changed(self, diff: NoteDiff) -> None:
        self._came = diff.added
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        document = self._document
        has_notes = document is not None and document.n_notes > 0
        is_edited = document is not None and document.is_edited
        is_meant = bool(self._roll.selection) or self._sound.loop is not None
        has_selection = bool(self._roll.selection)
        for command in ROLL_COMMANDS:
            if command.menu in ("Edit", "Notes"):
                is_possible = document is not None and (has_selection or not command.needs_selection)
                self._actions[command.id].setEnabled(is_possible)
        self._actions["bake"].setEnabled(document is not None and document.rules != Rules())
        self._actions["copy_selection"].setEnabled(has_selection)
        self._actions["revert"].setEnabled(is_edited and is_meant)
        self._actions["shape_by_loudness"].setEnabled(has_notes)
        self._roll.inspector.set_flat_velocity(self._flat_velocity())

    def _flat_velocity(self) -> int | None:
        """The velocity that a model which hears none gives to all its notes."""
        document = self._document
        if document is None or self._models.hears_velocities(document.model_id):
            return None
        heard = document.progress.notes
        return heard[0].velocity if heard else None

    @Slot()
    def _revert(self) -> None:
        """Put back what the model said of the selection, or of the loop if nothing is selected."""
        document, selection, loop = self._document, self._roll.selection, self._sound.loop
        if document is None:
            return
        if selection:
            passage, meant = Passage.around(selection), selection
        elif loop is not None:
            passage = Passage(*loop)
            meant = tuple(note for note in document.edited if passage.has(note))
        else:
            return
        if not document.revert(meant, passage):
            self._messages.post(NOTHING_EDITED)
        elif selection:
            self._roll.select((*self._roll.selection, *self._came))

    def _shape_by_loudness(self) -> None:
        """Guess the velocities of the selection, or of all notes if nothing is selected."""
        document, peaks = self._document, self._roll.peaks
        if document is None:
            return
        if peaks is None:
            self._messages.post(NO_RECORDING)
            return
        selection = self._roll.selection
        notes = selection or document.edited
        made = shaped(notes, peaks.low, peaks.high, seconds=peaks.seconds)
        document.replace_notes(notes, made, "Shape by loudness")
        if selection:
            self._roll.select(made)
