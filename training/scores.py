"""How right a transcription is: mir_eval's note matching, instruments apart and merged, drums by key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import mir_eval
import numpy as np

from mt3_desktop.core.values import Note

MERGE_SECONDS = 0.03
"""With instruments merged, a pitch that two of them strike this close together counts once."""


class Counts(NamedTuple):
    """Matched, reference and estimated notes; counts of several clips add up."""

    matched: int = 0
    reference: int = 0
    estimated: int = 0

    def plus(self, other: Counts) -> Counts:
        """The sum of both."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def precision(self) -> float:
        """Share of the estimated notes that are right."""
        return self.matched / max(self.estimated, 1)

    @property
    def recall(self) -> float:
        """Share of the reference's notes that were found."""
        return self.matched / max(self.reference, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found."""
        both = self.reference + self.estimated
        return 2 * self.matched / both if both else 1.0


class Scores(NamedTuple):
    """What is counted of a clip.

    Attributes:
        onset: pitch and onset (50 ms), instruments merged, drums left out.
        offset: the same, and the offset within 50 ms or a fifth of the length.
        grouped: onset and pitch with the right instrument group.
        drums: onset and drum key.
    """

    onset: Counts
    offset: Counts
    grouped: Counts
    drums: Counts


def score(reference: Sequence[Note], estimated: Sequence[Note]) -> Scores:
    """Compare the notes of one clip."""
    ref, est = _pitched(reference), _pitched(estimated)
    programs = {note.program for note in (*ref, *est)}
    grouped = Counts()
    for program in programs:
        pair = ([note for note in notes if note.program == program] for notes in (ref, est))
        grouped = grouped.plus(_matched(*pair, with_offset=False))
    return Scores(
        onset=_matched(_merged(ref), _merged(est), with_offset=False),
        offset=_matched(_merged(ref), _merged(est), with_offset=True),
        grouped=grouped,
        drums=_matched(_drums(reference), _drums(estimated), with_offset=False),
    )


def mean_f1(scores: Iterable[Scores]) -> dict[str, float]:
    """Mean over clips of each F1 in percent; clips without anything to find are left out of that mean."""
    means = {}
    table = list(scores)
    for name in Scores._fields:
        counts = [getattr(entry, name) for entry in table]
        values = [count.f1 for count in counts if count.reference]
        means[name] = 100 * float(np.mean(values)) if values else float("nan")
    return means


def matched_pairs(reference: Sequence[Note], estimated: Sequence[Note]) -> list[tuple[int, int]]:
    """Indices of notes of two lists that match by onset and pitch."""
    if not reference or not estimated:
        return []
    pairs = mir_eval.transcription.match_notes(*_arrays(reference), *_arrays(estimated), offset_ratio=None)
    return [(int(a), int(b)) for a, b in pairs]


def _matched(reference: Sequence[Note], estimated: Sequence[Note], *, with_offset: bool) -> Counts:
    if not reference or not estimated:
        return Counts(0, len(reference), len(estimated))
    ratio = 0.2 if with_offset else None
    pairs = mir_eval.transcription.match_notes(*_arrays(reference), *_arrays(estimated), offset_ratio=ratio)
    return Counts(len(pairs), len(reference), len(estimated))


def _arrays(notes: Sequence[Note]) -> tuple[np.ndarray, np.ndarray]:
    """Intervals (n, 2) in seconds and pitches (n,) in Hz."""
    intervals = np.array([(note.onset, max(note.offset, note.onset + 0.01)) for note in notes])
    return intervals, mir_eval.util.midi_to_hz(np.array([float(note.pitch) for note in notes]))


def _pitched(notes: Sequence[Note]) -> list[Note]:
    return [note for note in notes if not note.is_drum]


def _drums(notes: Sequence[Note]) -> list[Note]:
    return [note for note in notes if note.is_drum]


def _merged(notes: Sequence[Note]) -> list[Note]:
    last: dict[int, Note] = {}
    kept: list[Note] = []
    for note in sorted(notes):
        before = last.get(note.pitch)
        if before is None or note.onset - before.onset >= MERGE_SECONDS:
            kept.append(note)
            last[note.pitch] = note
    return kept
