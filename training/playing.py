"""A line on a bowed or blown instrument: one sound from note to note, through one body.

In a note bank every note of a violin starts from silence. A player slurs, changes the bow, tongues a repeated
pitch with hardly a gap; the body that the sound goes through stays the same meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt

from training import RATE
from training.formants import harmonics_below
from training.legato import Phrasing, control_times, harmonic_sum, loudness_curve, pitch_curve

Sound32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

BODY_POINTS = 24
BODY_HZ = (60.0, 8000.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """What instruments of a group have in common; pairs are spans a value is drawn from.

    Attributes:
        slope: dB an octave by which harmonics fall.
        body: dB by which a body's resonances raise and lower harmonics, root mean square.
        even: share of the even harmonics that remains.
        attack: seconds.
        noise: powers of ten of bow noise or breath against the tone.
        vibrato: depth in semitones.
        opening: dB an octave that are lost from the loudest to the softest.
    """

    slope: Span
    body: Span
    even: Span
    attack: Span
    noise: Span
    vibrato: Span
    opening: float


KINDS: dict[str, Kind] = {
    "solo strings": Kind((-9, -3), (4, 9), (0.7, 1), (0.02, 0.12), (-2.6, -1.3), (0, 0.45), 2),
    "brass": Kind((-8, -2), (1, 4), (0.9, 1), (0.01, 0.06), (-3.2, -2.0), (0, 0.3), 8),
    "reed": Kind((-8, -3), (3, 6), (0.05, 1), (0.01, 0.06), (-2.8, -1.5), (0, 0.35), 4),
    "pipe": Kind((-16, -8), (1, 4), (0.3, 1), (0.015, 0.08), (-2.0, -0.9), (0, 0.35), 2),
}
"""By instrument group."""


def play(notes: Floats, n_samples: int, kind: Kind, rng: np.random.Generator) -> tuple[Sound32, float]:
    """Play a line on a freshly drawn instrument.

    Args:
        notes: (n, 4) as `singing.sing` takes them.
        n_samples: length of the window.
        kind: of instrument.
        rng: source of every draw.

    Returns:
        (n_samples,) float32, peak about 1 or zeros if no note lies in the window; and the seconds in which
        its notes come up.
    """
    phrasing = Phrasing(
        vibrato=float(rng.uniform(*kind.vibrato)) if rng.random() < 0.7 else 0.0,
        vibrato_hz=float(rng.uniform(4.2, 7.0)),
        glide=float(rng.uniform(0.005, 0.06)),
        scoop=float(rng.uniform(0, 1.5)) if rng.random() < 0.25 else 0.0,
        attack=float(rng.uniform(*kind.attack)),
        intonation=float(rng.choice((0.03, 0.08, 0.15))),
        drift=float(rng.uniform(0.01, 0.08)),
        slurs=float(rng.choice((0.0, 0.4, 0.9))),
    )
    t = control_times(n_samples)
    hz = 440 * 2 ** ((pitch_curve(notes, t, phrasing, rng) - 69) / 12)
    loudness = loudness_curve(notes, t, phrasing, rng)
    number = harmonics_below(float(hz.max()))
    y = harmonic_sum(hz, t, _gains(number, hz, loudness, kind, rng), n_samples)
    peak = float(np.abs(y).max())
    if peak < 1e-9:
        return np.zeros(n_samples, np.float32), phrasing.attack
    y = y / peak + _noise(notes, np.interp(np.arange(n_samples) / RATE, t, loudness), kind, rng)
    return y.astype(np.float32), phrasing.attack


def _gains(
    number: npt.NDArray[np.int64], hz: Floats, loudness: Floats, kind: Kind, rng: np.random.Generator
) -> Floats:
    """(n, points): a source that opens with loudness, through a body that stands still."""
    octaves = np.log2(number)[:, None]
    db = rng.uniform(*kind.slope) * octaves - kind.opening * octaves * (1 - loudness)
    lowest, highest = np.log2(BODY_HZ)
    points = np.linspace(lowest, highest, BODY_POINTS)
    body = rng.normal(0, rng.uniform(*kind.body), BODY_POINTS)
    db = db + np.interp(np.log2(number[:, None] * hz), points, body)
    db = db + rng.normal(0, 1.5, len(number))[:, None]
    even = np.where(number % 2 == 0, rng.uniform(*kind.even), 1.0)[:, None]
    return np.asarray(10 ** (db / 20) * even * loudness, np.float64)


def _noise(notes: Floats, loudness: Floats, kind: Kind, rng: np.random.Generator) -> Floats:
    """Bow or breath: all the while, and more where a note sets in."""
    onset = np.zeros(len(loudness))
    scratch, fall = rng.uniform(0, 6), rng.uniform(0.01, 0.05) * RATE
    for start in (notes[:, 0] * RATE).astype(int).tolist():
        if 0 <= start < len(onset):
            onset[start:] = np.maximum(onset[start:], scratch * np.exp(-np.arange(len(onset) - start) / fall))
    low = rng.uniform(300, 2500)
    sos = butter(1, [low, min(4 * low, 7900)], "bandpass", fs=RATE, output="sos")
    hiss = sosfilt(sos, rng.standard_normal(len(loudness)))
    hiss /= max(float(np.sqrt((hiss**2).mean())), 1e-9)
    return np.asarray(10 ** rng.uniform(*kind.noise) * 0.3 * hiss * loudness * (1 + onset), np.float64)
