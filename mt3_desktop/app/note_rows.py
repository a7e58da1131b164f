"""Where notes are among many others: found without looking at most of them, or with as little as possible."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import compress
from operator import attrgetter
from typing import Any

from mt3_desktop.core.values import Instrument, Note

Key = Callable[[Note], Any]
"""What notes are in the order of: something that can be compared."""

onset_of = attrgetter("onset")

_MANY = 64
"""Where more than every so-many-eth note is wanted, it is cheaper to look at all of them once."""
_ANEW = 16
"""Where more than every so-many-eth note is new, it is cheaper to put all of them in order again."""
_NEAR = 64
"""So far behind the last place the next one is looked for at first."""


def by_instrument(notes: Iterable[Note]) -> dict[Instrument, tuple[Note, ...]]:
    """Notes by instrument, in their order."""
    groups: dict[Instrument, list[Note]] = {}
    for note in notes:
        groups.setdefault(note.instrument, []).append(note)
    return {instrument: tuple(own) for instrument, own in groups.items()}


def begin_at(notes: Sequence[Note], onsets: Collection[float]) -> list[Note]:
    """The notes that begin at one of some times.

    Args:
        notes: in the order of their onsets.
        onsets: the times, in seconds.
    """
    if len(onsets) * _MANY > len(notes):
        return list(compress(notes, map(onsets.__contains__, map(onset_of, notes))))
    found: list[Note] = []
    for onset in sorted(onsets):
        first = bisect_left(notes, onset, key=onset_of)
        found += notes[first : bisect_right(notes, onset, lo=first, key=onset_of)]
    return found


def rows_of(notes: Sequence[Note], wanted: Collection[Note], key: Key | None = None) -> list[int]:
    """Where some notes are among others, rising; of equal ones as many as are wanted.

    Args:
        notes: all.
        wanted: those that are looked for; one that is not there has no row.
        key: what `notes` are in the order of, or None.
    """
    if key is not None and len(wanted) * _MANY <= len(notes):
        return _searched(notes, wanted, key)
    ids = set(map(id, wanted))
    rows = list(compress(range(len(notes)), map(ids.__contains__, map(id, notes))))
    if len(rows) == len(wanted) == len({id(notes[row]) for row in rows}):
        return rows  # the very same objects, as is usual: a note's hash takes ten times as long
    left = Counter(wanted)
    onsets = {note.onset for note in left}
    rows = []
    for row in compress(range(len(notes)), map(onsets.__contains__, map(onset_of, notes))):
        note = notes[row]
        if left[note] > 0:
            left[note] -= 1
            rows.append(row)
    return rows


def without(notes: Sequence[Note], removed: Collection[Note], key: Key | None = None) -> list[Note]:
    """The notes less the removed ones; of equal notes as many stay as were not removed.

    Args:
        notes: all.
        removed: those that go; one that is not there is passed over.
        key: what `notes` are in the order of, or None.
    """
    rows = rows_of(notes, removed, key) if removed else []
    if not rows:
        return list(notes)
    is_kept = bytearray(b"\1") * len(notes)
    for row in rows:
        is_kept[row] = 0
    return list(compress(notes, is_kept))


def merged(notes: list[Note], added: Collection[Note], key: Key) -> list[Note]:
    """Notes with some more of them in their places, behind equal ones.

    Args:
        notes: in the order of `key`.
        added: in any order.
        key: what they are in the order of.
    """
    if len(added) * _ANEW > len(notes):
        return sorted((*notes, *added), key=key)
    after: list[Note] = []
    row = 0
    for note in sorted(added, key=key):
        place, near = key(note), min(row + _NEAR, len(notes))
        end = bisect_right(notes, place, row, near, key=key)
        if end == near:  # the next one is often not far from the last
            end = bisect_right(notes, place, near, key=key)
        after += notes[row:end]
        after.append(note)
        row = end
    return after + notes[row:]


def _searched(notes: Sequence[Note], wanted: Iterable[Note], key: Key) -> list[int]:
    """As `rows_of`, for few notes."""
    rows: set[int] = set()
    for note in wanted:
        place = key(note)
        row = bisect_left(notes, place, key=key)
        while row < len(notes) and key(notes[row]) == place:
            if row not in rows and notes[row] == note:
                rows.add(row)
                break
            row += 1
    return sorted(rows)
