"""The roll's notes as arrays: sorted per instrument, grown by doubling, cut by binary search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import compress
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.note_rows import by_instrument, onset_of, rows_of
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
        self._measure()

    def remove(self, notes: Collection[Note]) -> None:
        """Take notes away, of equal ones as many as are meant; those that are not here are passed over."""
        is_kept = np.ones(len(self.notes), dtype=np.bool_)
        is_kept[rows_of(self.notes, notes, onset_of)] = False
        kept = self.columns[:, is_kept]
        self.notes = list(compress(self.notes, is_kept.tolist()))
        self.columns[:] = kept
        self._measure()

    def mark(self, notes: Collection[Note]) -> None:
        """Mark some notes as selected, and the others as not."""
        self.columns[SELECTED] = 0.0
        self.columns[SELECTED, rows_of(self.notes, notes, onset_of)] = 1.0

    def _measure(self) -> None:
        """Say anew what all of them have in common."""
        durations, velocities = self.columns[OFFSET] - self.columns[ONSET], self.columns[VELOCITY]
        self.longest = float(durations.max(initial=0.0))
        self.mean_duration = float(durations.mean()) if len(durations) else 0.0
        self.has_velocities = bool(np.ptp(velocities) > 0) if len(velocities) else False

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
        self._in_order: tuple[Note, ...] | None = ()

    def __len__(self) -> int:
        return sum(len(part.notes) for part in self._parts.values())

    @property
    def parts(self) -> dict[Instrument, InstrumentNotes]:
        """Instrument → its notes."""
        return self._parts

    @property
    def selection(self) -> tuple[Note, ...]:
        """The selected notes, in time order."""
        if self._in_order is None:
            self._in_order = tuple(sorted(self._selection, key=attrgetter("onset", "pitch")))
        return self._in_order

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
        """Replace all notes; what was selected and is still there stays so."""
        self._parts = {}
        self.extend(notes)
        here = set(self._here(self._selection))
        self.select([note for note in self._selection if note in here])

    def change(self, diff: NoteDiff) -> None:
        """Take over what became of the notes; what was selected and is still there stays so."""
        for instrument, own in diff.by_instrument.items():
            part = self._parts.setdefault(instrument, InstrumentNotes())
            if own.removed:
                part.remove(own.removed)
            part.extend(own.added)
            if not part.notes:
                del self._parts[instrument]
        touched = {note for note in diff.removed if note in self._selection}
        if touched:
            here = set(self._here(touched))  # equal ones, of which only one was removed
            self.select([note for note in self._selection if note in here or note not in touched])

    def extend(self, notes: Iterable[Note]) -> None:
        """Add notes."""
        for instrument, own in by_instrument(notes).items():
            self._parts.setdefault(instrument, InstrumentNotes()).extend(own)

    def select(self, notes: Collection[Note]) -> None:
        """Select exactly these."""
        self._selection, self._in_order = dict.fromkeys(notes), None
        chosen = by_instrument(self._selection)
        for instrument, part in self._parts.items():
            part.mark(chosen.get(instrument, ()))

    def _here(self, notes: Iterable[Note]) -> Iterator[Note]:
        """Those of some notes that are here."""
        for instrument, own in by_instrument(notes).items():
            onsets = self._parts[instrument].columns[ONSET] if instrument in self._parts else []
            is_near = np.isin([note.onset for note in own], onsets)
            yield from filter(self.has, compress(own, is_near.tolist()))

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
