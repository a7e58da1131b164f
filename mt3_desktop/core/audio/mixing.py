"""Channels → mono, and a watch over what the mixing costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from mt3_desktop.core.values import FloatArray

CANCELLED_SHARE = 0.01
"""Of the channels' mean energy. Independent channels leave 1/n in their mean, two of them a half; below
-20 dB one is the other upside down, as a wrongly soldered cable or a "stereo widener" makes it."""


class Mixer:
    """Mixes a recording to mono, block by block: the mean of its channels, or one of them.

    Models and goldens want the mean. Channels of opposite phase cancel each other in it, and a loud recording
    would be taken for silence; that can be told only at the end, so whoever mixes asks `cancelled` then.
    """

    def __init__(self, only: int | None = None) -> None:
        """Start a recording.

        Args:
            only: the channel to take, or None for the mean of all.
        """
        self._only = only
        self._mixed_energy = 0.0
        self._energies: list[float] = []

    @property
    def cancelled(self) -> int | None:
        """The loudest channel, if the channels have cancelled each other in the mean; else None."""
        if len(self._energies) < 2:
            return None
        mean_energy = sum(self._energies) / len(self._energies)
        if not self._mixed_energy < CANCELLED_SHARE * mean_energy:
            return None
        return int(np.argmax(self._energies))

    def mix(self, channels: FloatArray) -> FloatArray:
        """Mono sound; what is not a number becomes silence, so that it cannot spread.

        Args:
            channels: (channels, n) float32; their number may change within a stream.

        Returns:
            (n,) float32.
        """
        if not np.isfinite(channels).all():
            channels = np.nan_to_num(channels, nan=0.0, posinf=0.0, neginf=0.0)
        if len(channels) == 1:
            return _row(channels[0])
        if self._only is not None:
            return _row(channels[min(self._only, len(channels) - 1)])
        mono = _row(channels.mean(axis=0, dtype=np.float32))
        self._watch(channels, mono)
        return mono

    def _watch(self, channels: FloatArray, mono: FloatArray) -> None:
        self._energies += [0.0] * (len(channels) - len(self._energies))
        for index, channel in enumerate(channels):
            self._energies[index] += float(np.vdot(channel, channel))
        self._mixed_energy += float(np.vdot(mono, mono))


def _row(samples: np.ndarray[Any, np.dtype[np.float32]]) -> FloatArray:
    return np.ascontiguousarray(samples, dtype=np.float32)
