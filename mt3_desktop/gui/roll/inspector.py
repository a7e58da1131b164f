"""The inspector: the values of the selected notes in a line below the roll, to be read and typed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from mt3_desktop.app.wording import counted
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.editing import NoteEdit
from mt3_desktop.gui.roll.note_values import (
    duration_text,
    onset_text,
    velocity_text,
    with_duration,
    with_onset,
    with_pitch,
    with_velocity,
)
from mt3_desktop.gui.roll.spoken import POSSIBLE, note_name
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.track_controls import ElidedLabel

DIFFERENT = "–"
NOT_ESTIMATED = "Not estimated by this model"
_NAME_LETTERS = 8
_LEAST_NAME_PX = 80


@dataclass(frozen=True, slots=True)
class Value:
    """Something that notes have.

    Attributes:
        caption: what it is called.
        widest: the longest text that is shown whole.
        text: note → what is shown.
        changed: (note, typed text) → the note as typed, or None if it makes no sense.
        is_for_all: whether it can be typed over where the notes differ.
        tip: what typing does.
    """

    caption: str
    widest: str
    text: Callable[[Note], str]
    changed: Callable[[Note, str], Note | None]
    is_for_all: bool
    tip: str


VALUES = (
    Value("Pitch", "B♭-1 00", note_name, with_pitch, False, "A name like C4, or a number"),
    Value("Start", "00:00.00", onset_text, with_onset, False, "Seconds, or minutes:seconds"),
    Value("Length", "00.00 s", duration_text, with_duration, True, "Seconds"),
    Value("Velocity", "127", velocity_text, with_velocity, True, "1 to 127"),
)


class Inspector(QWidget):
    """Shows what the selected notes have in common; what is typed is a wish, like a drag.

    A candidate that has the focus is shown too, and can't be changed.

    Signals:
        track_chosen: tuple[Note, ...], Instrument: give these notes to a track.
        left: the keys are to go back to the notes.
    """

    track_chosen = Signal(object, object)
    left = Signal()

    def __init__(self, state: RollState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._notes: tuple[Note, ...] = ()
        self._flat: int | None = None
        self.setAccessibleName("Selected notes")
        self.count = _caption("Which notes")
        self.track = QComboBox()
        self.track.setAccessibleName("Track")
        self.track.setToolTip("The track of the selected notes")
        self.track.setPlaceholderText("Several tracks")
        self.track.setMinimumContentsLength(_NAME_LETTERS)
        self.track.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.track.setMinimumWidth(_LEAST_NAME_PX)
        self.boxes = tuple(_ValueBox(value) for value in VALUES)
        self.remark = ElidedLabel()
        self.remark.setProperty("role", "caption")
        self.remark.setAccessibleName("Remark")
        self.remark.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 0)
        row.setSpacing(6)
        row.addWidget(self.count)
        row.addWidget(self.track)
        for box in self.boxes:
            if box is not self.pitch:  # "C4" says what it is
                row.addWidget(box.caption)
            row.addWidget(box)
            box.typed.connect(self._on_typed)
            box.left.connect(self.left)
        row.addWidget(self.remark, 1)
        self.track.setProperty("role", "compact")
        for widget in (self.track, *self.boxes):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)  # the roll keeps its height
            widget.setSizePolicy(policy)
        self.track.activated.connect(self._on_track_activated)
        state.selection_changed.connect(self._refresh)
        state.focus_changed.connect(self._refresh)
        self._refresh()

    def take_focus(self) -> bool:
        """Begin to type over the first value that can be; tells whether there is one."""
        box = next((box for box in self.boxes if box.isEnabled()), None)
        if box is not None:
            box.setFocus(Qt.FocusReason.ShortcutFocusReason)
            box.selectAll()
        return box is not None

    @property
    def pitch(self) -> QLineEdit:
        """The first value, where one begins to type."""
        return self.boxes[0]

    def set_flat_velocity(self, velocity: int | None) -> None:
        """Say of notes with this velocity that the model did not estimate it; None: it estimates them."""
        self._flat = velocity
        self._refresh()

    def refresh_tracks(self) -> None:
        """Tracks came, went or were renamed."""
        self._refresh()

    # --- inside ---

    @Slot()
    def _refresh(self) -> None:
        state, candidate = self._state, self._state.candidate
        selection = state.store.selection
        self._notes = selection or (() if candidate is None else (candidate,))
        is_ours = bool(selection)
        if is_ours:
            self.count.setText(counted(len(selection), "note") if len(selection) > 1 else "")
        else:
            self.count.setText((state.offered_by or POSSIBLE) if self._notes else "Nothing selected")
        self.count.setVisible(bool(self.count.text()))
        for box in self.boxes:
            box.show_values(self._notes, is_editable=is_ours)
        self._show_track(is_ours)
        self.remark.setText(self._remark())
        self.remark.setToolTip(self.remark.text())

    def _show_track(self, is_editable: bool) -> None:
        tracks, used = self._state.tracks, {note.instrument for note in self._notes}
        with QSignalBlocker(self.track):
            self.track.clear()
            for track in tracks:
                self.track.addItem(track.name)
            places = [place for place, track in enumerate(tracks) if track.instrument in used]
            self.track.setCurrentIndex(places[0] if len(places) == 1 else -1)
        self.track.setVisible(bool(self._notes))
        self.track.setEnabled(is_editable)

    def _remark(self) -> str:
        """How sure the model was, or that it says nothing of velocities."""
        shares = [note.confidence for note in self._notes if note.confidence is not None]
        if shares:
            low, high = round(100 * min(shares)), round(100 * max(shares))
            return f"Confidence {low} %" if low == high else f"Confidence {low}–{high} %"
        is_flat = self._flat is not None and any(note.velocity == self._flat for note in self._notes)
        return NOT_ESTIMATED if is_flat else ""

    @Slot(object, str)
    def _on_typed(self, value: Value, text: str) -> None:
        after = [value.changed(note, text) for note in self._notes]
        made = tuple(note for note in after if note is not None)
        if len(made) == len(self._notes) and made != self._notes:
            self._state.request(NoteEdit(f"Change {value.caption.lower()}", self._notes, made))
        self._refresh()  # what makes no sense is not left standing

    @Slot(int)
    def _on_track_activated(self, place: int) -> None:
        instrument = self._state.tracks[place].instrument
        if any(note.instrument != instrument for note in self._notes):
            self.track_chosen.emit(self._notes, instrument)
        self.left.emit()


class _ValueBox(QLineEdit):
    """One value, with its caption.

    Signals:
        typed: (Value, text: str) another text was entered.
        left: Return or Esc: done with typing.
    """

    typed = Signal(object, str)
    left = Signal()

    def __init__(self, value: Value) -> None:
        super().__init__()
        self._value = value
        self._shown = ""
        self.setAccessibleName(value.caption)
        self.setToolTip(f"{value.caption} of the selected notes: {value.tip[0].lower()}{value.tip[1:]}")
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(value.widest) + 18)
        self.setProperty("role", "compact")
        self.caption = _caption("")
        self.caption.setText(value.caption)
        self.caption.setBuddy(self)
        self.editingFinished.connect(self._on_editing_finished)

    def show_values(self, notes: Sequence[Note], *, is_editable: bool) -> None:
        """Show what the notes have in common."""
        first = self._value.text(notes[0]) if notes else ""
        is_common = all(self._value.text(note) == first for note in notes)
        self._shown = first if is_common else ""
        self.setText(self._shown)
        self.setCursorPosition(0)
        self.setPlaceholderText("" if is_common else DIFFERENT)
        self.setEnabled(is_editable and (is_common or self._value.is_for_all))
        self.setVisible(bool(notes))
        if self.caption.parentWidget() is not None:  # else it would be a window of its own
            self.caption.setVisible(bool(notes))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return enters the text, Esc brings the old one back; both end it."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._shown)
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            self.left.emit()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_editing_finished(self) -> None:
        text = self.text().strip()
        if text != self._shown:
            self._shown = text  # losing the focus says it again
            self.typed.emit(self._value, text)


def _caption(name: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "caption")
    if name:
        label.setAccessibleName(name)
    return label
