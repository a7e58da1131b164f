"""Vowels: which harmonics of a voice are loud. What speech and singing have in common."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# First three formants of ten vowels, men's averages in Hz (Peterson and Barney, 1952).
VOWELS = np.array([
    (270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410), (730, 1090, 2440),
    (570, 840, 2410), (440, 1020, 2240), (300, 870, 2240), (640, 1190, 2390), (490, 1350, 1690),
])  # fmt: skip
WIDTHS = np.array([90.0, 130.0, 180.0])
STRENGTHS = np.array([1.0, 0.6, 0.3])
HIGHEST_HZ = 7500
MOST_HARMONICS = 40


def harmonics_below(hz: float) -> npt.NDArray[np.int64]:
    """Numbers of the harmonics of a voice that reaches up to `hz`."""
    return np.arange(1, min(MOST_HARMONICS, int(HIGHEST_HZ / hz)) + 1)


def formant_gains(number: npt.NDArray[np.int64], hz: Floats, formants: Floats) -> Floats:
    """Loudness of harmonics at a few points in time.

    Args:
        number: (n,) which harmonics.
        hz: (points,) pitch.
        formants: (3, points) Hz.

    Returns:
        (n, points), up to about 1.
    """
    distance = (number[:, None] * hz - formants[:, None]) / WIDTHS[:, None, None]
    loudness = STRENGTHS[:, None, None] / (1 + distance**2)  # a resonance
    return np.asarray(loudness.sum(0) / number[:, None] ** 0.4, np.float64)
