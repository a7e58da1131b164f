"""Blocks of sound at any rate → blocks at one rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mt3_desktop.core.values import FloatArray


class Resampler:
    """Streams sound through soxr (high quality); the rate of the input may change on the way.

    Some streams do change it: the first frames of HE-AAC may come at half the rate of the others.
    """

    def __init__(self, target_rate: int) -> None:
        self._target_rate = target_rate
        self._rate = 0.0
        self._stream: Any = None  # soxr.ResampleStream, which has no type information

    def feed(self, block: FloatArray, sample_rate: float) -> Iterator[FloatArray]:
        """Resample a block (n,) float32; yields what is ready, which may lag behind."""
        if sample_rate != self._rate:
            yield from self.finish()
            self._start(sample_rate)
        if self._stream is None:
            yield block
        else:
            yield self._stream.resample_chunk(block)

    def finish(self) -> Iterator[FloatArray]:
        """Yield what is still inside."""
        if self._stream is not None:
            yield self._stream.resample_chunk(np.empty(0, dtype=np.float32), last=True)
        self._stream = None
        self._rate = 0.0

    def _start(self, sample_rate: float) -> None:
        import soxr

        self._rate = sample_rate
        if sample_rate != self._target_rate:
            self._stream = soxr.ResampleStream(
                sample_rate, self._target_rate, 1, dtype="float32", quality="HQ"
            )
