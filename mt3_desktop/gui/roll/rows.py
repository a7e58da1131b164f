"""What the rows of a canvas are: the 128 pitches, or the drums that occur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.instruments import drum_name, pitch_name

BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
USUAL_DRUMS = (36, 38, 42)
"""Bass drum, snare, closed hi-hat: the rows of a lane before any drum was heard."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a canvas, the lowest first.

    Attributes:
        keys: pitch (or percussion key) of each row.
        is_drum: whether the rows are drums.
        table: (128,) row of each pitch, or -1.
    """

    keys: tuple[int, ...]
    is_drum: bool
    table: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.keys)

    def name(self, row: int) -> str:
        """What users read: "C4", "Bass drum"."""
        return drum_name(self.keys[row]) if self.is_drum else pitch_name(self.keys[row])

    def is_black(self, row: int) -> bool:
        """Whether the row has the darker background: black keys, every other drum."""
        return bool(row % 2) if self.is_drum else self.keys[row] % 12 in BLACK_KEYS

    def key_at(self, row: float) -> int:
        """Pitch of the row at a height, the nearest one outside."""
        return self.keys[min(max(int(np.floor(row)), 0), len(self.keys) - 1)]


def pitch_rows() -> Rows:
    """All 128 pitches."""
    return Rows(tuple(range(128)), is_drum=False, table=np.arange(128))


def drum_rows(keys: tuple[int, ...]) -> Rows:
    """The drums that occur (or the usual ones), by percussion key, the bass drum at the bottom."""
    keys = keys or USUAL_DRUMS
    table = np.full(128, -1)
    table[list(keys)] = np.arange(len(keys))
    return Rows(keys, is_drum=True, table=table)
