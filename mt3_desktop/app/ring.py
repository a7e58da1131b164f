"""The ring between the thread that mixes and the callback of the sound card."""

from __future__ import annotations

import numpy as np

from mt3_desktop.core.values import FloatArray


class Ring:
    """Stereo frames on their way to the sound card, numbered from the start of the stream.

    One thread writes, one takes; neither waits for the other. The writer may replace frames that are not
    taken yet, as long as it keeps a distance from the reader: that is how a mute is heard at once although
    half a second is mixed ahead.

    Attributes:
        capacity: frames it holds.
        taken: frames that the sound card has asked for. The only thing that `fill` changes.
        written: frame after the last one that may be taken; what is asked for beyond is silence.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.taken = 0
        self.written = 0
        self._frames: FloatArray = np.zeros((capacity, 2), dtype=np.float32)

    def fill(self, out: FloatArray) -> None:
        """Copy the next frames into the sound card's buffer, silence where there are none.

        Args:
            out: (n, 2) or (n, 1) float32, overwritten.
        """
        wanted = len(out)
        count = max(0, min(wanted, self.written - self.taken))
        start = self.taken % self.capacity
        first = min(count, self.capacity - start)
        if out.shape[1] == 2:
            out[:first] = self._frames[start : start + first]
            out[first:count] = self._frames[: count - first]
        else:
            np.mean(self._frames[start : start + first], axis=1, keepdims=True, out=out[:first])
            np.mean(self._frames[: count - first], axis=1, keepdims=True, out=out[first:count])
        out[count:] = 0
        self.taken += wanted

    def skip(self, count: int) -> None:
        """Take frames without looking at them, where there is no sound card."""
        self.taken += count

    def write(self, start: int, frames: FloatArray) -> None:
        """Put frames from number `start` on; nothing beyond them may be taken before the next call."""
        place = start % self.capacity
        first = min(len(frames), self.capacity - place)
        self._frames[place : place + first] = frames[:first]
        self._frames[: len(frames) - first] = frames[first:]
        self.written = start + len(frames)

    def peek(self, start: int, count: int) -> FloatArray:
        """(count, 2) copy of frames that were written, silence beyond `written`."""
        out = np.zeros((count, 2), dtype=np.float32)
        count = max(0, min(count, self.written - start))
        indices = np.arange(start, start + count) % self.capacity
        out[:count] = self._frames[indices]
        return out
