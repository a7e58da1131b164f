"""Velocities guessed from a recording: how loud it is where each note begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.values import FloatArray, Note

USUAL_VELOCITY = 90
"""Of a note that begins as loud as most do."""
SOFTEST, LOUDEST = 20, 127
ATTACK_SECONDS = 0.08
"""Within this time after its onset a note has reached its level."""
_SILENCE = 1e-5


def shaped(notes: Sequence[Note], low: FloatArray, high: FloatArray, *, seconds: float) -> tuple[Note, ...]:
    """Notes with velocities that follow the level of their recording.

    A guess, and called so wherever it is offered: the level is that of everything that sounds, so of notes
    that begin together all are as loud, and a soft one over loud ones is taken for loud. The velocity is the
    one at which a synthesiser differs from `USUAL_VELOCITY` by as many decibels as the recording does from
    its median over these notes: amplitude grows with the square of the velocity.

    Args:
        notes: in any order.
        low: (n,) lowest sample of each stretch of the recording, -1 to 1.
        high: (n,) highest.
        seconds: length of one stretch, well below `ATTACK_SECONDS`.

    Returns:
        As many, in the same order.

    Source: default modulator from velocity to attenuation, SoundFont 2.04 §8.4.1.
    """
    if not notes or not len(high):
        return tuple(notes)
    levels = _levels([note.onset for note in notes], np.maximum(-low, high), seconds)
    decibels = 20.0 * np.log10(np.maximum(levels, _SILENCE))
    velocities = USUAL_VELOCITY * 10.0 ** ((decibels - np.median(decibels)) / 40.0)
    rounded = np.clip(np.rint(velocities), SOFTEST, LOUDEST).astype(int).tolist()
    return tuple(replace(note, velocity=velocity) for note, velocity in zip(notes, rounded, strict=True))


def _levels(onsets: Iterable[float], peaks: FloatArray, seconds: float) -> npt.NDArray[np.float64]:
    """(n,) the highest peak in the attack of each note; silence beyond the end."""
    n_columns = max(1, round(ATTACK_SECONDS / seconds))
    padded = np.concatenate([np.abs(peaks), np.zeros(n_columns)])
    highest = np.lib.stride_tricks.sliding_window_view(padded, n_columns).max(axis=1)
    first = np.rint(np.fromiter(onsets, np.float64) / seconds).astype(np.int64)
    levels: npt.NDArray[np.float64] = highest[np.clip(first, 0, len(highest) - 1)]
    return levels
