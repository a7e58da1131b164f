"""Rendered validation material: unseen pieces through an unseen SoundFont and a real player.

Thresholds are chosen on it and the card's rendered figures come from it. Its font is never trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from mt3_desktop.core.nn.lite_features import GROUPS
from mt3_desktop.core.values import Note
from training import RATE
from training.augmentation import record
from training.composition import compose
from training.composition.piece import Piece
from training.instruments import GROUP_OF_PROGRAM
from training.negatives import negative

if TYPE_CHECKING:
    from training.soundfonts import Player

KINDS = (
    "piano", "band", "guitar", "solo", "chamber", "jazz", "orchestra", "electro", "duo", "drums", "mixed",
)  # fmt: skip
FIRST_SEED = 900_000_000
"""Far from the seeds of training, which count from 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A piece of validation material.

    Attributes:
        kind: kind of line-up, or "negative" for sound without notes.
        samples: (n,) float32 at `RATE`.
        notes: what is played, its programs folded into those the network writes.
    """

    kind: str
    samples: npt.NDArray[np.float32]
    notes: tuple[Note, ...]


def render_clips(
    font: Path, *, per_kind: int, seconds: float = 12.0, first_seed: int = FIRST_SEED
) -> list[Clip]:
    """Clips of every kind, each second one as if recorded in a room, and a few negatives.

    Args:
        font: a SoundFont that no training bank holds.
        per_kind: clips of each kind.
        seconds: about how long they are.
        first_seed: seed of the first piece.
    """
    from training.soundfonts import Player  # its library is no dependency of the tests

    player = Player(font)
    clips = []
    for k, kind in enumerate(KINDS):
        seed = first_seed + 1000 * k
        n = 0
        while n < per_kind:
            seed += 1
            piece = compose(seed, seconds=seconds, kind=kind)
            if len(piece.notes) < 8 or len(piece.programs) > 15:
                continue
            samples = _rendered(player, piece)
            if n % 2:
                samples = record(samples, np.random.default_rng(seed), strength=0.6).samples
            clips.append(Clip(kind, samples, _notes(piece)))
            n += 1
    for i in range(per_kind):
        rng = np.random.default_rng(first_seed + 77 + i)
        clips.append(Clip("negative", negative(int(seconds * RATE), rng), ()))
    return clips


def _rendered(player: Player, piece: Piece) -> npt.NDArray[np.float32]:
    full = player.play(piece)
    samples = resample_poly(full, 1, player.rate // RATE)
    return np.asarray(samples / max(1e-3, float(np.abs(samples).max())) * 0.5, np.float32)


def _notes(piece: Piece) -> tuple[Note, ...]:
    notes = []
    for onset, offset, pitch, velocity, track in piece.notes.tolist():
        program = piece.programs[int(track)]
        is_drum = program < 0
        group = GROUPS[GROUP_OF_PROGRAM[max(program, 0)]]
        notes.append(
            Note(onset, offset, int(pitch), round(velocity), 0 if is_drum else group.program, is_drum)
        )
    return tuple(sorted(notes))
