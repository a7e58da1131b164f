"""A sung line: one voice from note to note, with words.

A note bank has choirs that say "ah", each note struck anew. A singer slides into a note and out of it, sets
in late and softly, says consonants, wavers, changes vowel on a held note; none of that is another note.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt

from training.bank import RATE
from training.formants import VOWELS, formant_gains, harmonics_below

Sound32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

CONTROL_RATE = 200
"""Points a second at which pitch, loudness and formants are worked out."""
LEGATO_GAP = 0.08
"""Seconds: across a shorter gap the voice slides, across a longer one it sets in anew."""


@dataclass(frozen=True, slots=True)
class Singer:
    """How one voice sings.

    Attributes:
        size: of the vocal tract; above 1 is shorter: higher formants.
        vibrato: depth in semitones.
        vibrato_hz: its rate.
        glide: seconds from one pitch to the next.
        scoop: semitones from below with which a phrase begins.
        attack: seconds in which a note comes up.
        words: how often a note begins with a consonant.
        breath: loudness of breath against the voice.
        brightness: dB an octave by which harmonics fall beyond what vowels say, negative for duller.
    """

    size: float
    vibrato: float
    vibrato_hz: float
    glide: float
    scoop: float
    attack: float
    words: float
    breath: float
    brightness: float


def draw_singer(rng: np.random.Generator, pitch: float) -> Singer:
    """Draw a voice for a line around a MIDI pitch: higher lines have shorter vocal tracts."""
    return Singer(
        size=float(np.clip(1.0 + (pitch - 57) * 0.012 + rng.normal(0, 0.08), 0.8, 1.5)),
        vibrato=float(rng.choice((0.0, 0.1, 0.3, 0.6)) * rng.uniform(0.5, 1.5)),
        vibrato_hz=float(rng.uniform(4.5, 7.0)),
        glide=float(rng.uniform(0.02, 0.13)),
        scoop=float(rng.uniform(0, 2.5)) if rng.random() < 0.5 else 0.0,
        attack=float(rng.uniform(0.01, 0.09)),
        words=float(rng.choice((0.0, 0.5, 0.9))),
        breath=float(10 ** rng.uniform(-2.5, -0.9)),
        brightness=float(rng.normal(-2, 2)),
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
    t = np.arange(n_samples // (RATE // CONTROL_RATE) + 2) / CONTROL_RATE
    pitch = _pitch_curve(notes, t, singer, rng)
    loudness = _loudness_curve(notes, t, singer, rng)
    formants = _formant_curves(notes, t, singer, rng)
    hz = 440 * 2 ** ((pitch - 69) / 12)
    at = np.arange(n_samples) / RATE
    phase = 2 * np.pi * np.cumsum(np.interp(at, t, hz)) / RATE
    number = harmonics_below(float(hz.max()))
    gains = formant_gains(number, hz, formants) * loudness
    gains *= 10 ** (singer.brightness * np.log2(number) / 20)[:, None]
    y = _harmonics(phase, at, t, gains)
    voiced = np.interp(at, t, loudness)
    y += singer.breath * voiced * rng.standard_normal(n_samples) * float(np.abs(y).max())
    peak = float(np.abs(y).max())
    if peak < 1e-9:
        return np.zeros(n_samples, np.float32)
    return (y / peak + _consonants(notes, n_samples, singer, rng)).astype(np.float32)


def _harmonics(phase: Floats, at: Floats, t: Floats, gains: Floats) -> Floats:
    """Sum of sin(k * phase), each k as loud as its row says; sines by Chebyshev's recurrence."""
    doubled = 2 * np.cos(phase)
    before, sine = np.zeros(len(phase)), np.sin(phase)
    y = np.zeros(len(phase))
    for row in gains:
        y += sine * np.interp(at, t, row)
        before, sine = sine, doubled * sine - before
    return y


def _pitch_curve(notes: Floats, t: Floats, singer: Singer, rng: np.random.Generator) -> Floats:
    times, values = [t[0] - 1], [notes[0, 2]]
    end = -np.inf
    for onset, offset, pitch, _ in notes.tolist():
        half = min(singer.glide, 0.4 * (offset - onset)) / 2
        if onset - end > LEGATO_GAP:  # a new phrase
            times += [onset - 0.02, onset + 2 * half]
            values += [pitch - singer.scoop * rng.random(), pitch]
        else:
            times += [onset - half, onset + half]
            values += [values[-1], pitch]
        times.append(max(offset - half, times[-1]))
        values.append(pitch + rng.normal(0, 0.1))
        end = offset
    curve = np.interp(t, np.maximum.accumulate(times), values)
    drift = np.cumsum(rng.standard_normal(len(t))) / np.sqrt(CONTROL_RATE) * 0.1
    drift -= np.interp(t, t[::CONTROL_RATE], drift[::CONTROL_RATE])  # wanders, but comes back every second
    onsets = notes[np.clip(np.searchsorted(notes[:, 0], t, "right") - 1, 0, None), 0]
    deep = np.clip((t - onsets - 0.15) / 0.3, 0, 1)
    wave = np.sin(2 * np.pi * singer.vibrato_hz * t + rng.uniform(0, 6.28))
    return np.asarray(curve + drift + singer.vibrato * deep * wave, np.float64)


def _loudness_curve(notes: Floats, t: Floats, singer: Singer, rng: np.random.Generator) -> Floats:
    """Loudness at each point: notes that come and go, joined where the line is legato."""
    curve = np.zeros(len(t))
    for onset, offset, _, loud in notes.tolist():
        fall = rng.uniform(0.02, 0.1)
        swell = 1 + rng.normal(0, 0.15) * np.clip((t - onset) / max(offset - onset, 0.05), 0, 1)
        rise = np.clip((t - onset + 0.01) / singer.attack, 0, 1) ** 0.7
        down = np.clip((offset + 0.3 * fall - t) / fall, 0, 1)
        curve = np.maximum(curve, loud * np.minimum(rise, down) * swell)
    return curve


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
