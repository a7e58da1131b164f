"""Sound without notes, so that the network learns to be quiet: noise, near silence, speech.

Speech comes from recorded throats and is synthesised here from a glottal pulse, gliding pitch and formants,
fricatives and plosives; what the network must learn is that a pitch that never rests is not a note.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, lfilter, sosfilt

from training import RATE
from training.formants import VOWELS, formant_gains, harmonics_below
from training.throats import Throat, speak

Sound32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


def negative(n: int, rng: np.random.Generator, throats: Sequence[Throat] = ()) -> Sound32:
    """(n,) float32 sound in which nothing is a note; some of its speech by `throats`."""

    def talk() -> Floats:
        return speak(n, throats, rng) if len(throats) and rng.random() < 0.5 else babble(n, rng)

    kind = rng.random()
    if kind < 0.25:
        y = _coloured(n, rng) * 10 ** rng.uniform(-3.5, -1)
        if rng.random() < 0.4:  # wind, traffic, applause: noise that swells
            swell = np.interp(np.arange(n), np.linspace(0, n, 12), rng.uniform(0.05, 1, 12))
            y = y * swell
    elif kind < 0.35:
        y = rng.standard_normal(n) * 10 ** rng.uniform(-6, -4)
    else:
        y = talk() * 10 ** rng.uniform(-2, 0) * 0.3
        if rng.random() < 0.3:
            y = y + talk() * 10 ** rng.uniform(-2, -0.5) * 0.3
        if rng.random() < 0.5:
            y = _over_a_line(y, rng)
        y = y + _coloured(n, rng) * 10 ** rng.uniform(-5, -2)
    return y.astype(np.float32)


def _over_a_line(y: Floats, rng: np.random.Generator) -> Floats:
    """A telephone, a radio, a file at 8 kHz: without hiss, only its pitch tells speech from song."""
    high = rng.uniform(3000, 4200)
    band = [rng.uniform(60, 350), high] if rng.random() < 0.6 else high
    sos = butter(6, band, "bandpass" if isinstance(band, list) else "lowpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(sos, y), np.float64)


def babble(n: int, rng: np.random.Generator) -> Floats:
    """(n,) speech-like sound of about unit peak: syllables in phrases, with pauses."""
    y = np.zeros(n)
    base = rng.uniform(75, 300)
    size = rng.uniform(0.9, 1.25)  # of the vocal tract
    position = int(rng.uniform(0, 0.4) * RATE)
    rate = rng.uniform(0.7, 1.4)
    while position < n:
        pitch = base * 2 ** rng.normal(0.1, 0.12)
        for _ in range(rng.integers(3, 12)):  # a phrase: pitch declines
            syllable = _syllable(pitch, size, rng, rate)
            end = min(n, position + len(syllable))
            if end <= position:
                break
            y[position:end] += syllable[: end - position]
            position += int(len(syllable) * rng.uniform(0.75, 1.0))
            pitch *= 2 ** rng.normal(-0.03, 0.08)
        position += int(rng.uniform(0.1, 0.9) * RATE)
    return np.asarray(y / max(np.abs(y).max(), 1e-9), np.float64)


def _coloured(n: int, rng: np.random.Generator) -> Floats:
    y = lfilter([1], [1, -rng.uniform(0, 0.98)], rng.standard_normal(n))
    return np.asarray(y / np.abs(y).max(), np.float64)


def _syllable(pitch: float, size: float, rng: np.random.Generator, rate: float) -> Floats:
    """A consonant of noise, then a voiced vowel that glides in pitch and formants."""
    # Now and then a speaker dwells on a vowel.
    length = rng.uniform(0.07, 0.26) if rng.random() < 0.88 else rng.uniform(0.2, 0.5)
    vowel = _vowel(pitch, size, int(length * RATE / rate), rng)
    kind = rng.random()
    if kind < 0.3:  # fricative
        hiss = rng.standard_normal(int(rng.uniform(0.04, 0.12) * RATE / rate))
        low = rng.uniform(1500, 4500)
        hiss = sosfilt(butter(2, [low, min(low * 2, 7900)], "bandpass", fs=RATE, output="sos"), hiss)
        onset = hiss * np.hanning(len(hiss)) * rng.uniform(0.1, 0.6)
    elif kind < 0.6:  # plosive: a gap and a click
        burst = rng.standard_normal(int(0.02 * RATE)) * np.exp(-np.arange(int(0.02 * RATE)) / 60)
        onset = np.concatenate([np.zeros(int(rng.uniform(0.02, 0.07) * RATE)), burst * rng.uniform(0.1, 0.5)])
    else:
        onset = np.zeros(0)
    return np.concatenate([onset, vowel])


def _vowel(pitch: float, size: float, n: int, rng: np.random.Generator) -> Floats:
    u = np.linspace(0, 1, n)
    # Some voices hardly bend a syllable, read-aloud text above all.
    liveliness = rng.choice((0.04, 0.1, 0.2, 0.5, 1.0))
    bend = liveliness * (rng.normal(0, 0.25) * u + rng.normal(0, 0.15) * np.sin(np.pi * u))  # octaves
    hz = pitch * 2**bend * (1 + 0.01 * np.cumsum(rng.standard_normal(n)) / np.sqrt(n))
    source = 2 * np.pi * np.cumsum(hz) / RATE
    start, end = VOWELS[rng.integers(10, size=2)] * size
    knots = np.linspace(0, 1, 17)  # formants glide slowly: their gains are worked out at a few times only
    formants = start[:, None] * (1 - knots) + end[:, None] * knots
    number = harmonics_below(float(hz.max()))
    gain = formant_gains(number, np.interp(knots, u, hz), formants)
    y = np.zeros(n)
    for k, row in zip(number.tolist(), gain, strict=True):
        y += np.sin(k * source) * np.interp(u, knots, row)
    y += rng.standard_normal(n) * rng.uniform(0.005, 0.08)
    fade = np.sin(np.pi * np.clip(u, 0, 1)) ** rng.uniform(0.3, 0.8)
    return np.asarray(y / max(np.abs(y).max(), 1e-9) * fade, np.float64)
