"""A sung line: one voice from note to note, or a section of a choir, with words.

A note bank has choirs that say "ah", each note struck anew. A singer says consonants and changes vowel on a
held note, which is not another note. What sounds is a recorded throat where there is one, or formants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt

from training import RATE
from training.formants import VOWELS, formant_gains, harmonics_below
from training.legato import Phrasing, control_times, harmonic_sum, loudness_curve, pitch_curve
from training.throats import Throat, utter, words

Sound32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

THROAT_SHARE = 0.75
"""Of singers: how many have a recorded throat, where there are any."""
UNTRAINED_SHARE = 0.35
"""Of singers: how many look for each pitch from below, late, and let it wander by up to a semitone."""
TOGETHER = 0.015
"""Seconds by which singers of a section miss each other, root mean square."""


@dataclass(frozen=True, slots=True)
class Singer:
    """How one voice sings.

    Attributes:
        phrasing: how it goes from note to note.
        size: of the vocal tract; above 1 is shorter: higher formants.
        words: how often a note begins with a consonant.
        breath: loudness of breath against the voice; a recorded throat has its own.
        brightness: dB an octave by which harmonics fall beyond what vowels say, negative for duller; of
            formants only.
        throat: whose vowels and consonants are sung; None for formants.
    """

    phrasing: Phrasing
    size: float
    words: float
    breath: float
    brightness: float
    throat: Throat | None = None


def draw_singer(rng: np.random.Generator, pitch: float, throat: Throat | None = None) -> Singer:
    """Draw a voice for a line around a MIDI pitch: higher lines have shorter vocal tracts."""
    own = throat.pitch if throat else 57.0
    phrasing = Phrasing(
        vibrato=float(rng.choice((0.0, 0.1, 0.3, 0.6, 0.9)) * rng.uniform(0.5, 1.4)),
        vibrato_hz=float(rng.uniform(4.5, 7.0)),
        glide=float(rng.uniform(0.02, 0.18)),
        scoop=float(rng.uniform(0, 2.5)) if rng.random() < 0.5 else 0.0,
        attack=float(rng.uniform(0.01, 0.09)),
        intonation=float(rng.choice((0.05, 0.15, 0.3))),  # trained, good, untrained
        drift=float(rng.uniform(0.05, 0.2)),
        slurs=float(rng.choice((0.0, 0.5, 1.0))),
        waver=float(rng.choice((0.0, 0.15, 0.3, 0.5))) if throat else 0.0,
    )
    if rng.random() < UNTRAINED_SHARE:
        phrasing = replace(
            phrasing,
            vibrato=0.4 * phrasing.vibrato,
            glide=float(rng.uniform(0.05, 0.3)),
            scoop=float(rng.uniform(0.5, 4.0)),
            intonation=0.3,
            drift=float(rng.uniform(0.1, 0.4)),
            waver=float(rng.uniform(0.1, 0.6)),
            waver_hz=float(rng.uniform(3, 11)),
            late=float(rng.uniform(0.3, 1.0)),
            scoops=float(rng.choice((0.0, 0.3, 0.7))),
        )
    return Singer(
        phrasing=phrasing,
        size=float(np.clip(1.0 + (pitch - own) * 0.012 + rng.normal(0, 0.08), 0.8, 1.5)),
        words=float(rng.choice((0.0, 0.5, 0.9))),
        breath=float(10 ** rng.uniform(-2.5, -0.9)),
        brightness=float(rng.normal(-2, 2)),
        throat=throat,
    )


def sing(notes: Floats, n_samples: int, singer: Singer, rng: np.random.Generator) -> Sound32:
    """Sing a line.

    Args:
        notes: (n, 4) onset and offset in seconds from the first sample, pitch, loudness 0-1; by onset, none
            beginning before the one before it has ended. They may lie outside the window.
        n_samples: length of the window.
        singer: who sings.
        rng: source of every draw.

    Returns:
        (n_samples,) float32, peak about 1; zeros if no note lies in the window.
    """
    t = control_times(n_samples)
    hz = 440 * 2 ** ((pitch_curve(notes, t, singer.phrasing, rng) - 69) / 12)
    loudness = loudness_curve(notes, t, singer.phrasing, rng)
    if not loudness.any():
        return np.zeros(n_samples, np.float32)
    if singer.throat:
        said = words(notes, t, singer.throat, 1 - singer.words, rng)
        spoken = np.maximum(loudness, said.consonant * float(notes[:, 3].mean()))
        y = utter(said, hz, spoken, singer.throat, size=singer.size, n_samples=n_samples, rng=rng)
        return (y / max(float(np.abs(y).max()), 1e-9)).astype(np.float32)
    formants = _formant_curves(notes, t, singer, rng)
    number = harmonics_below(float(hz.max()))
    gains = formant_gains(number, hz, formants) * loudness
    gains *= 10 ** (singer.brightness * np.log2(number) / 20)[:, None]
    y = harmonic_sum(hz, t, gains, n_samples)
    voiced = np.interp(np.arange(n_samples) / RATE, t, loudness)
    y += singer.breath * voiced * rng.standard_normal(n_samples) * float(np.abs(y).max())
    peak = float(np.abs(y).max())
    if peak < 1e-9:
        return np.zeros(n_samples, np.float32)
    return (y / peak + _consonants(notes, n_samples, singer, rng)).astype(np.float32)


def sing_together(
    notes: Floats,
    n_samples: int,
    n_singers: int,
    rng: np.random.Generator,
    *,
    throats: Sequence[Throat] = (),
) -> Sound32:
    """A section of a choir: several voices of one kind, none quite in time with the others.

    Args:
        notes: as for `sing`.
        n_samples: length of the window.
        n_singers: how many.
        rng: source of every draw.
        throats: recorded ones to draw from.

    Returns:
        (n_samples,) float32.
    """
    pitch = float(np.median(notes[:, 2]))
    total = np.zeros(n_samples, np.float32)
    for _ in range(n_singers):
        own = notes.copy()
        if n_singers > 1:
            own[:, 0] += np.clip(rng.normal(0, TOGETHER, len(own)), -2 * TOGETHER, 2 * TOGETHER)
            own[:, 1] = np.maximum(own[:, 1] + rng.normal(0, TOGETHER, len(own)), own[:, 0] + 0.03)
            own[:-1, 1] = np.minimum(own[:-1, 1], np.maximum(own[1:, 0], own[:-1, 0] + 0.01))
        recorded = len(throats) > 0 and rng.random() < THROAT_SHARE
        throat = throats[int(rng.integers(len(throats)))] if recorded else None
        total += sing(own, n_samples, draw_singer(rng, pitch, throat), rng)
    total /= n_singers
    return total


def _formant_curves(notes: Floats, t: Floats, singer: Singer, rng: np.random.Generator) -> Floats:
    """(3, points): a vowel a note, at times a second one within it."""
    times, vowels = [], []
    vowel = VOWELS[rng.integers(len(VOWELS))]
    for onset, offset, _, _ in notes.tolist():
        if rng.random() < 0.2 + 0.7 * singer.words:
            vowel = VOWELS[rng.integers(len(VOWELS))]
        times += [onset + 0.02, offset - 0.04]
        vowels += [vowel, VOWELS[rng.integers(len(VOWELS))] if rng.random() < 0.2 * singer.words else vowel]
    order = np.argsort(times, kind="stable")
    table = np.array(vowels)[order] * singer.size
    return np.array([np.interp(t, np.array(times)[order], column) for column in table.T])


def _consonants(notes: Floats, n: int, singer: Singer, rng: np.random.Generator) -> Floats:
    """Hisses and clicks just before notes."""
    y = np.zeros(n)
    for onset in notes[:, 0].tolist():
        if rng.random() >= singer.words:
            continue
        length = int(rng.uniform(0.015, 0.1) * RATE)
        at = int(onset * RATE) - int(length * rng.uniform(0.7, 1.0))
        if at < 0 or at + length > n:
            continue
        low = rng.uniform(1200, 5000)
        sos = butter(2, [low, min(low * 2, 7900)], "bandpass", fs=RATE, output="sos")
        hiss = sosfilt(sos, rng.standard_normal(length)) * np.hanning(length)
        y[at : at + length] += hiss / max(float(np.abs(hiss).max()), 1e-9) * rng.uniform(0.02, 0.3)
    return y
