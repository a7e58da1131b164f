"""The roll's notes as arrays: sorted per instrument, grown by doubling, cut by binary search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.values import Instrument, Note

Columns = npt.NDArray[np.float64]

ONSET, OFFSET, PITCH, VELOCITY, UNSURE, SELECTED = range(6)
N_COLUMNS = 6
UNSURE_BELOW = 0.5
"""Notes with a lower confidence are drawn as unsure."""


class InstrumentNotes:
    """The notes of one instrument, sorted by onset: values for users, arrays for painting."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.longest = 0.0
        self.mean_duration = 0.0
        self.has_velocities = False
        self.has_confidences = False
        self._columns: Columns = np.empty((N_COLUMNS, 256))

    @property
    def columns(self) -> Columns:
        """(6, n) onset, offset, pitch, velocity, unsure (0 or 1), selected (0 or 1)."""
        return self._columns[:, : len(self.notes)]

    def extend(self, notes: Sequence[Note]) -> None:
        """Add notes; only the part that they overlap is sorted again."""
        if not notes:
            return
        before, after = len(self.notes), len(self.notes) + len(notes)
        if after > self._columns.shape[1]:
            grown = np.empty((N_COLUMNS, max(2 * self._columns.shape[1], after)))
            grown[:, :before] = self._columns[:, :before]
            self._columns = grown
        fresh = self._columns[:, before:after]
        fresh[:] = columns_of(notes)
        self.notes.extend(notes)
        first = int(np.searchsorted(self._columns[ONSET, :before], fresh[ONSET].min(), side="right"))
        tail = self._columns[:, first:after]
        order = np.argsort(tail[ONSET], kind="stable")
        tail[:] = tail[:, order]
        moved = self.notes[first:]
        self.notes[first:] = [moved[i] for i in order.tolist()]
        self.longest = max(self.longest, *(note.duration for note in notes))
        self.mean_duration = float((self.columns[OFFSET] - self.columns[ONSET]).mean())
        velocities = self.columns[VELOCITY]
        self.has_velocities = bool(velocities.min() != velocities.max())
        self.has_confidences = self.has_confidences or any(note.confidence is not None for note in notes)

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Range of indices in which all notes sounding in start-end lie (and some that end earlier)."""
        onsets = self.columns[ONSET]
        first = int(np.searchsorted(onsets, start - self.longest, side="left"))
        last = int(np.searchsorted(onsets, end, side="right"))
        return first, last

    def seen(self, start: float, end: float, low: float, high: float) -> Columns:
        """(6, m) the columns of the notes that touch start-end seconds and low-high pitches."""
        first, last = self.between(start, end)
        part = self.columns[:, first:last]
        mask = (part[OFFSET] > start) & (part[PITCH] > low - 1.0) & (part[PITCH] < high)
        return part if mask.all() else part[:, mask]

    def inside(self, start: float, end: float, low: float, high: float) -> npt.NDArray[np.int64]:
        """Indices of the notes that touch a box; pitches low to high, both included."""
        first, last = self.between(start, end)
        part = self.columns[:, first:last]
        mask = (part[OFFSET] > start) & (part[ONSET] < end) & (part[PITCH] >= low) & (part[PITCH] <= high)
        return np.flatnonzero(mask) + first


class NoteStore:
    """All notes of a song by instrument, and which are selected."""

    def __init__(self) -> None:
        self._parts: dict[Instrument, InstrumentNotes] = {}
        self._selection: dict[Note, None] = {}
        self.has_confidences = False

    def __len__(self) -> int:
        return sum(len(part.notes) for part in self._parts.values())

    @property
    def parts(self) -> dict[Instrument, InstrumentNotes]:
        """Instrument → its notes."""
        return self._parts

    @property
    def selection(self) -> tuple[Note, ...]:
        """The selected notes, in time order."""
        return tuple(sorted(self._selection, key=lambda note: (note.onset, note.pitch)))

    @property
    def end(self) -> float:
        """When the last note ends, in seconds."""
        return max((float(p.columns[OFFSET].max()) for p in self._parts.values() if p.notes), default=0.0)

    @property
    def pitch_range(self) -> tuple[int, int] | None:
        """Lowest and highest pitch that is not a drum, or None."""
        pitches = [p.columns[PITCH] for i, p in self._parts.items() if not i.is_drum and p.notes]
        if not pitches:
            return None
        return int(min(p.min() for p in pitches)), int(max(p.max() for p in pitches))

    @property
    def drum_keys(self) -> tuple[int, ...]:
        """The percussion keys that occur, lowest first."""
        keys: set[int] = set()
        for instrument, part in self._parts.items():
            if instrument.is_drum:
                keys.update(int(key) for key in np.unique(part.columns[PITCH]))
        return tuple(sorted(keys))

    def set(self, notes: Iterable[Note]) -> None:
        """Replace all notes; what was selected and is still there stays so.

        An edit touches few instruments: the others are recognised, and not laid out anew.
        """
        kept, before, grouped = self._selection, self._parts, _grouped(notes)
        self._parts = {
            i: before[i] for i, group in grouped.items() if i in before and before[i].notes == group
        }
        self.has_confidences = False
        for instrument, group in grouped.items():
            self._add(instrument, () if instrument in self._parts else group)
        chosen = {note.instrument for note in kept}
        parts = [part for instrument, part in self._parts.items() if instrument in chosen]
        self.select([note for part in parts for note in part.notes if note in kept])

    def extend(self, notes: Iterable[Note]) -> None:
        """Add notes."""
        for instrument, group in _grouped(notes).items():
            self._add(instrument, group)

    def _add(self, instrument: Instrument, notes: Sequence[Note]) -> None:
        part = self._parts.setdefault(instrument, InstrumentNotes())
        part.extend(notes)
        self.has_confidences = self.has_confidences or part.has_confidences

    def select(self, notes: Collection[Note]) -> None:
        """Select exactly these."""
        self._selection = dict.fromkeys(notes)
        by_instrument: dict[Instrument, set[Note]] = {}
        for note in self._selection:
            by_instrument.setdefault(note.instrument, set()).add(note)
        for instrument, part in self._parts.items():
            part.columns[SELECTED] = 0.0
            chosen = by_instrument.get(instrument)
            if not chosen:
                continue
            first, _ = part.between(min(n.onset for n in chosen), 0.0)
            _, last = part.between(0.0, max(n.onset for n in chosen))
            for index in range(first, last):
                if part.notes[index] in chosen:
                    part.columns[SELECTED, index] = 1.0

    def has(self, note: Note) -> bool:
        """Whether a note is here."""
        part = self._parts.get(note.instrument)
        if part is None:
            return False
        first, last = part.between(note.onset, note.onset)
        return note in part.notes[first:last]

    def is_selected(self, note: Note) -> bool:
        """Whether a note is selected."""
        return note in self._selection

    def in_box(
        self, instruments: Iterable[Instrument], start: float, end: float, low: float, high: float
    ) -> tuple[Note, ...]:
        """The notes of some instruments that touch a box."""
        found: list[Note] = []
        for instrument in instruments:
            part = self._parts.get(instrument)
            if part is not None:
                found += [part.notes[i] for i in part.inside(start, end, low, high).tolist()]
        return tuple(found)

    def keys_at(
        self, instruments: Iterable[Instrument], seconds: float, *, at_least: float = 0.0
    ) -> frozenset[int]:
        """The keys of the notes of some instruments that sound at a time, short ones `at_least` so long."""
        keys: list[int] = []
        for instrument in instruments:
            part = self._parts.get(instrument)
            if part is not None:
                first, last = part.between(seconds - at_least, seconds)
                columns = part.columns[:, first:last]
                ends = np.maximum(columns[OFFSET], columns[ONSET] + at_least)
                keys += columns[PITCH, ends > seconds].astype(int).tolist()
        return frozenset(keys)

    def nearest_onset(self, instruments: Iterable[Instrument], seconds: float) -> float | None:
        """When that note of some instruments begins which begins nearest to a time, or None without any."""
        near: list[float] = []
        for instrument in instruments:
            part = self._parts.get(instrument)
            if part is not None and part.notes:
                onsets = part.columns[ONSET]
                index = int(np.searchsorted(onsets, seconds))
                near += onsets[max(index - 1, 0) : index + 1].tolist()
        return min(near, key=lambda onset: abs(onset - seconds), default=None)

    def in_order(self, instruments: Collection[Instrument]) -> list[Note]:
        """The notes of some instruments in time order: for stepping from one to the next."""
        notes = [note for i, part in self._parts.items() if i in instruments for note in part.notes]
        return sorted(notes, key=lambda note: (note.onset, note.pitch))


def columns_of(notes: Sequence[Note]) -> Columns:
    """(6, n) columns of some notes, none selected."""
    n = len(notes)
    columns = np.zeros((N_COLUMNS, n))
    columns[ONSET] = np.fromiter((note.onset for note in notes), np.float64, n)
    columns[OFFSET] = np.fromiter((note.offset for note in notes), np.float64, n)
    columns[PITCH] = np.fromiter((note.pitch for note in notes), np.float64, n)
    columns[VELOCITY] = np.fromiter((note.velocity for note in notes), np.float64, n)
    columns[UNSURE] = np.fromiter(
        (note.confidence is not None and note.confidence < UNSURE_BELOW for note in notes), np.float64, n
    )
    return columns


def _grouped(notes: Iterable[Note]) -> dict[Instrument, list[Note]]:
    """Instrument → its notes, in the order given."""
    grouped: dict[Instrument, list[Note]] = {}
    for note in notes:
        grouped.setdefault(note.instrument, []).append(note)
    return grouped
