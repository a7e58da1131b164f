"""What became of the notes of a song, as a difference: long songs stay quick where only that is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from mt3_desktop.app.note_rows import Key, by_instrument, merged, onset_of, without
from mt3_desktop.core.values import Instrument, Note, sort_key


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
        gone, came = tuple(removed), tuple(added)
        onsets = set(map(onset_of, gone)) & set(map(onset_of, came))
        both = Counter(note for note in gone if note.onset in onsets)
        both &= Counter(note for note in came if note.onset in onsets)
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

    def applied(self, notes: Sequence[Note], *, key: Key = sort_key) -> tuple[Note, ...]:
        """The notes as they are afterwards.

        Args:
            notes: as they were before, in the order of `key`.
            key: what they are to be in the order of.
        """
        return tuple(merged(without(notes, self.removed, key), self.added, key))
