"""Recordings to listen to: any part of a file, in stereo, at the rate of the sound card."""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mt3_desktop.core import audio
from mt3_desktop.core.audio.decoding import not_found, unreadable
from mt3_desktop.core.audio.sniffing import sniff
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.values import FloatArray

log = logging.getLogger(__name__)

_MAX_BLOCKS = 64  # seconds kept decoded, 22 MB at 44.1 kHz
_MARGIN_SECONDS = 0.05  # what the resampler hears on both sides of a block


class Recording(Protocol):
    """Sound that can be read from anywhere. Used by one thread at a time."""

    @property
    def duration(self) -> float:
        """Length in seconds."""
        ...

    def read(self, start: int, stop: int) -> FloatArray:
        """Frames of the recording.

        Args:
            start: first frame at the output's rate; may lie outside, where there is silence.
            stop: frame after the last.

        Returns:
            (stop - start, 2) float32.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def open_recording(path: Path, rate: int, *, cancel: CancelToken | None = None) -> Recording:
    """Open a file for listening.

    What libsndfile knows is read where it is played. Other files (M4A, MP4, WMA…) have no exact places to
    jump to, so they are decoded as a whole, once, to mono; that takes a second per some minutes of sound.

    Args:
        path: an audio file or a film.
        rate: frames per second of the output.
        cancel: checked while a whole file is decoded.

    Raises:
        AudioNotFound: if there is no such file.
        UnsupportedAudio: if it cannot be decoded.
        EmptyAudio: if it holds no sound.
        Cancelled: after `cancel.cancel()`.
    """
    try:
        for_soundfile = sniff(path).is_for_soundfile
    except OSError as error:
        raise not_found(path, str(error)) from error
    if for_soundfile:
        import soundfile

        try:
            return _FileRecording(soundfile.SoundFile(str(path)), rate)
        except soundfile.LibsndfileError as error:
            log.info("libsndfile cannot play it: %s", error)
    clip = audio.read(path, rate, cancel=cancel, accept_damaged=True, accept_silent=True)
    return _ClipRecording(clip.samples, rate)


class _ClipRecording:
    """Mono sound in memory, or in a mapped temporary file."""

    def __init__(self, samples: FloatArray, rate: int) -> None:
        self._samples = samples
        self._rate = rate

    @property
    def duration(self) -> float:
        return len(self._samples) / self._rate

    def read(self, start: int, stop: int) -> FloatArray:
        out = np.zeros((stop - start, 2), dtype=np.float32)
        first, last = max(start, 0), min(stop, len(self._samples))
        if last > first:
            out[first - start : last - start] = self._samples[first:last, None]
        return out

    def close(self) -> None:
        self._samples = np.empty(0, dtype=np.float32)


class _FileRecording:
    """An open file, decoded and resampled in blocks of one second."""

    def __init__(self, file: Any, rate: int) -> None:  # soundfile has no type information
        self._file = file
        self._rate = rate
        self._blocks: OrderedDict[int, FloatArray] = OrderedDict()
        if file.frames <= 0 or not file.seekable():
            raise unreadable(Path(str(file.name)), "its length is not known")
        common = math.gcd(file.samplerate, rate)
        unit = file.samplerate // common  # so many frames of the file are a whole number of frames out
        self._margin = unit * math.ceil(_MARGIN_SECONDS * file.samplerate / unit)

    @property
    def duration(self) -> float:
        return float(self._file.frames / self._file.samplerate)

    def read(self, start: int, stop: int) -> FloatArray:
        out = np.zeros((stop - start, 2), dtype=np.float32)
        end = math.ceil(self.duration * self._rate)
        for index in range(max(start, 0) // self._rate, -(-min(stop, end) // self._rate)):
            block_start = index * self._rate
            first, last = max(start, block_start), min(stop, block_start + self._rate)
            out[first - start : last - start] = self._block(index)[first - block_start : last - block_start]
        return out

    def close(self) -> None:
        self._file.close()
        self._blocks.clear()

    def _block(self, index: int) -> FloatArray:
        """(rate, 2) one second of the recording."""
        block = self._blocks.get(index)
        if block is None:
            block = self._blocks[index] = self._decode(index)
            if len(self._blocks) > _MAX_BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(index)
        return block

    def _decode(self, index: int) -> FloatArray:
        import soxr

        source_rate = self._file.samplerate
        if source_rate == self._rate:
            return self._frames(index * self._rate, self._rate)
        margin = self._margin
        frames = self._frames(index * source_rate - margin, source_rate + 2 * margin)
        skipped = margin * self._rate // source_rate
        resampled = soxr.resample(frames, source_rate, self._rate, quality="HQ")
        block: FloatArray = np.ascontiguousarray(resampled[skipped : skipped + self._rate])
        return block

    def _frames(self, start: int, count: int) -> FloatArray:
        """(count, 2) frames of the file at its own rate, silence outside it."""
        import soundfile

        out = np.zeros((count, 2), dtype=np.float32)
        first, last = max(start, 0), min(start + count, self._file.frames)
        if last <= first:
            return out
        try:
            self._file.seek(first)
            frames = self._file.read(last - first, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            log.warning("playback: %.1f s cannot be decoded: %s", first / self._file.samplerate, error)
            return out
        np.nan_to_num(frames, copy=False, posinf=0.0, neginf=0.0)
        stereo = frames[:, :2] if frames.shape[1] != 1 else frames[:, [0, 0]]
        if frames.shape[1] > 2:  # surround: everything, evenly
            stereo = np.repeat(frames.mean(axis=1, keepdims=True), 2, axis=1)
        out[first - start : first - start + len(stereo)] = stereo
        return out
