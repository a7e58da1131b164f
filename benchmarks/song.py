"""A made-up recording: plucked tones and noise strokes, the same for the same length and seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 16_000
CHUNK_SECONDS = 60


def write_song(path: Path, seconds: float, *, seed: int = 0) -> npt.NDArray[np.float32]:
    """Write a recording minute by minute, so that hours need no memory.

    Returns:
        (seconds * RATE,) float32: a read-only map of the file.
    """
    total = round(seconds * RATE)
    with path.open("wb") as file:
        for index, start in enumerate(range(0, total, CHUNK_SECONDS * RATE)):
            length = min(CHUNK_SECONDS * RATE, total - start)
            file.write(_minute(length, seed=seed + index).tobytes())
    return np.memmap(path, dtype=np.float32, mode="r")


def _minute(length: int, *, seed: int) -> npt.NDArray[np.float32]:
    random = np.random.default_rng(seed)
    sound = np.zeros(length, dtype=np.float32)
    start = 0
    while start < length:
        for _ in range(random.integers(1, 4)):
            _pluck(sound[start:], pitch=int(random.integers(36, 84)), seconds=random.uniform(0.2, 1.2))
        if random.random() < 0.6:
            stroke = sound[start : start + 2000]
            decay = np.exp(-np.arange(len(stroke)) / 300)
            stroke += (0.2 * random.standard_normal(len(stroke)) * decay).astype(np.float32)
        start += int(random.uniform(0.1, 0.4) * RATE)
    return sound


def _pluck(sound: npt.NDArray[np.float32], *, pitch: int, seconds: float) -> None:
    time = np.arange(min(int(seconds * RATE), len(sound))) / RATE
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    tone = sum(np.sin(2 * np.pi * frequency * h * time) / h for h in range(1, 5))
    sound[: len(time)] += (0.1 * tone * np.exp(-3 * time)).astype(np.float32)
