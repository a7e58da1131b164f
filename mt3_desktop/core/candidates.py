"""Candidates: all that a model took for a possible note, so that more or fewer of them can be notes later.

A model gives them once, with what it would make of each; how many become notes is then a matter of comparing
numbers, without the model: 5,000 notes take 20 ms. They are a table, not objects, as most never become notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.values import Note

USUAL = 0.5
"""The sensitivity at which a model gives its notes out."""
SHORTEST_SECONDS = 0.03

CANDIDATE_TYPE = np.dtype(
    [
        ("onset", "<f8"),
        ("end", "<f8"),
        ("confidence", "<f8"),  # NaN where the model gives none
        ("appears", "<f8"),
        ("pitch", "u1"),
        ("velocity", "u1"),
        ("program", "u1"),
        ("is_drum", "?"),
    ]
)

CandidateArray = npt.NDArray[Any]
"""(n,) of `CANDIDATE_TYPE`."""
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Possible notes, each with the sensitivity from which on it is one.

    Attributes:
        table: (n,) of `CANDIDATE_TYPE`, read-only, by onset. `end` is where the sound ends if the pitch is
            not struck again before; above the sensitivity `appears` it is a note, below 0 always.
    """

    table: CandidateArray

    def __post_init__(self) -> None:
        self.table.flags.writeable = False

    def __len__(self) -> int:
        return len(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Candidates) and self.table.tobytes() == other.table.tobytes()

    def __hash__(self) -> int:
        return hash(self.table.tobytes())

    @classmethod
    def joined(cls, parts: Iterable[Candidates]) -> Candidates:
        """Several tables as one."""
        table = np.concatenate([np.zeros(0, CANDIDATE_TYPE), *(part.table for part in parts)])
        return cls(table[np.argsort(table["onset"], kind="stable")])

    def between(self, start: float, end: float) -> Candidates:
        """Those that begin in a span of time, in seconds, from and up to (not including)."""
        first, last = np.searchsorted(self.table["onset"], (start, end))
        return Candidates(self.table[first:last])

    def within(self, start: float, stop: float, begun: Iterable[Note]) -> Candidates:
        """What of them lies in a passage: those that begin in it, and some that sound where it begins.

        Args:
            start: seconds at which the passage begins; so do those that began before.
            stop: seconds at which it, and all of them, end.
            begun: the notes that began before the passage and go on in it.
        """
        table = self.table
        notes = {(note.onset, note.pitch, note.program) for note in begun}
        goes_on = [(onset, pitch, program) in notes for onset, pitch, program in self._named(start)]
        before = table[: len(goes_on)][np.array(goes_on, dtype=bool)]
        part = np.concatenate([before, self.between(start, stop).table])
        part["onset"] = np.maximum(part["onset"], start)
        part["end"] = np.minimum(part["end"], stop)
        return Candidates(part)

    def _named(self, stop: float) -> Iterator[tuple[float, int, int]]:
        """Onset, pitch and program of those before a time; the pitch of drums is one that no note has."""
        rows = self.table[: np.searchsorted(self.table["onset"], stop)]
        pitches = np.where(rows["is_drum"], -1, rows["pitch"])
        return zip(rows["onset"].tolist(), pitches.tolist(), rows["program"].tolist(), strict=True)

    def later(self, seconds: float) -> Candidates:
        """The same ones, so many seconds later."""
        table = self.table.copy()
        table["onset"] += seconds
        table["end"] += seconds
        return Candidates(table)

    def at(self, sensitivity: float, *, span: tuple[float, float] | None = None) -> tuple[Note, ...]:
        """The notes at a sensitivity, each ending at the latest where its pitch is struck again.

        Args:
            sensitivity: from 0, few notes, to 1, all of them.
            span: only notes that begin here, in seconds, from and up to (not including); None for all.

        Returns:
            In the order of `sort_key`.
        """
        return _notes(self.table[self.table["appears"] < sensitivity], span=span)

    def beyond(self, sensitivity: float) -> tuple[Note, ...]:
        """What is no note at a sensitivity, as it would be if all were notes; in the order of `sort_key`."""
        is_beyond = self.table["appears"] >= sensitivity
        return _notes(self.table, is_wanted=is_beyond) if is_beyond.any() else ()


def _notes(
    table: CandidateArray,
    *,
    is_wanted: npt.NDArray[np.bool_] | None = None,
    span: tuple[float, float] | None = None,
) -> tuple[Note, ...]:
    """Candidates as notes, cut by each other; of these only the wanted ones, in the order of `sort_key`."""
    ends = _cut(table)
    program = np.where(table["is_drum"], 0, table["program"])
    order = np.lexsort((ends, table["pitch"], program, table["is_drum"], table["onset"]))
    if is_wanted is not None:
        order = order[is_wanted[order]]
    if span is not None:
        onset = table["onset"][order]
        order = order[(onset >= span[0]) & (onset < span[1])]
    rows = table[order].tolist()
    return tuple(
        Note(
            onset,
            end,
            pitch,
            velocity,
            program,
            is_drum,
            None if confidence != confidence else confidence,  # noqa: PLR0124 - only NaN differs from itself
        )
        for (onset, _, confidence, _, pitch, velocity, program, is_drum), end in zip(
            rows, ends[order].tolist(), strict=True
        )
    )


def _cut(table: CandidateArray) -> _Floats:
    """(n,) ends in seconds: of pitches, not after the next strike; of drums, as they are."""
    pitch = np.where(table["is_drum"], -1, table["pitch"].astype(np.int64))
    order = np.lexsort((table["onset"], pitch))
    onset, ends = table["onset"], table["end"].copy()
    is_struck_again = (pitch[order[1:]] == pitch[order[:-1]]) & (pitch[order[:-1]] >= 0)
    following = np.where(is_struck_again, onset[order[1:]], np.inf)
    ends[order[:-1]] = np.minimum(ends[order[:-1]], following)
    cut: _Floats = np.maximum(ends, onset + SHORTEST_SECONDS)
    return cut
