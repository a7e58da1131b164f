"""What separates a clean render from a recording: equalisers, rooms, band limits, dirt, noise, level.

All of it keeps the direct sound at its time, so the labels stay true. Every effect is drawn per example.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import lfilter

from training import RATE
from training.negatives import babble

Sound32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Spectrum = npt.NDArray[np.complex64]

EQ_POINTS = 9
ROOM_SECONDS = 1.0


class Recording(NamedTuple):
    """Sound after augmentation, and the factor by which its loudness changed."""

    samples: Sound32
    gain: float


def colour_buses(buses: Sound32, rng: np.random.Generator) -> Sound32:
    """Sum tracks (n_buses, n), each with a body and at times a room of its own.

    A filter per instrument is worth a font: the network cannot learn an instrument by one spectrum.
    """
    n = buses.shape[1]
    total = np.zeros(n, np.float32)
    for bus in buses:
        eq, room = rng.random() < 0.5, rng.random() < 0.2
        if not (eq or room):
            total += bus
            continue
        size = next_fast_len(n + int(ROOM_SECONDS * RATE), real=True)
        spectrum = rfft(bus, size)
        if eq:
            spectrum *= 10 ** (_eq_curve(len(spectrum), rng, 5.0) / 20)
        if room:
            spectrum *= rfft(_room(rng, wet_db=(-20, 0)), size)
        filtered = irfft(spectrum, size)[:n]
        # An equaliser may not make a track louder or softer than it was drawn to be.
        total += filtered * (_rms(bus) / max(_rms(filtered), 1e-7))
    return total


def record(samples: Sound32, rng: np.random.Generator, strength: float) -> Recording:
    """Make a clean mix sound as if recorded.

    Args:
        samples: (n,) float32.
        rng: source of every draw.
        strength: 0-1, how often and how much.
    """

    def sometimes(probability: float) -> bool:
        return bool(rng.random() < probability * strength)

    loudness = max(_rms(samples), 1e-6)
    y = samples * np.float32(0.1 / loudness)
    if sometimes(0.2):
        drive = 10 ** rng.uniform(0, 1.2)
        y = np.tanh(y * drive) / drive
    if sometimes(0.2):
        y = _compressed(y, rng)
    if sometimes(0.85):
        y = _filtered(y, rng, strength, sometimes(0.6))
    if sometimes(0.04):
        y = y + babble(len(y), rng) * 10 ** (-rng.uniform(5, 20) / 20) * 0.1
    if sometimes(0.5):
        y = y + _noise(len(y), rng) * _rms(y) * 10 ** (-rng.uniform(12, 60) / 20)
    if sometimes(0.08):
        hz = rng.choice([50, 60]) * rng.integers(1, 4)
        y = y + np.sin(2 * np.pi * hz * np.arange(len(y)) / RATE) * _rms(y) * 0.05 * rng.random()
    gain = 10 ** (-rng.uniform(0, 26) / 20) * 0.1 / max(_rms(y), 1e-6)
    # A little floor, so that silence is never exact.
    out = (y * gain + 1e-5 * rng.standard_normal(len(y))).astype(np.float32)
    return Recording(out, _rms(out) / loudness)


def _filtered(y: Sound32, rng: np.random.Generator, strength: float, room: bool) -> Sound32:
    """Equaliser, tilt, band limits and room in one spectrum."""
    size = next_fast_len(len(y) + int(ROOM_SECONDS * RATE), real=True)
    spectrum = rfft(y, size)
    hz = np.linspace(0, RATE / 2, len(spectrum))
    db = _eq_curve(len(spectrum), rng, 4.0 * strength)
    db += rng.uniform(-1, 1) * strength * np.clip(np.log2(np.maximum(hz, 60) / 500), -3, 4)
    if rng.random() < 0.25 * strength:  # telephone, old record, low-rate codec
        db -= 60 * np.clip((hz - 3000 * (8 / 3) ** rng.random()) / 400, 0, 1)
    if rng.random() < 0.3 * strength:  # a small microphone
        db -= 12 * np.clip(np.log2(20 * 10 ** rng.random() / np.maximum(hz, 1)), 0, 4)
    spectrum *= 10 ** (db / 20)
    if room:
        spectrum *= rfft(_room(rng, wet_db=(-23, -3)), size)
    return np.asarray(irfft(spectrum, size)[: len(y)], np.float32)


def _eq_curve(n: int, rng: np.random.Generator, sigma_db: float) -> Floats:
    """(n,) dB over linear frequency: a random line through `EQ_POINTS` on log frequency from 30 Hz."""
    octaves = np.log2(np.maximum(np.linspace(0, RATE / 2, n), 30) / 30)
    points = np.linspace(0, octaves[-1], EQ_POINTS)
    return np.interp(octaves, points, rng.normal(0, sigma_db, EQ_POINTS))


def _room(rng: np.random.Generator, wet_db: tuple[float, float]) -> Sound32:
    """Impulse response: the direct sound, a few early echoes, a noise tail that darkens as it dies."""
    n = int(ROOM_SECONDS * RATE)
    t = np.arange(n) / RATE
    rt60 = 0.08 * (1.8 / 0.08) ** rng.random()
    tail = rng.standard_normal(n) * np.exp(-6.9 * t / rt60) * (t > rng.uniform(0.002, 0.02))
    tail = lfilter([1 - (pole := rng.uniform(0, 0.7))], [1, -pole], tail)
    for _ in range(rng.integers(0, 6)):
        tail[int(rng.uniform(0.002, 0.04) * RATE)] += rng.normal(0, 1) * np.abs(tail).max()
    tail *= 10 ** (rng.uniform(*wet_db) / 20) / max(float(np.sqrt((tail**2).sum())), 1e-9)
    tail[0] += 1
    return np.asarray(tail, np.float32)


def _compressed(y: Sound32, rng: np.random.Generator) -> Sound32:
    """A mix-bus compressor: loudness over 10 ms, smoothed by its release, divided out in part."""
    block = RATE // 100
    n = len(y) // block + 1
    padded = np.pad(y, (0, n * block - len(y))).reshape(n, block)
    level = np.sqrt((padded**2).mean(1)) + 1e-4
    pole = np.exp(-0.01 / rng.uniform(0.03, 0.4))
    smooth = lfilter([1 - pole], [1, -pole], level, zi=[pole * level[0]])[0]
    gain = np.maximum(smooth, 0.02) ** -rng.uniform(0.2, 0.7)
    gain = np.interp(np.arange(len(y)), (np.arange(n) + 0.5) * block, gain)
    return np.asarray(y * gain / gain.mean(), np.float32)


def _noise(n: int, rng: np.random.Generator) -> Floats:
    """White to brown noise of unit loudness."""
    pole = rng.uniform(0, 0.98)
    y = lfilter([1], [1, -pole], rng.standard_normal(n))
    return np.asarray(y / max(_rms(y), 1e-9), np.float64)


def _rms(y: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(y))))
