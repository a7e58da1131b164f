"""Songs of plain tones whose notes are known, and files of them in any format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soundfile

from mt3_desktop.core.values import Note

FloatArray = npt.NDArray[np.float32]

FADE_SECONDS = 0.01


def tone_song(
    notes: Sequence[Note], sample_rate: int = 44100, *, duration: float | None = None
) -> FloatArray:
    """Notes as sine tones with a soft edge, (n,) float32 mono; drums are bursts of noise.

    Args:
        notes: what to play.
        sample_rate: samples per second.
        duration: seconds in all; until the last note ends where None.
    """
    total = duration if duration is not None else max(note.offset for note in notes)
    song = np.zeros(round(total * sample_rate), dtype=np.float32)
    noise = np.random.default_rng(0)
    for note in notes:
        first, last = round(note.onset * sample_rate), min(round(note.offset * sample_rate), len(song))
        times = np.arange(last - first) / sample_rate
        frequency = 440 * 2 ** ((note.pitch - 69) / 12)
        wave = noise.uniform(-1, 1, len(times)) if note.is_drum else np.sin(2 * np.pi * frequency * times)
        edge = np.clip(np.minimum(times, times[::-1]) / FADE_SECONDS, 0, 1) if len(times) else times
        song[first:last] += (0.2 * note.velocity / 127 * wave * edge).astype(np.float32)
    return song


def sine(
    seconds: float, sample_rate: int = 44100, *, frequency: float = 440.0, level: float = 0.3
) -> FloatArray:
    """One steady tone, (n,) float32."""
    times = np.arange(round(seconds * sample_rate)) / sample_rate
    return (level * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


_CODECS = {
    ".m4a": "aac",
    ".mp4": "aac",
    ".aac": "aac",
    ".webm": "libopus",
    ".mka": "ac3",
    ".wma": "wmav2",
    ".mov": "pcm_s16le",
}
"""What FFmpeg writes; the rest is libsndfile's."""

_SUBTYPES = {".opus": ("OGG", "OPUS"), ".ogg": ("OGG", "VORBIS"), ".mp3": ("MP3", "MPEG_LAYER_III")}


def write_audio(path: Path, samples: FloatArray, sample_rate: int = 44100, **options: str) -> Path:
    """Write (n,) mono or (n, 2) stereo samples in the format that the name's ending says.

    Args:
        path: where to.
        samples: what.
        sample_rate: samples per second.
        options: for FFmpeg's muxer, such as `movflags="faststart"`.
    """
    suffix = path.suffix.lower()
    if suffix in _CODECS:
        _write_with_ffmpeg(path, samples, sample_rate, _CODECS[suffix], options)
    else:
        kind, subtype = _SUBTYPES.get(suffix, (None, None))
        soundfile.write(str(path), samples, sample_rate, format=kind, subtype=subtype)
    return path


def write_video(path: Path, *, seconds: float = 1.0) -> Path:
    """A film without sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(int(seconds * 10)):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _write_with_ffmpeg(
    path: Path, samples: FloatArray, sample_rate: int, codec: str, options: dict[str, str]
) -> None:
    channels = samples[:, None] if samples.ndim == 1 else samples
    layout = "mono" if channels.shape[1] == 1 else "stereo"
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=sample_rate, layout=layout)
        stream.bit_rate = 128_000
        context = stream.codec_context
        context.open()
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(channels).reshape(1, -1), format="flt", layout=layout
        )
        frame.sample_rate = sample_rate
        resampler = av.AudioResampler(
            format=context.format, layout=layout, rate=sample_rate, frame_size=context.frame_size or 1024
        )
        for ready in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
