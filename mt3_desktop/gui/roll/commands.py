"""What can be done to the selection, by key, menu or action: each is a wish for the document."""

from __future__ import annotations

from collections.abc import Iterable

from mt3_desktop.core.tempo import grid_step
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll import editing
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import Viewport


class NoteCommands:
    """Commands on the selected notes."""

    def __init__(self, state: RollState, viewport: Viewport) -> None:
        self._state = state
        self._viewport = viewport
        self._copied: tuple[Note, ...] = ()

    def select_all(self) -> None:
        """Select every note that is shown."""
        self._state.select(self._state.store.in_order(self._state.shown))

    def select_none(self) -> None:
        """Select nothing."""
        self._state.select(())

    def select_keys(self, keys: Iterable[int], *, is_drum: bool, is_adding: bool = False) -> None:
        """Select all notes of some pitches or drums, with `is_adding` besides what is selected."""
        state = self._state
        instruments = [instrument for instrument in state.shown if instrument.is_drum == is_drum]
        end = state.store.end + 1.0
        found = [note for key in keys for note in state.store.in_box(instruments, -1.0, end, key, key)]
        kept = state.store.selection if is_adding else ()
        state.select(dict.fromkeys((*kept, *found)))

    def delete(self) -> None:
        """Take the selected notes away."""
        self._state.request(editing.deleted(self._state.store.selection))

    def duplicate(self) -> None:
        """Put a copy of the selection behind it."""
        notes = self._state.store.selection
        if notes:
            length = max(note.offset for note in notes) - notes[0].onset
            self._state.request(editing.moved(notes, length, 0, is_copy=True))

    def move(self, seconds: float, semitones: int) -> None:
        """Move the selection; its first note sounds at the new pitch."""
        edit = editing.moved(self._state.store.selection, seconds, semitones)
        self._state.request(edit)
        if edit is not None and semitones:
            self._state.note_clicked.emit(edit.after[0])

    def transpose(self, semitones: int) -> None:
        """Move the selection up or down, or the view where nothing is selected."""
        if self._state.store.selection:
            self.move(0.0, semitones)
        else:
            self._viewport.scroll_pitch(float(semitones))

    def nudge_by_grid(self, steps: int) -> None:
        """Move the selection by grid steps (by a tenth of a second where there is no grid)."""
        notes = self._state.store.selection
        if notes:
            self.move(steps * grid_step(notes[0].onset, self._state.beats), 0)

    def resize_by_grid(self, steps: int) -> None:
        """Let the selection end later or earlier by grid steps, or tenths of a second."""
        notes = self._state.store.selection
        if notes:
            seconds = steps * grid_step(notes[0].onset, self._state.beats)
            self._state.request(editing.resized(notes, seconds, at_start=False))

    def change_velocity(self, steps: int) -> None:
        """Make the selection louder or softer."""
        self._state.request(editing.louder(self._state.store.selection, steps))

    def join(self) -> None:
        """Make one note of those that share pitch and instrument."""
        self._state.request(editing.joined(self._state.store.selection))

    def split(self, seconds: float) -> None:
        """Cut the selected notes (or, without a selection, all) that sound at a time."""
        state = self._state
        notes = state.store.selection or tuple(state.store.in_order(state.shown))
        state.request(editing.split(notes, seconds))

    def quantise(self) -> None:
        """Bring the selection onto the grid, where there are beats."""
        self._state.request(editing.quantised(self._state.store.selection, self._state.beats))

    def copy(self) -> None:
        """Keep the selection for `paste`."""
        self._copied = self._state.store.selection or self._copied

    def cut(self) -> None:
        """Keep the selection for `paste` and take it away."""
        self.copy()
        self.delete()

    def paste(self, seconds: float) -> None:
        """Put what was copied where its first note begins at a time."""
        self._state.request(editing.pasted(self._copied, seconds))

    def step(self, direction: int, *, is_extending: bool = False) -> None:
        """Go to the next (1) or previous (-1) note or candidate, and let it sound."""
        state = self._state
        note = state.step(direction)
        if note is None:
            return
        kept = state.store.selection if is_extending else ()
        state.select([*kept, *(() if state.candidates.has(note) else (note,))])
        state.set_focus_note(note)
        self._viewport.reveal(note.onset, note.offset, None if note.is_drum else note.pitch)
        state.note_clicked.emit(note)
