"""Slower and faster at the same pitch: a recording stretched ahead of the listener, piece by piece."""

from __future__ import annotations

from typing import Any

import numpy as np

from mt3_desktop.core.audio.attacks import PreEchoLimiter
from mt3_desktop.core.audio.stereo import Recording
from mt3_desktop.core.values import FloatArray

MIN_SPEED, MAX_SPEED = 0.25, 2.0

_PIECE_FRAMES = 8192
_WARM_UP_PIECES = 2  # the stretcher needs to have heard what comes before
_KEPT_PIECES = 512  # 95 s at 44.1 kHz: a loop of that length is stretched once
_SEED = 4  # below half speed the library adds noise; unseeded, one passage would sound different each time


class StretchedRecording:
    """A recording at another speed, with its pitch.

    The stretcher works from left to right, so a run of pieces is kept: reading on extends it, reading within
    it costs nothing, reading elsewhere begins another. Used by one thread at a time.

    The middle of an attack (half its level) stays within 10 ms on average from 50 to 200 %, 13 ms at 25 %;
    its faint beginning is put right by a `PreEchoLimiter`. Windows of 40 to 90 ms instead of the library's
    120 ms smear less and spoil the bass.

    Attributes:
        recording: what is stretched.
        speed: 0.5 plays at half speed.
    """

    def __init__(self, recording: Recording, *, speed: float, rate: int) -> None:
        self.speed = speed
        self.recording = recording
        self._rate = rate
        self._limiter = PreEchoLimiter(recording, speed=speed, rate=rate)
        self._stretcher: Any = None  # python_stretch has no types that mypy can use on every platform
        self._first = 0
        self._pieces: list[FloatArray] = []

    def read(self, start: int, stop: int) -> FloatArray:
        """Frames at this speed: frame n sounds at n · speed / rate seconds of the recording.

        Returns:
            (stop - start, 2) float32.
        """
        if self.speed == 1.0:
            return self.recording.read(start, stop)
        out = np.zeros((stop - start, 2), dtype=np.float32)
        if stop <= 0:
            return out
        first_piece, last_piece = max(start, 0) // _PIECE_FRAMES, (stop - 1) // _PIECE_FRAMES
        self._provide(first_piece, last_piece)
        for number in range(first_piece, last_piece + 1):
            piece, piece_start = self._pieces[number - self._first], number * _PIECE_FRAMES
            first, last = max(start, piece_start), min(stop, piece_start + _PIECE_FRAMES)
            out[first - start : last - start] = piece[first - piece_start : last - piece_start]
        return out

    def _provide(self, first: int, last: int) -> None:
        """Make the pieces of a span, and those between it and the run so far."""
        following = self._first + len(self._pieces)
        if not self._pieces or first < self._first or first > following + 1:
            self._begin(first)
        while self._first + len(self._pieces) <= last:
            self._pieces.append(self._next(self._first + len(self._pieces)))
        surplus = len(self._pieces) - _KEPT_PIECES
        if surplus > 0:
            surplus = min(surplus, first - self._first)
            del self._pieces[:surplus]
            self._first += surplus

    def _begin(self, first: int) -> None:
        """Start a run at a piece."""
        import python_stretch

        self._stretcher = python_stretch.Signalsmith.Stretch(_SEED)
        self._stretcher.preset(2, float(self._rate))
        self._limiter = PreEchoLimiter(self.recording, speed=self.speed, rate=self._rate)
        self._pieces, self._first = [], first
        for number in range(first - _WARM_UP_PIECES, first):
            self._next(number)

    def _next(self, number: int) -> FloatArray:
        """(_PIECE_FRAMES, 2) the piece after the last one that was made."""
        begin = number * _PIECE_FRAMES + self._limiter.AHEAD_FRAMES
        start, stop = round(begin * self.speed), round((begin + _PIECE_FRAMES) * self.speed)
        heard = np.ascontiguousarray(self.recording.read(start, stop).T)
        # The factor of each piece makes it come out at exactly its length, so that nothing drifts.
        self._stretcher.setTimeFactor((stop - start) / (_PIECE_FRAMES + 0.01))
        made = self._stretcher.process(heard)
        piece = np.zeros((_PIECE_FRAMES, 2), dtype=np.float32)
        length = min(made.shape[1], _PIECE_FRAMES)
        piece[:length] = made[:, :length].T
        return self._limiter.limit(piece, number * _PIECE_FRAMES)
