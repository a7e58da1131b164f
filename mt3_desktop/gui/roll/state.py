"""What the parts of the roll share: notes, tracks, selection, focus, tool, grid."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QObject, Signal

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.instruments import DRUMS
from mt3_desktop.core.tempo import Beats, snap
from mt3_desktop.core.tracks import Track, visible
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.editing import NoteEdit
from mt3_desktop.gui.roll.spoken import POSSIBLE, describe, tooltip
from mt3_desktop.gui.roll.store import NoteStore

PIANO = Instrument(0)


class RollState(QObject):
    """The song as the roll knows it, and what the user is about to do with it.

    Attributes:
        store: its notes.
        candidates: what might be notes.
        offered_by: another model that heard the candidates; "" if it is this one that doubts them.
        sounding: notes that are not final yet.
        beats: the user's bars, or None.

    Signals:
        selection_changed: tuple[Note, ...], in time order.
        focus_changed: Note or None; the note that arrows step from.
        note_clicked: Note, to be sounded.
        edit_requested: NoteEdit, to be applied by the document.
        candidate_accepted: Note, a candidate that is to become a note.
        tool_changed: bool, whether clicks draw notes.
        snapping_changed: bool, whether drags stop at grid steps.
    """

    selection_changed = Signal(object)
    focus_changed = Signal(object)
    note_clicked = Signal(object)
    edit_requested = Signal(object)
    candidate_accepted = Signal(object)
    tool_changed = Signal(bool)
    snapping_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = NoteStore()
        self.candidates = NoteStore()
        self.offered_by = ""
        self.sounding: tuple[Note, ...] = ()
        self.beats: Beats | None = None
        self._is_snapping = True
        self._tracks: tuple[Track, ...] = ()
        self._shown: frozenset[Instrument] = frozenset()
        self._focus: Note | None = None
        self._draw_with: Instrument | None = None
        self._is_drawing = False
        self._awaited: tuple[Note, ...] | None = None

    # --- tracks ---

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks of the song."""
        return self._tracks

    @property
    def shown(self) -> frozenset[Instrument]:
        """The instruments that are drawn and can be edited."""
        return self._shown

    def set_tracks(self, tracks: tuple[Track, ...]) -> None:
        """Hand in the tracks; what is hidden leaves the selection."""
        self._tracks = tracks
        self._shown = visible(tracks)
        hidden = [note for note in self.store.selection if note.instrument not in self._shown]
        if hidden:
            self.select([note for note in self.store.selection if note.instrument in self._shown])

    def track_name(self, note: Note) -> str:
        """Name of a note's track."""
        return next((t.name for t in self._tracks if t.instrument == note.instrument), "")

    def describe(self, note: Note) -> str:
        """A note or a candidate in words, for those who hear the screen."""
        return describe(note, self.track_name(note), offer=self._offer(note))

    def tip(self, note: Note) -> str:
        """A note or a candidate in some lines, for who hovers it."""
        return tooltip(note, self.track_name(note), offer=self._offer(note))

    def _offer(self, note: Note) -> str:
        """What it is that can be accepted; "" for notes."""
        if not self.candidates.has(note):
            return ""
        return f"Heard by {self.offered_by}" if self.offered_by else POSSIBLE

    def instrument_to_draw(self, *, is_drum: bool) -> Instrument:
        """What a note drawn by hand belongs to: the last one clicked, else the first track."""
        if is_drum:
            return DRUMS
        if self._draw_with is not None and not self._draw_with.is_drum:
            return self._draw_with
        return next((t.instrument for t in self._tracks if not t.instrument.is_drum), PIANO)

    def draw_with(self, instrument: Instrument) -> None:
        """Choose what notes drawn by hand belong to."""
        self._draw_with = instrument

    # --- notes and selection ---

    @property
    def pitch_range(self) -> tuple[int, int] | None:
        """Lowest and highest pitch that is not a drum, of sounding notes too, or None."""
        pitches = [note.pitch for note in self.sounding if not note.is_drum]
        pitches += self.store.pitch_range or ()
        return (min(pitches), max(pitches)) if pitches else None

    @property
    def drum_keys(self) -> tuple[int, ...]:
        """The percussion keys that have something to show, lowest first."""
        sounding = {note.pitch for note in self.sounding if note.is_drum}
        return tuple(sorted(sounding.union(self.store.drum_keys, self.candidates.drum_keys)))

    def set_notes(self, notes: Iterable[Note]) -> None:
        """Replace all notes."""
        before = self.store.selection
        self.store.set(notes)
        self._settle(before)

    def change(self, diff: NoteDiff) -> None:
        """Take over what became of the notes. After an edit of ours its outcome is selected."""
        before = self.store.selection
        self.store.change(diff)
        self._settle(before)

    def _settle(self, before: tuple[Note, ...]) -> None:
        """Find selection and focus among other notes.

        Args:
            before: what was selected among the notes from before.
        """
        if self._awaited is not None:
            awaited, self._awaited = self._awaited, None
            self.store.select(awaited)
        if self._focus is not None and not self.store.is_selected(self._focus):
            selection = self.store.selection
            self.set_focus_note(selection[0] if selection else None)
        if self.store.selection != before:
            self.selection_changed.emit(self.store.selection)

    def select(self, notes: Collection[Note]) -> None:
        """Select exactly these."""
        before = self.store.selection
        self.store.select(notes)
        if self.store.selection != before:
            self.selection_changed.emit(self.store.selection)

    def toggle(self, note: Note) -> None:
        """Add a note to the selection, or take it out."""
        others = [other for other in self.store.selection if other != note]
        self.select(others if self.store.is_selected(note) else [*others, note])

    def set_candidates(self, notes: Iterable[Note]) -> None:
        """Replace what might be notes; the focus leaves one that is gone."""
        was_candidate = self.candidate is not None
        self.candidates.set(notes)
        if was_candidate and self.candidate is None:
            self.set_focus_note(None)

    @property
    def candidate(self) -> Note | None:
        """The candidate that has the focus, or None."""
        note = self._focus
        return note if note is not None and self.candidates.has(note) else None

    @property
    def focus_note(self) -> Note | None:
        """The note that arrows step from."""
        return self._focus

    def set_focus_note(self, note: Note | None) -> None:
        """Move the focus."""
        if note is not self._focus:
            self._focus = note
            if note is not None:
                self._draw_with = note.instrument
            self.focus_changed.emit(note)

    def pick(self, seconds: float, key: int, *, is_drum: bool, reach: float = 0.0) -> Note | None:
        """The note drawn on top at a place, or None.

        Args:
            seconds: where in time.
            key: pitch or percussion key.
            is_drum: which of the two.
            reach: seconds to both sides of an onset that still hit a drum's diamond.
        """
        return _pick(self.store, self._shown, seconds, key, is_drum=is_drum, reach=reach)

    def pick_candidate(self, seconds: float, key: int, *, is_drum: bool, reach: float = 0.0) -> Note | None:
        """As `pick`, the candidate at a place."""
        shown = self.shown_candidates
        return _pick(self.candidates, shown, seconds, key, is_drum=is_drum, reach=reach)

    @property
    def shown_candidates(self) -> frozenset[Instrument]:
        """The instruments of candidates that are drawn: all but those of hidden tracks."""
        hidden = {track.instrument for track in self._tracks} - self._shown
        return frozenset(self.candidates.parts) - hidden

    def step(self, direction: int) -> Note | None:
        """The next (1) or previous (-1) note or candidate after the focus, or the first (last) one."""
        notes = self.store.in_order(self._shown)
        candidates = self.candidates.in_order(self.shown_candidates)
        if candidates:
            notes = sorted((*notes, *candidates), key=_order)
        if not notes:
            return None
        if self._focus is None or self._focus not in notes:
            return notes[0] if direction > 0 else notes[-1]
        index = min(max(notes.index(self._focus) + direction, 0), len(notes) - 1)
        return notes[index]

    # --- wishes ---

    @property
    def is_drawing(self) -> bool:
        """Whether a click on an empty place draws a note."""
        return self._is_drawing

    def set_drawing(self, is_drawing: bool) -> None:
        """Choose between drawing and selecting."""
        if is_drawing != self._is_drawing:
            self._is_drawing = is_drawing
            self.tool_changed.emit(is_drawing)

    @property
    def is_snapping(self) -> bool:
        """Whether drags stop at grid steps, where there are beats."""
        return self._is_snapping

    def set_snapping(self, is_snapping: bool) -> None:
        """Choose whether drags stop at grid steps."""
        if is_snapping != self._is_snapping:
            self._is_snapping = is_snapping
            self.snapping_changed.emit(is_snapping)

    def snapped(self, seconds: float, *, is_suspended: bool) -> float:
        """A time on the grid, where there is one and snapping is on."""
        if is_suspended or not self.is_snapping:
            return seconds
        return snap(seconds, self.beats)

    def request(self, edit: NoteEdit | None) -> None:
        """Pass a wish on; its outcome will be selected when the notes come back."""
        if edit is None:
            return
        self._awaited = edit.after
        self.edit_requested.emit(edit)
        self._awaited = None

    def accept(self) -> bool:
        """Wish for the candidate that has the focus to become a note; tells whether one has it."""
        note = self.candidate
        if note is None:
            return False
        self._awaited = (note,)
        self.candidate_accepted.emit(note)
        self._awaited = None
        return True


def _pick(
    store: NoteStore,
    shown: Collection[Instrument],
    seconds: float,
    key: int,
    *,
    is_drum: bool,
    reach: float,
) -> Note | None:
    """The note of a store that is drawn on top at a place, or None."""
    instruments = [i for i in shown if i.is_drum == is_drum]
    if is_drum:
        hits = store.in_box(instruments, seconds - reach - 60.0, seconds + reach, key, key)
        near = [note for note in hits if abs(note.onset - seconds) <= reach]
        return min(near, key=lambda note: abs(note.onset - seconds), default=None)
    hits = store.in_box(instruments, seconds - 1e-9, seconds + 1e-9, key, key)
    return max(hits, key=lambda note: (store.is_selected(note), note.onset), default=None)


def _order(note: Note) -> tuple[float, int]:
    return note.onset, note.pitch
