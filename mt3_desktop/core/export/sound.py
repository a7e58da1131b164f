"""Sound → a WAV file."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mt3_desktop.core.errors import NotWritable
from mt3_desktop.core.export.files import write_atomically
from mt3_desktop.core.values import FloatArray

_MAX_BYTES = (1 << 32) - 4096  # a RIFF file counts its bytes in 32 bits
_BYTES_PER_FRAME = 4


def write_wav(path: Path, blocks: Iterable[FloatArray], rate: int) -> Path:
    """Write 16-bit stereo, whole or not at all.

    Args:
        path: where to.
        blocks: (n, 2) float32 each, in order; beyond ±1 is clipped. May be made while writing, and may
            raise (`Cancelled`, for example): then nothing is left behind.
        rate: frames per second.

    Returns:
        `path`.

    Raises:
        NotWritable: if it cannot be written there, or is longer than a WAV file can be (6.7 hours).
        DiskFull: if there is no room.
    """

    def write(file: BinaryIO) -> None:
        # The standard library's writer and not libsndfile's: there, an error of the file would be lost.
        with wave.open(file, "wb") as writer:
            writer.setnchannels(2)
            writer.setsampwidth(2)
            writer.setframerate(rate)
            n_bytes = 0
            for block in blocks:
                samples = np.rint(np.clip(block, -1.0, 1.0) * 32767).astype("<i2")
                n_bytes += len(samples) * _BYTES_PER_FRAME
                if n_bytes > _MAX_BYTES:
                    raise NotWritable(
                        f'"{path.name}" would be too long for a WAV file.', hint="Export a part of the song."
                    )
                writer.writeframesraw(samples.tobytes())
            writer.writeframes(b"")  # completes the header, also of an empty file

    return write_atomically(path, write)
