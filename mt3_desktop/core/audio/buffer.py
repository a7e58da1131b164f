"""A growing recording: in memory while it is short, in a temporary file when it is long."""

from __future__ import annotations

import errno
import mmap
import tempfile
from typing import IO

import numpy as np

from mt3_desktop.core.errors import NoRoomToWork
from mt3_desktop.core.values import FloatArray

MAX_IN_MEMORY_SAMPLES = 16_000 * 60 * 30
"""115 MB: half an hour at 16 kHz, which is longer than nearly all music."""


class SampleBuffer:
    """Takes blocks of samples and gives them back as one read-only array.

    The temporary file has no name (or vanishes with its last handle, on Windows), so nothing is left behind
    even by a killed program; the array that is mapped onto it keeps it alive, and its space is free again
    when the array is.
    """

    def __init__(self, *, expected: int = 0, max_in_memory: int = MAX_IN_MEMORY_SAMPLES) -> None:
        """Start empty.

        Args:
            expected: samples that will probably come, as far as is known.
            max_in_memory: with more samples than that they go into the file.
        """
        self._max_in_memory = max_in_memory if expected <= max_in_memory else 0
        self._array: FloatArray = np.empty(min(self._max_in_memory, 1 << 20), dtype=np.float32)
        self._file: IO[bytes] | None = None
        self._length = 0
        self.peak = 0.0
        """The largest magnitude so far: found here, since a mapped file would have to be read once more."""

    def __len__(self) -> int:
        return self._length

    @property
    def is_on_disk(self) -> bool:
        """Whether the samples go into the temporary file."""
        return self._file is not None

    def append(self, block: FloatArray) -> None:
        """Add samples (n,) float32.

        Raises:
            DiskFull: if the temporary folder has no room.
        """
        end = self._length + len(block)
        if self._file is None and end > self._max_in_memory:
            self._spill()
        if self._file is not None:
            self._write(block)
        else:
            self._reserve(end)
            self._array[self._length : end] = block
        self._length = end
        if len(block):
            self.peak = max(self.peak, float(np.abs(block).max()))

    def finish(self) -> FloatArray:
        """All samples, (n,) float32, read-only. Nothing can be added afterwards.

        Raises:
            DiskFull: if the temporary folder has no room.
        """
        if self._file is None:
            samples = self._array[: self._length]
            samples.flags.writeable = False
            return samples
        try:
            self._file.flush()
        except OSError as error:
            raise _translated(error) from error
        with self._file:
            mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, dtype=np.float32)

    def close(self) -> None:
        """Drop everything, for a recording that is given up half-way."""
        if self._file is not None:
            self._file.close()

    def _reserve(self, n_samples: int) -> None:
        """Make room by doubling; the part that stays unused never becomes real memory."""
        capacity = len(self._array)
        if n_samples <= capacity:
            return
        grown = np.empty(min(max(2 * capacity, n_samples), self._max_in_memory), dtype=np.float32)
        grown[: self._length] = self._array[: self._length]
        self._array = grown

    def _spill(self) -> None:
        """Move what there is into a temporary file."""
        self._file = tempfile.TemporaryFile(prefix="mt3-desktop-")  # noqa: SIM115 - closed by finish or close
        self._write(self._array[: self._length])
        self._array = np.empty(0, dtype=np.float32)

    def _write(self, block: FloatArray) -> None:
        assert self._file is not None
        try:
            self._file.write(np.ascontiguousarray(block).data)
        except OSError as error:
            raise _translated(error) from error


def _translated(error: OSError) -> OSError:
    """A full disk as a sentence; anything else as it is."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return error
    return NoRoomToWork(
        "Not enough disk space to read such a long recording.",
        hint=f"Free some space in {tempfile.gettempdir()}.",
        detail=str(error),
    )
