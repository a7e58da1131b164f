"""Real throats to sing and speak with: the spectra of recorded speakers, at any pitch and any speed.

`speakers` makes the file. A vowel is held as long as a note is, a consonant keeps its length and comes before
the note; both are read off the recording frame by frame, so they move as the speaker's mouth did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import istft, stft

from training import RATE
from training.formants import harmonics_below
from training.legato import CONTROL_RATE, LEGATO_GAP, control_times, harmonic_sum

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FRAME_SECONDS = 1 / CONTROL_RATE
N_POINTS = 40
LOWEST_MEL, HIGHEST_MEL = 92.68, 2827.0
SPECTRUM_HZ: Floats = 700 * (10 ** (np.linspace(LOWEST_MEL, HIGHEST_MEL, N_POINTS) / 2595) - 1)
"""Evenly spaced on the mel scale, 60 Hz to 7.9 kHz."""
HELD_OUT = ("upc_ca_ona_hts", "flite rms")
"""Speakers for validation: a woman and a man whom training never hears."""
SHORTEST_VOWEL = 12
LONGEST_CONSONANTS = 44
EDGE = 14  # frames of a vowel that keep their speed, at either end
NOISE_WINDOW = 4 * (RATE // CONTROL_RATE)
NOISE_OVERLAP = 3 * (RATE // CONTROL_RATE)


@dataclass(frozen=True, slots=True)
class Throat:
    """One speaker.

    Attributes:
        spectrum: (frames, N_POINTS) log amplitude at `SPECTRUM_HZ`, a frame each `FRAME_SECONDS`.
        breath: (frames, N_POINTS) share of noise in the amplitude; 1 where the speaker has no pitch.
        hz: (frames,) pitch of the recording; 0 where it has none.
        syllables: (n, 3) first frame of the consonants, first and last of the vowel after them.
        pitch: MIDI pitch around which the speaker speaks.
    """

    spectrum: Floats
    breath: Floats
    hz: Floats
    syllables: Indices
    pitch: float


@dataclass(frozen=True, slots=True)
class Words:
    """What a line says at each point in time.

    Attributes:
        frame: (points,) of the throat's recording, with a fraction.
        level: (points,) log amplitude that makes its vowels equally loud.
        consonant: (points,) 0-1, where a consonant sounds before its note.
    """

    frame: Floats
    level: Floats
    consonant: Floats


def load_throats(path: Path, *, held_out: bool = False) -> tuple[Throat, ...]:
    """The speakers of a file by `speakers.write_speakers`: those to train with, or the held-out ones."""
    with np.load(path) as file:
        spectrum, breath, hz = (file[name].astype(np.float64) for name in ("spectrum", "breath", "hz"))
        phones, names = file["phones"], [str(name) for name in file["names"]]
    throats = []
    for number, name in enumerate(names):
        if (name in HELD_OUT) != held_out:
            continue
        mine = phones[phones[:, 0] == number, 1:]
        first, last = int(mine[0, 0]), int(mine[-1, 1]) + 1
        spoken = hz[first:last]
        pitch = 69 + 12 * float(np.log2(np.median(spoken[spoken > 0]) / 440))
        throats.append(
            Throat(spectrum[first:last], breath[first:last], spoken, _syllables(mine) - first, pitch)
        )
    return tuple(throats)


def _syllables(phones: Indices) -> Indices:
    """(n, 3) from phones (first frame, last frame, whether a vowel) of one speaker."""
    found, begun, end = [], 0, -1
    for first, last, is_vowel in phones.tolist():
        if first != end:
            begun = first
        if is_vowel:
            if last - first >= SHORTEST_VOWEL:
                found.append((max(begun, first - LONGEST_CONSONANTS), first, last - 1))
            begun = last
        end = last
    return np.array(found, np.int64).reshape(-1, 3)


def words(notes: Floats, t: Floats, throat: Throat, melisma: float, rng: np.random.Generator) -> Words:
    """Put syllables to a line.

    Args:
        notes: (n, 4) as `singing.sing` takes them.
        t: (points,) seconds.
        throat: who sings.
        melisma: how often a joined note goes on with the vowel of the note before.
        rng: source of every draw.
    """
    heads = [0]
    for i in range(1, len(notes)):
        joined = notes[i, 0] - notes[i - 1, 1] < LEGATO_GAP and notes[i, 2] != notes[i - 1, 2]
        if not (joined and rng.random() < melisma):
            heads.append(i)
    times, frames, levels = [t[0] - 2], [0.0], [0.0]
    consonant = np.zeros(len(t))
    for head, following in zip(heads, [*heads[1:], len(notes)], strict=True):
        begun, first, last = throat.syllables[rng.integers(len(throat.syllables))].tolist()
        onset, end = notes[head, 0], notes[following - 1, 1]
        length = (first - begun) * FRAME_SECONDS * rng.uniform(0.8, 1.4)
        start = max(onset - length, times[-1] + 0.01)
        edge = min(EDGE, (last - first) // 2, int((end - onset) * CONTROL_RATE) // 2)
        level = float(throat.spectrum[first + edge : last - edge + 1].max(1).mean())
        times += [start - 1e-3, start, onset, onset + edge * FRAME_SECONDS, end - edge * FRAME_SECONDS, end]
        frames += [frames[-1], begun, first, first + edge, last - edge, last]
        levels += [levels[-1], *[level] * 5]
        if onset > start:
            consonant = np.maximum(consonant, np.clip(np.minimum(t - start, onset + 0.02 - t) / 0.01, 0, 1))
    ordered = np.maximum.accumulate(times)
    frame = np.asarray(np.interp(t, ordered, frames), np.float64)
    return Words(frame, np.asarray(np.interp(t, ordered, levels), np.float64), consonant)


def speak(n: int, throats: Sequence[Throat], rng: np.random.Generator) -> Floats:
    """(n,) speech of one of them, peak 1."""
    throat = throats[int(rng.integers(len(throats)))]
    said, hz = _speech(control_times(n), throat, rng)
    y = utter(said, hz, said.consonant, throat, size=float(rng.uniform(0.85, 1.2)), n_samples=n, rng=rng)
    return np.asarray(y / max(float(np.abs(y).max()), 1e-9), np.float64)


def _speech(t: Floats, throat: Throat, rng: np.random.Generator) -> tuple[Words, Floats]:
    """What the speaker said, from somewhere on, at another speed and pitch: words and (points,) Hz."""
    speed = rng.uniform(0.75, 1.3)
    begun = rng.uniform(0, len(throat.hz))
    frame = np.asarray((begun + np.arange(len(t)) * speed) % (len(throat.hz) - 1), np.float64)
    spoken = throat.hz > 0
    contour = np.interp(np.arange(len(throat.hz)), np.nonzero(spoken)[0], np.log(throat.hz[spoken]))
    middle = float(contour.mean())
    lively = middle + rng.choice((0.5, 1.0, 2.0)) * (contour - middle)
    level = np.full(len(t), float(throat.spectrum.max(1).mean()))
    hz = np.exp(lively[frame.astype(int)]) * 2 ** rng.normal(0, 0.35)
    return Words(frame, level, np.ones(len(t))), np.clip(hz, 60, 600)


def utter(
    said: Words,
    hz: Floats,
    loudness: Floats,
    throat: Throat,
    *,
    size: float,
    n_samples: int,
    rng: np.random.Generator,
) -> Floats:
    """Sound of words.

    Args:
        said: what is sung or spoken.
        hz: (points,) pitch at the control times.
        loudness: (points,).
        throat: whose.
        size: of the vocal tract; above 1 is shorter than the speaker's: higher formants.
        n_samples: length of the sound.
        rng: source of the breath.

    Returns:
        (n,), not scaled.
    """
    before = said.frame.astype(np.int64)
    after, part = np.minimum(before + 1, len(throat.hz) - 1), (said.frame % 1)[:, None]
    spectrum = throat.spectrum[before] * (1 - part) + throat.spectrum[after] * part - said.level[:, None]
    breath = np.clip(throat.breath[before] * (1 - part) + throat.breath[after] * part, 0, 1)
    amplitude = np.exp(np.minimum(spectrum, 1.5)) * loudness[:, None]
    t = np.arange(len(hz)) / CONTROL_RATE
    number = harmonics_below(float(hz.max()))
    tone = _at(amplitude * np.sqrt(1 - breath**2), number[:, None] * hz / size)
    y = harmonic_sum(hz, t, tone * 2 * np.sqrt(hz / RATE), n_samples)
    _, _, noise = stft(rng.standard_normal(n_samples), nperseg=NOISE_WINDOW, noverlap=NOISE_OVERLAP)
    bins = np.linspace(0, RATE / 2, noise.shape[0])
    shape = _at(amplitude * breath, np.repeat(bins[:, None] / size, len(hz), 1))
    points = np.minimum(np.arange(noise.shape[1]), len(hz) - 1)
    _, hiss = istft(noise * shape[:, points], nperseg=NOISE_WINDOW, noverlap=NOISE_OVERLAP)
    hiss = np.pad(hiss, (0, max(0, n_samples - len(hiss))))[:n_samples]
    return np.asarray(y + hiss, np.float64)


def _at(table: Floats, hertz: Floats) -> Floats:
    """(k, points) values of (points, N_POINTS) at frequencies (k, points)."""
    mel = (2595 * np.log10(1 + hertz / 700) - LOWEST_MEL) / (HIGHEST_MEL - LOWEST_MEL) * (N_POINTS - 1)
    mel = np.clip(mel, 0, N_POINTS - 1.001)
    low = mel.astype(np.int64)
    point = np.arange(table.shape[0])
    part = mel - low
    return np.asarray(table[point, low] * (1 - part) + table[point, low + 1] * part, np.float64)
