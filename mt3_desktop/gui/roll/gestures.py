"""What happens between pressing and releasing the mouse on the notes: one class per gesture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt

from mt3_desktop.core.tempo import grid_step
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll import editing
from mt3_desktop.gui.roll.editing import NoteEdit
from mt3_desktop.gui.roll.state import RollState

LOCK_PX = 4.0
"""A drag starts here, along the axis that moved more…"""
UNLOCK_PX = 12.0
"""…and gets the other axis too from here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pointer is.

    Attributes:
        pixel: in the canvas.
        seconds: in time.
        row: height in rows; the fraction counts.
        key: pitch or percussion key of the row.
    """

    pixel: QPointF
    seconds: float
    row: float
    key: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a gesture shows before it ends.

    Attributes:
        ghosts: notes as they would be.
        band: rubber band in seconds × rows, or None.
    """

    ghosts: tuple[Note, ...] = ()
    band: QRectF | None = None


class Gesture(Protocol):
    """A press, its moves, and its end."""

    def move(self, place: Place, modifiers: Qt.KeyboardModifier) -> Preview:
        """The pointer moved; returns what to show."""
        ...

    def finish(self) -> None:
        """The button was released: do it."""
        ...

    def cancel(self) -> None:
        """Esc: leave everything as it was."""
        ...


class AxisLock:
    """Keeps a drag on the axis it began with, until it clearly leaves it."""

    def __init__(self) -> None:
        self._axis = ""

    def filtered(self, delta: QPointF, *, is_forced: bool) -> QPointF:
        """The part of a drag that counts; (0, 0) before it starts. `is_forced` never frees the other axis."""
        across, up = abs(delta.x()), abs(delta.y())
        if not self._axis:
            if max(across, up) < LOCK_PX:
                return QPointF(0.0, 0.0)
            self._axis = "x" if across >= up else "y"
        if self._axis != "both" and not is_forced:
            other = up if self._axis == "x" else across
            if other > UNLOCK_PX:
                self._axis = "both"
        if self._axis == "both":
            if not is_forced:
                return delta
            return QPointF(delta.x(), 0.0) if across >= up else QPointF(0.0, delta.y())
        return QPointF(delta.x(), 0.0) if self._axis == "x" else QPointF(0.0, delta.y())


class MoveNotes:
    """Drags the selected notes in time and pitch; Ctrl copies, Alt leaves the grid, Shift keeps one axis."""

    def __init__(self, state: RollState, grabbed: Note, start: Place, seconds_per_pixel: float) -> None:
        self._state = state
        self._grabbed = grabbed
        self._notes = state.store.selection
        self._start = start
        self._scale = seconds_per_pixel
        self._lock = AxisLock()
        self._edit: NoteEdit | None = None
        self._sounded = grabbed.pitch

    def move(self, place: Place, modifiers: Qt.KeyboardModifier) -> Preview:
        """Follow the pointer."""
        delta = self._lock.filtered(
            place.pixel - self._start.pixel, is_forced=bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        )
        seconds = delta.x() * self._scale
        if seconds:
            target = self._grabbed.onset + seconds
            is_free = bool(modifiers & Qt.KeyboardModifier.AltModifier)
            seconds = self._state.snapped(target, is_suspended=is_free) - self._grabbed.onset
        semitones = place.key - self._start.key if delta.y() else 0
        is_copy = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        self._edit = editing.moved(self._notes, seconds, semitones, is_copy=is_copy)
        pitch = self._grabbed.pitch + semitones
        if pitch != self._sounded and not self._grabbed.is_drum and self._edit is not None:
            self._sounded = pitch
            index = self._notes.index(self._grabbed)
            self._state.note_clicked.emit(self._edit.after[index])
        return Preview(self._edit.after if self._edit else ())

    def finish(self) -> None:
        """Wish for the move."""
        self._state.request(self._edit)

    def cancel(self) -> None:
        """Forget it."""
        self._edit = None


class ResizeNotes:
    """Drags the start or the end of the selected notes."""

    def __init__(self, state: RollState, grabbed: Note, start: Place, *, at_start: bool) -> None:
        self._state = state
        self._notes = state.store.selection
        self._edge = grabbed.onset if at_start else grabbed.offset
        self._start = start
        self._at_start = at_start
        self._edit: NoteEdit | None = None

    def move(self, place: Place, modifiers: Qt.KeyboardModifier) -> Preview:
        """Follow the pointer in time."""
        if abs(place.pixel.x() - self._start.pixel.x()) < LOCK_PX and self._edit is None:
            return Preview()
        target = self._edge + place.seconds - self._start.seconds
        is_free = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        seconds = self._state.snapped(target, is_suspended=is_free) - self._edge
        self._edit = editing.resized(self._notes, seconds, at_start=self._at_start)
        return Preview(self._edit.after if self._edit else ())

    def finish(self) -> None:
        """Wish for the new lengths."""
        self._state.request(self._edit)

    def cancel(self) -> None:
        """Forget it."""
        self._edit = None


class DrawNote:
    """Draws a note from where the button went down to where it is released."""

    def __init__(
        self, state: RollState, start: Place, instrument: Instrument, default_seconds: float
    ) -> None:
        self._state = state
        self._instrument = instrument
        self._key = start.key
        self._onset = max(state.snapped(start.seconds, is_suspended=False), 0.0)
        self._start = start
        step = grid_step(start.seconds, state.beats) if state.beats else default_seconds
        self._offset = self._onset + step
        self._edit: NoteEdit | None = editing.added(self._onset, self._offset, self._key, instrument)

    def move(self, place: Place, modifiers: Qt.KeyboardModifier) -> Preview:
        """Follow the pointer: its end is the note's end."""
        if abs(place.pixel.x() - self._start.pixel.x()) >= LOCK_PX:
            is_free = bool(modifiers & Qt.KeyboardModifier.AltModifier)
            self._offset = self._state.snapped(place.seconds, is_suspended=is_free)
        self._edit = editing.added(self._onset, self._offset, self._key, self._instrument)
        return Preview(self._edit.after)

    def finish(self) -> None:
        """Wish for the note, and let it sound."""
        if self._edit is not None:
            self._state.request(self._edit)
            self._state.note_clicked.emit(self._edit.after[0])

    def cancel(self) -> None:
        """Forget it."""
        self._edit = None


class BoxSelect:
    """Selects what a rubber band touches; with Ctrl or Shift in addition to what was selected."""

    def __init__(
        self, state: RollState, start: Place, keys: Sequence[int], *, is_drum: bool, is_adding: bool
    ) -> None:
        self._state = state
        self._start = start
        self._keys = keys
        self._is_drum = is_drum
        self._before = state.store.selection
        self._kept = self._before if is_adding else ()
        if not is_adding:
            state.select(())

    def move(self, place: Place, modifiers: Qt.KeyboardModifier) -> Preview:
        """Select what lies between."""
        start, end = sorted((self._start.seconds, place.seconds))
        bottom, top = sorted((self._start.row, place.row))
        low, high = self._key(bottom), self._key(top)
        instruments = [i for i in self._state.shown if i.is_drum == self._is_drum]
        found = self._state.store.in_box(instruments, start, end, low, high)
        if self._is_drum:
            found = tuple(note for note in found if note.onset >= start and note.pitch in self._keys)
        self._state.select(dict.fromkeys((*self._kept, *found)))
        return Preview(band=QRectF(start, bottom, end - start, top - bottom))

    def finish(self) -> None:
        """The selection stays; its first note gets the focus."""
        selection = self._state.store.selection
        if selection:
            self._state.set_focus_note(selection[0])

    def cancel(self) -> None:
        """Select what was selected before."""
        self._state.select(self._before)

    def _key(self, row: float) -> int:
        return self._keys[min(max(int(row), 0), len(self._keys) - 1)]
