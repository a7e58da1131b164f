"""A picture of a recording along the piano keys, to be seen behind its notes.

For eyes only: no model looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.values import FloatArray

LOWEST_PITCH = 21
N_PITCHES = 88
BINS_PER_PITCH = 3
HOP_SECONDS = 0.02
MAX_FRAMES = 48_000
"""Longer recordings get coarser frames: 13 MB at most, whatever their length."""
WINDOWS = ((0.0, 0.512), (300.0, 0.256), (1200.0, 0.128))
"""(from this frequency on in Hz, length of the window in seconds): low notes need longer ones."""
RANGE_DB = 55.0
LOUD_PERCENTILE = 99.7

_BLOCK_FRAMES = 256
_FLOOR_DB = -120.0

ByteArray = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class KeySpectrogram:
    """Loudness over time and pitch.

    Attributes:
        levels: (n_bins, n_frames) uint8, 0 silent to 255 loud; the lowest bin first; read-only.
        seconds: from one frame to the next; the first is at 0.
        lowest_pitch: MIDI pitch whose row begins with bin 0.
        bins_per_pitch: bins of one row.
    """

    levels: ByteArray
    seconds: float
    lowest_pitch: float = float(LOWEST_PITCH)
    bins_per_pitch: int = BINS_PER_PITCH


def key_spectrogram(
    samples: FloatArray, sample_rate: int, *, cancel: CancelToken | None = None
) -> KeySpectrogram:
    """The spectrogram of a recording, one row of bins per piano key.

    Args:
        samples: (n,) float32 mono; may be a mapped file: it is read once, in blocks.
        sample_rate: samples per second.
        cancel: checked for every block.

    Raises:
        Cancelled: after `cancel.cancel()`.
    """
    seconds = max(HOP_SECONDS, len(samples) / sample_rate / MAX_FRAMES)
    n_frames = max(1, int(np.ceil(len(samples) / sample_rate / seconds)))
    bands = [_Band(start, length, sample_rate) for start, length in WINDOWS]
    decibels = np.full((n_frames, N_PITCHES * BINS_PER_PITCH), _FLOOR_DB, np.float16)
    for first in range(0, n_frames, _BLOCK_FRAMES):
        if cancel is not None:
            cancel.check()
        frames = np.arange(first, min(first + _BLOCK_FRAMES, n_frames))
        centres = np.round(frames * seconds * sample_rate).astype(np.int64)
        for band in bands:
            if len(band.bins):
                decibels[frames[:, None], band.bins[None, :]] = band.decibels(samples, centres)
    levels = _to_levels(decibels).T.copy()
    levels.flags.writeable = False
    return KeySpectrogram(levels, seconds)


class _Band:
    """The bins that share a window."""

    def __init__(self, start_hz: float, window_seconds: float, sample_rate: int) -> None:
        ends = [start for start, _ in WINDOWS if start > start_hz]
        end_hz = min([*ends, sample_rate / 2.0])
        centres = _bin_hz(np.arange(N_PITCHES * BINS_PER_PITCH))
        self.bins = np.flatnonzero((centres >= start_hz) & (centres < end_hz))
        self._n = int(2 ** np.round(np.log2(window_seconds * sample_rate)))
        window = np.hanning(self._n + 1)[:-1]
        self._window = (window * 2.0 / window.sum()).astype(np.float32)  # a sine of amplitude 1 reads 0 dB
        self._weights = _weights(self.bins, self._n, sample_rate)

    def decibels(self, samples: FloatArray, centres: npt.NDArray[np.int64]) -> FloatArray:
        """(n_frames, n_bins) decibels around some samples."""
        left = int(centres[0]) - self._n // 2
        right = int(centres[-1]) + self._n // 2
        part = np.zeros(right - left, np.float32)
        low, high = max(left, 0), min(right, len(samples))
        if high > low:
            part[low - left : high - left] = samples[low:high]
        framed = np.lib.stride_tricks.sliding_window_view(part, self._n)[centres - self._n // 2 - left]
        power = np.abs(np.fft.rfft(framed * self._window, axis=1)) ** 2
        found = 10.0 * np.log10(power @ self._weights + 10.0 ** (_FLOOR_DB / 10.0))
        return np.asarray(found, np.float32)


def _bin_hz(bins: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Frequency of the middle of bins; the middle bin of a row is its key's pitch."""
    pitches = LOWEST_PITCH + (bins - BINS_PER_PITCH // 2) / BINS_PER_PITCH
    return np.asarray(440.0 * 2.0 ** ((pitches - 69.0) / 12.0))


def _weights(bins: npt.NDArray[np.int64], n: int, sample_rate: int) -> FloatArray:
    """(n // 2 + 1, n_bins) how much of each line of the transform a bin takes.

    Triangles as wide as a bin, but never narrower than a line: then they interpolate between two.
    """
    lines = np.arange(n // 2 + 1) * sample_rate / n
    middle = _bin_hz(bins)
    half = np.maximum(_bin_hz(bins + 1) - middle, sample_rate / n)
    return np.asarray(np.maximum(1.0 - np.abs(lines[:, None] - middle) / half, 0.0), np.float32)


def _to_levels(decibels: npt.NDArray[np.float16]) -> ByteArray:
    """0-255 over the loudest `RANGE_DB` of the recording, so that a quiet one is seen as well."""
    sample = decibels[:: max(1, len(decibels) // 4000)].astype(np.float32)
    top = max(float(np.percentile(sample, LOUD_PERCENTILE)), _FLOOR_DB + RANGE_DB)
    levels = np.empty(decibels.shape, np.uint8)
    for first in range(0, len(decibels), 4 * _BLOCK_FRAMES):
        part = decibels[first : first + 4 * _BLOCK_FRAMES].astype(np.float32)
        levels[first : first + len(part)] = np.clip((part - top + RANGE_DB) * (255.0 / RANGE_DB), 0.0, 255.0)
    return levels
