"""Files → blocks of mono sound: libsndfile for what it knows, FFmpeg (PyAV) for the rest.

Both give the same samples for the same sound: mono by a `Mixer`, no resampling here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mt3_desktop.core.audio.mixing import Mixer
from mt3_desktop.core.errors import AudioNotFound, EmptyAudio, ProtectedAudio, UnsupportedAudio
from mt3_desktop.core.values import FloatArray

log = logging.getLogger(__name__)

BLOCK_FRAMES = 16384
"""Small enough that a file with a damaged end loses less than half a second of what came before."""

PROTECTED_TAGS = frozenset({"drms", "enca", "aavd"})
"""MP4 sample entries of encrypted sound: iTunes, Common Encryption, Audible."""


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file says about its sound.

    Attributes:
        duration: seconds by the file's own account, or None where it gives none that can be trusted.
        sample_rate: samples per second.
        n_channels: channels.
        format_name: "WAV", "mov,mp4,m4a", … as the decoder calls it.
    """

    duration: float | None
    sample_rate: int
    n_channels: int
    format_name: str


@dataclass(frozen=True, slots=True)
class Block:
    """Some sound: `samples` (n,) float32 mono at `sample_rate`, which may change within a stream."""

    samples: FloatArray
    sample_rate: int


@dataclass(frozen=True, slots=True)
class Decoding:
    """An open file.

    Attributes:
        info: what it says about itself.
        blocks: its sound, in order; ends early, with a log line, where the rest cannot be decoded.
    """

    info: AudioInfo
    blocks: Iterator[Block]


@contextmanager
def open_with_soundfile(path: Path, mixer: Mixer) -> Iterator[Decoding]:
    """Open a file with libsndfile.

    Args:
        path: the file.
        mixer: makes mono of its channels.

    Raises:
        UnsupportedAudio: if libsndfile does not know it.
    """
    import soundfile

    try:
        file = soundfile.SoundFile(str(path))
    except soundfile.LibsndfileError as error:
        raise unreadable(path, str(error)) from error
    with file:
        info = AudioInfo(
            duration=file.frames / file.samplerate,
            sample_rate=file.samplerate,
            n_channels=file.channels,
            format_name=file.format,
        )
        yield Decoding(info, _soundfile_blocks(file, mixer))


def _soundfile_blocks(file: Any, mixer: Mixer) -> Iterator[Block]:  # soundfile has no type information
    import soundfile

    while True:
        try:
            samples = file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            log.info("decoding ends early: %s", error)
            return
        if not len(samples):
            return
        yield Block(mixer.mix(samples.T), file.samplerate)


@contextmanager
def open_with_pyav(path: Path, mixer: Mixer) -> Iterator[Decoding]:
    """Open a file with FFmpeg and take its first audio track.

    Args:
        path: the file.
        mixer: makes mono of its channels.

    Raises:
        AudioNotFound: if it is gone, as when it was moved since somebody looked.
        UnsupportedAudio: if FFmpeg does not know it, or it is encrypted.
        EmptyAudio: if there is no audio track inside.
    """
    import av

    try:
        container = av.open(str(path), metadata_errors="replace")
    except FileNotFoundError as error:
        raise not_found(path, str(error)) from error
    except (av.error.FFmpegError, ValueError) as error:
        raise unreadable(path, str(error)) from error
    with container:
        if not container.streams.audio:
            raise no_audio_track(path)
        stream = container.streams.audio[0]
        context = stream.codec_context
        if context is None:
            raise unreadable(path, "no decoder for its sound")
        if context.codec_tag in PROTECTED_TAGS:
            raise protected(path)
        info = AudioInfo(
            duration=_trusted_duration(container, stream),
            sample_rate=stream.rate or 0,
            n_channels=context.channels,
            format_name=container.format.name,
        )
        yield Decoding(info, _pyav_blocks(container, stream, mixer))


def _trusted_duration(container: Any, stream: Any) -> float | None:  # PyAV objects of a moving interface
    """The length of the audio track where the file states it.

    FFmpeg estimates the length of raw streams (.aac, .mp3 without header) from the bit rate: no use. A
    Matroska file states only the length of its longest track, so one with a film says nothing about sound.
    """
    names = container.format.name.split(",")
    if "mp4" in names and stream.duration is not None:
        return float(stream.duration * stream.time_base)
    if "matroska" in names and not container.streams.video and container.duration is not None:
        return float(container.duration) / 1_000_000
    return None


def _pyav_blocks(container: Any, stream: Any, mixer: Mixer) -> Iterator[Block]:  # PyAV objects
    """Decode packet by packet: one that is damaged is skipped, as players do."""
    import av

    n_damaged = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet is not None else []
        except av.error.FFmpegError as error:
            n_damaged += 1
            log.debug("damaged packet: %s", error)
            continue  # after an error of the file itself, the next packet is None
        if packet is None:
            break
        for frame in frames:
            yield Block(mixer.mix(_frame_samples(frame)), frame.sample_rate)
    if n_damaged:
        log.info("%d damaged packets were skipped", n_damaged)


def _frame_samples(frame: Any) -> FloatArray:  # PyAV objects of a moving interface
    """The samples of a decoded frame, (channels, n) float32 in about [-1, 1]."""
    samples = frame.to_ndarray()
    n_channels = frame.layout.nb_channels
    if not frame.format.is_planar:
        samples = samples.reshape(-1, n_channels).T
    return to_float(samples)


def to_float(samples: np.ndarray[Any, np.dtype[Any]]) -> FloatArray:
    """Samples of any type as float32: integers are scaled to [-1, 1], unsigned ones centred first."""
    kind = samples.dtype.kind
    if kind == "f":
        return samples.astype(np.float32, copy=False)
    full_scale = float(2 ** (8 * samples.dtype.itemsize - 1))
    offset = full_scale if kind == "u" else 0.0
    return ((samples.astype(np.float64) - offset) / full_scale).astype(np.float32)


def not_found(path: Path, detail: str) -> AudioNotFound:
    """The error for a file that is not there, or not any more."""
    return AudioNotFound(
        f'Can\'t find "{path.name}".', hint="It may have been moved or renamed.", detail=detail
    )


def unreadable(path: Path, detail: str) -> UnsupportedAudio:
    """The error for a file that no decoder knows."""
    return UnsupportedAudio(
        f'Can\'t read "{path.name}".',
        hint="It isn't audio this app can decode, or the file is damaged. The file was not changed.",
        detail=detail,
    )


def protected(path: Path) -> ProtectedAudio:
    """The error for a shop's encrypted file."""
    return ProtectedAudio(
        f'"{path.name}" is copy-protected.',
        hint="Protected files can't be decoded. Use an unprotected copy.",
    )


def no_audio_track(path: Path) -> EmptyAudio:
    """The error for a film without sound."""
    return EmptyAudio(f'No sound in "{path.name}".', hint="The file opens, but has no audio track.")
