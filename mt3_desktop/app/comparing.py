"""Two results of one song side by side: what both heard, and what it means to take over from the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.values import Instrument, Note, sort_key

TOGETHER_SECONDS = 0.05
"""Notes of one pitch that begin within this are the same note, as is usual in evaluation (mir_eval)."""
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two results agree, whichever instruments they name.

    Attributes:
        n_both: how many notes both heard.
        only_mine: notes that only the result on show has, in time order.
        only_theirs: notes that only the other one has, in time order.
    """

    n_both: int
    only_mine: tuple[Note, ...]
    only_theirs: tuple[Note, ...]

    @classmethod
    def of(cls, mine: Iterable[Note], theirs: Iterable[Note]) -> Comparison:
        """Pair the notes of two results: each with at most one, those that begin earlier first."""
        ours, others = _by_key(mine), _by_key(theirs)
        n_both = 0
        only_mine: list[Note] = []
        only_theirs: list[Note] = []
        for key in ours.keys() | others.keys():
            left, right = ours.get(key, []), others.get(key, [])
            i = j = 0
            while i < len(left) and j < len(right):
                distance = left[i].onset - right[j].onset
                if abs(distance) <= TOGETHER_SECONDS:
                    n_both, i, j = n_both + 1, i + 1, j + 1
                elif distance < 0:
                    only_mine.append(left[i])
                    i += 1
                else:
                    only_theirs.append(right[j])
                    j += 1
            only_mine += left[i:]
            only_theirs += right[j:]
        return cls(n_both, tuple(sorted(only_mine, key=sort_key)), tuple(sorted(only_theirs, key=sort_key)))


def taking_all(
    mine: Iterable[Note], theirs: Iterable[Note], *, span: Span | None, instrument: Instrument | None = None
) -> NoteDiff:
    """What changes if the other result is taken in the place of mine.

    Args:
        mine: notes of the result on show.
        theirs: notes of the other one.
        span: only notes that begin here, in seconds, up to (not including); None: everywhere.
        instrument: only the notes of this one; None: all.
    """

    def is_meant(note: Note) -> bool:
        is_here = span is None or span[0] <= note.onset < span[1]
        return is_here and instrument in (None, note.instrument)

    return NoteDiff.of(filter(is_meant, mine), filter(is_meant, theirs))


def taking_one(mine: Sequence[Note], note: Note) -> NoteDiff:
    """What changes if one note of the other result is taken: notes that it would double go.

    Args:
        mine: notes of the result on show, in time order.
        note: of the other one.
    """
    end = note.onset + TOGETHER_SECONDS if note.is_drum else note.offset
    before = mine[: bisect_left(mine, end, key=lambda other: other.onset)]
    doubled = [
        other
        for other in before
        if other.pitch == note.pitch
        and other.instrument == note.instrument
        and (abs(other.onset - note.onset) < TOGETHER_SECONDS if note.is_drum else other.offset > note.onset)
    ]
    return NoteDiff.of(doubled, [note])


def _by_key(notes: Iterable[Note]) -> dict[tuple[bool, int], list[Note]]:
    """The notes of each pitch and each drum, by onset."""
    groups: dict[tuple[bool, int], list[Note]] = {}
    for note in notes:
        groups.setdefault((note.is_drum, note.pitch), []).append(note)
    for group in groups.values():
        group.sort(key=lambda note: note.onset)
    return groups
