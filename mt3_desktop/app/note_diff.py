"""What became of the notes of a song, as a difference: long songs stay quick where only that is looked at."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import attrgetter, not_
from typing import Any

from mt3_desktop.core.values import Instrument, Note, sort_key

_MANY = 16
"""Where more than every so-many-eth note is new, all are sorted again: that is one call per note."""
_onset = attrgetter("onset")


@dataclass(frozen=True, slots=True)
class NoteDiff:
    """What went and what came; no note is in both.

    Attributes:
        removed: notes that were there, in the order of `sort_key`.
        added: notes that were not, in the order of `sort_key`.
    """

    removed: tuple[Note, ...] = ()
    added: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.removed or self.added)

    @classmethod
    def of(cls, removed: Iterable[Note], added: Iterable[Note]) -> NoteDiff:
        """What is left of going and coming, in any order: a note that does both stays."""
        gone, came = list(removed), list(added)
        onsets = set(map(_onset, gone)) & set(map(_onset, came))
        both = Counter(at_onsets(gone, onsets)) & Counter(at_onsets(came, onsets))
        stay = tuple(both.elements())
        return cls(
            tuple(sorted(without(gone, stay), key=sort_key)), tuple(sorted(without(came, stay), key=sort_key))
        )

    @classmethod
    def between(cls, before: Sequence[Note], after: Sequence[Note]) -> NoteDiff:
        """What makes some notes others; most of them are the very same objects in both."""
        is_before, is_after = set(map(id, before)).__contains__, set(map(id, after)).__contains__
        return cls.of(
            compress(before, map(not_, map(is_after, map(id, before)))),
            compress(after, map(not_, map(is_before, map(id, after)))),
        )

    def then(self, other: NoteDiff) -> NoteDiff:
        """This one and then the other, as one."""
        return NoteDiff.of((*self.removed, *other.removed), (*self.added, *other.added))

    @property
    def by_instrument(self) -> dict[Instrument, NoteDiff]:
        """The difference of each instrument that has any."""
        removed, added = by_instrument(self.removed), by_instrument(self.added)
        return {
            instrument: NoteDiff(removed.get(instrument, ()), added.get(instrument, ()))
            for instrument in removed.keys() | added.keys()
        }

    def applied(self, notes: Sequence[Note], *, key: Callable[[Note], Any] = sort_key) -> tuple[Note, ...]:
        """The notes as they are afterwards.

        Args:
            notes: as they were before, in the order of `key`.
            key: what they are to be in the order of.
        """
        after = without(notes, self.removed)
        if len(self.added) * _MANY > len(after):
            after.extend(self.added)
            after.sort(key=key)
        else:
            for note in self.added:
                insort(after, note, key=key)
        return tuple(after)


def by_instrument(notes: Iterable[Note]) -> dict[Instrument, tuple[Note, ...]]:
    """Notes by instrument, in their order."""
    groups: dict[Instrument, list[Note]] = {}
    for note in notes:
        groups.setdefault(note.instrument, []).append(note)
    return {instrument: tuple(own) for instrument, own in groups.items()}


def at_onsets(notes: Sequence[Note], onsets: Collection[float]) -> list[Note]:
    """The notes that begin at one of some times, in their order."""
    return list(compress(notes, _begin_at(notes, onsets))) if onsets else []


def rows_of(notes: Sequence[Note], wanted: Iterable[Note]) -> list[int]:
    """Where some notes are among others, in any order: of equal ones the first, as many as are wanted."""
    left = Counter(wanted)
    onsets = {note.onset for note in left}
    rows = []
    for row in compress(range(len(notes)), _begin_at(notes, onsets)) if onsets else ():
        note = notes[row]
        if left[note] > 0:
            left[note] -= 1
            rows.append(row)
    return rows


def without(notes: Sequence[Note], removed: Iterable[Note]) -> list[Note]:
    """The notes less the removed ones; of equal notes as many stay as were not removed."""
    is_kept = bytearray(b"\1") * len(notes)
    for row in rows_of(notes, removed):
        is_kept[row] = 0
    return list(compress(notes, is_kept))


def _begin_at(notes: Iterable[Note], onsets: Collection[float]) -> Iterator[bool]:
    """Whether each note begins at one of some times: a tenth of the cost of comparing the notes."""
    return map(onsets.__contains__, map(_onset, notes))
