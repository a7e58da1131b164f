"""Recordings: any audio or video file, or a numpy array → mono sound at the rate that a model wants.

Decoded, mixed and resampled block by block, so that a file of three hours never lies in memory at its own
rate, and whoever waits can see how far it is and stop it.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.audio.buffer import SampleBuffer
from mt3_desktop.core.audio.decoding import (
    AudioInfo,
    Decoding,
    not_found,
    open_with_pyav,
    open_with_soundfile,
    protected,
    to_float,
    unreadable,
)
from mt3_desktop.core.audio.files import AUDIO_SUFFIXES, FoundFiles, find_audio
from mt3_desktop.core.audio.mixing import Mixer
from mt3_desktop.core.audio.peaks import peaks
from mt3_desktop.core.audio.resampling import Resampler
from mt3_desktop.core.audio.sniffing import Sniffed, sniff
from mt3_desktop.core.errors import DamagedAudio, EmptyAudio, SilentAudio, UnsupportedAudio
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, clock, ignore
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.values import AudioClip, FloatArray

__all__ = [
    "AUDIO_SUFFIXES",
    "MIN_SECONDS",
    "SILENCE_DB",
    "AudioInfo",
    "FoundFiles",
    "find_audio",
    "from_array",
    "peaks",
    "probe",
    "read",
]

log = logging.getLogger(__name__)

MIN_SECONDS = 0.1
SILENCE_DB = -70.0
MIN_RATE = 1000
"""Samples per second: below, somebody means kilohertz."""
SILENCE_PEAK = 10 ** (SILENCE_DB / 20)

_SLACK_SECONDS = 1.0
_SLACK_SHARE = 0.01
"""Encoders pad and containers round: only a larger part that is missing means damage."""


def read(
    path: str | Path,
    sample_rate: int,
    *,
    span: Span = WHOLE,
    needed: Span | None = None,
    report: Report = ignore,
    cancel: CancelToken | None = None,
    accept_damaged: bool = False,
    accept_silent: bool = False,
) -> AudioClip:
    """Decode a file to mono at `sample_rate`.

    Of a passage the clip has the very samples that a clip of the whole file would have there.

    Args:
        path: an audio file, or a film: its first audio track is taken.
        sample_rate: samples per second of the result.
        span: the passage that is wanted; what comes after it is not even decoded.
        needed: what of it must be there, if not all: the rest is context.
        report: told about `Stage.READ`, in seconds of sound.
        cancel: checked for every block.
        accept_damaged: take the part in front of the damage instead of raising `DamagedAudio`.
        accept_silent: give a recording of silence instead of raising `SilentAudio`.

    Raises:
        AudioNotFound: if there is no such file.
        UnsupportedAudio: if it is a folder, no audio, unreadable or copy-protected.
        EmptyAudio: if it holds no audio track or less than `MIN_SECONDS` of sound, or ends before `span`.
        SilentAudio: if no sample exceeds `SILENCE_DB`.
        DamagedAudio: if it breaks off; says after how many seconds.
        DiskFull: if it is so long that it needs a temporary file, and there is no room for it.
        Cancelled: after `cancel.cancel()`.
    """
    path = Path(path)
    cancel = cancel or CancelToken()
    mixer = Mixer()
    heard = _heard(path, mixer, sample_rate, span, report=report, cancel=cancel)
    if mixer.cancelled is not None:
        log.info("the channels of %s cancel each other: one of them is taken", path.name)
        heard = _heard(path, Mixer(only=mixer.cancelled), sample_rate, span, report=report, cancel=cancel)
    if not heard.seconds and heard.info.duration != 0:
        raise unreadable(path, "not one block of it could be decoded")
    needed = needed or span
    is_all_there = needed.stop is not None and heard.seconds >= needed.stop
    if not (accept_damaged or is_all_there) and _breaks_off(heard):
        raise _damaged(path, heard.seconds)
    _require_length(path.name, span.start + len(heard.samples) / sample_rate, heard.seconds, needed)
    if not accept_silent and heard.peak < SILENCE_PEAK:
        raise _silent(path.name)
    return AudioClip(heard.samples, sample_rate, path.name)


def probe(path: str | Path) -> AudioInfo:
    """What a file says about its sound, without decoding it.

    Raises:
        AudioNotFound: if there is no such file.
        UnsupportedAudio: if it is a folder, no audio, unreadable or copy-protected.
        EmptyAudio: if it holds no audio track.
    """
    with ExitStack() as stack:
        return _open(Path(path), Mixer(), stack)[1].info


def from_array(
    samples: npt.ArrayLike,
    sample_rate: float,
    target_rate: int,
    *,
    span: Span = WHOLE,
    needed: Span | None = None,
    name: str = "recording",
) -> AudioClip:
    """Sound that is already in memory as a clip: mono, at `target_rate`.

    Args:
        samples: (n,), (n, channels) or (channels, n), the longer axis being time; float in about [-1, 1],
            or integers of any width, which are scaled by it.
        sample_rate: samples per second of `samples`.
        target_rate: samples per second of the clip.
        span: the passage that is wanted.
        needed: what of it must be there, if not all.
        name: what to call it in messages.

    Raises:
        ValueError: if the shape, the type, the rate or a value (NaN, infinite) makes no sense.
        EmptyAudio: if it is shorter than `MIN_SECONDS`, or ends before `span`.
    """
    array = np.asarray(samples)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"audio must be float or integer samples, not {array.dtype}")
    if array.ndim not in (1, 2):
        raise ValueError(f"audio must have the shape (n,), (n, channels) or (channels, n), not {array.shape}")
    if not MIN_RATE <= sample_rate < np.inf:
        raise ValueError(f"the sample rate must be in samples per second, such as 44100, not {sample_rate}")
    floats = to_float(array)
    if not np.isfinite(floats).all():
        raise ValueError("audio has samples that are not a number or infinite")
    mono = floats if floats.ndim == 1 else _mono_of(floats)
    if len(mono) / sample_rate < MIN_SECONDS:
        raise _too_short(name, len(mono) / sample_rate)
    resampler = Resampler(target_rate)
    resampled = np.concatenate([*resampler.feed(mono, sample_rate), *resampler.finish()])
    resampled = resampled[span.samples(target_rate)]
    until = span.start + len(resampled) / target_rate
    _require_length(name, until, len(mono) / sample_rate, needed or span)
    resampled.flags.writeable = False
    return AudioClip(resampled, target_rate, name)


def _mono_of(samples: FloatArray) -> FloatArray:
    """(n,) mono of (n, channels) or (channels, n), time along the longer axis."""
    channels = samples.T if samples.shape[0] >= samples.shape[1] else samples
    if not len(channels):
        return np.empty(0, dtype=np.float32)
    mixer = Mixer()
    mono = mixer.mix(channels)
    return mono if mixer.cancelled is None else channels[mixer.cancelled]


@dataclass(frozen=True, slots=True)
class _Heard:
    """A file that was decoded, to its end or to where it is damaged.

    Attributes:
        samples: (n,) float32 mono at the rate that was asked for.
        peak: the largest magnitude among them.
        seconds: how much was decoded.
        info: what the file says about itself.
        is_cut_short: whether its first look showed that its end is missing.
    """

    samples: FloatArray
    peak: float
    seconds: float
    info: AudioInfo
    is_cut_short: bool


def _heard(
    path: Path, mixer: Mixer, sample_rate: int, span: Span, *, report: Report, cancel: CancelToken
) -> _Heard:
    """Decode a file from its beginning to the end of a passage."""
    with ExitStack() as stack:
        sniffed, decoding = _open(path, mixer, stack)
        wanted = slice(*span.samples(sample_rate).indices(round((decoding.info.duration or 0) * sample_rate)))
        expected = max(0, wanted.stop - wanted.start)
        buffer = stack.enter_context(closing(SampleBuffer(expected=expected)))
        passage = _Passage(buffer, span.samples(sample_rate))
        seconds = _decode(decoding, passage, sample_rate, stop=span.stop, report=report, cancel=cancel)
        samples = buffer.finish()
    return _Heard(samples, buffer.peak, seconds, decoding.info, sniffed.is_cut_short)


def _open(path: Path, mixer: Mixer, stack: ExitStack) -> tuple[Sniffed, Decoding]:
    """Choose a decoder and open the file; `stack` closes it."""
    sniffed = _checked(path)
    if sniffed.is_protected:
        raise protected(path)
    if sniffed.is_for_soundfile:
        try:
            return sniffed, stack.enter_context(open_with_soundfile(path, mixer))
        except UnsupportedAudio:
            pass  # such as a .wav with a codec inside that only FFmpeg knows
    return sniffed, stack.enter_context(open_with_pyav(path, mixer))


def _checked(path: Path) -> Sniffed:
    """First look: is it there, a file, readable, and not empty?"""
    try:
        if path.is_dir():
            raise UnsupportedAudio(
                f'"{path.name}" is a folder, not a recording.', hint="Choose a file in it."
            )
        if path.exists() and not path.is_file():
            raise UnsupportedAudio(f'"{path.name}" is a device, not a recording.')
        sniffed = sniff(path)
        is_empty = path.stat().st_size == 0
    except FileNotFoundError as error:
        raise not_found(path, str(error)) from error
    except PermissionError as error:
        raise UnsupportedAudio(
            f'Can\'t read "{path.name}".', hint="You have no permission to open it.", detail=str(error)
        ) from error
    except (OSError, ValueError) as error:  # a name too long for the file system, or with a zero in it
        raise unreadable(path, str(error)) from error
    if is_empty:
        raise UnsupportedAudio(f'Can\'t read "{path.name}".', hint="The file is empty.")
    return sniffed


class _Passage:
    """Takes the samples of a recording from its beginning, and passes on those that are wanted."""

    def __init__(self, buffer: SampleBuffer, wanted: slice) -> None:
        self._buffer = buffer
        self._wanted = wanted
        self._n_seen = 0

    def append(self, block: FloatArray) -> None:
        """Take the next samples, (n,) float32."""
        start, stop = (
            None if edge is None else max(0, edge - self._n_seen)
            for edge in (self._wanted.start, self._wanted.stop)
        )
        self._buffer.append(block[start:stop])
        self._n_seen += len(block)

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is wanted."""
        return self._wanted.stop is not None and self._n_seen >= self._wanted.stop


def _decode(
    decoding: Decoding,
    passage: _Passage,
    sample_rate: int,
    *,
    stop: float | None,
    report: Report,
    cancel: CancelToken,
) -> float:
    """Decode all up to `stop` into `passage` at `sample_rate`; gives the seconds that were decoded."""
    resampler = Resampler(sample_rate)
    seconds = 0.0
    for block in decoding.blocks:
        cancel.check()
        for resampled in resampler.feed(block.samples, block.sample_rate):
            passage.append(resampled)
        seconds += len(block.samples) / block.sample_rate
        if passage.is_complete:
            break
        report(Progress(Stage.READ, seconds, _total(decoding.info, seconds, stop), "seconds"))
    else:
        for resampled in resampler.finish():
            passage.append(resampled)
    report(Progress(Stage.READ, seconds, seconds, "seconds"))
    return seconds


def _total(info: AudioInfo, seconds: float, stop: float | None) -> float | None:
    """The length to report: never less than what was decoded, so that the bar does not stand at 100 %."""
    lengths = [length for length in (info.duration, stop) if length is not None]
    return max(min(lengths), seconds + 1e-3) if lengths else None


def _breaks_off(heard: _Heard) -> bool:
    if heard.is_cut_short:
        return True
    stated = heard.info.duration
    return stated is not None and stated - heard.seconds > max(_SLACK_SECONDS, _SLACK_SHARE * stated)


def _require_length(name: str, until: float, all_seconds: float, span: Span) -> None:
    """Whether there is enough of a passage to hear in sound that goes up to `until`.

    Raises:
        EmptyAudio: if not.
    """
    if until - span.start >= MIN_SECONDS:
        return
    if all_seconds < MIN_SECONDS or not span.start:
        raise _too_short(name, all_seconds)
    raise EmptyAudio(
        f'"{name}" ends at {clock(round(all_seconds, 3))}.',
        hint=f"There is nothing to hear from {clock(span.start)} on.",
    )


def _too_short(name: str, seconds: float) -> EmptyAudio:
    return EmptyAudio(
        f'"{name}" is too short.',
        hint=f"It lasts {seconds:.2f} s; at least {MIN_SECONDS} s is needed to find a note.",
    )


def _silent(name: str) -> SilentAudio:
    return SilentAudio(
        f'Nothing to hear in "{name}".',
        hint=f"The sound stays below −{-SILENCE_DB:.0f} dB throughout, so no notes were looked for.",
    )


def _damaged(path: Path, seconds: float) -> DamagedAudio:
    at = clock(seconds)
    return DamagedAudio(
        f'"{path.name}" breaks off at {at}.',
        seconds=seconds,
        hint=f"The rest of the file can't be decoded. You can work with the first {at}.",
    )
