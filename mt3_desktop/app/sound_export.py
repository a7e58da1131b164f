"""A song as a WAV file: the notes alone, or together with the original."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mt3_desktop.app.mixer import Mix, blend
from mt3_desktop.app.note_rows import by_instrument
from mt3_desktop.app.outputs import PREFERRED_RATE
from mt3_desktop.app.song_parts import TAIL_SECONDS, levels_of
from mt3_desktop.core.audio.stereo import Recording, open_recording
from mt3_desktop.core.export.sound import write_wav
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, ignore
from mt3_desktop.core.soundfont import SoundFont
from mt3_desktop.core.synth import Part, Synth
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import FloatArray, Note

_BLOCK_SECONDS = 4


@dataclass(frozen=True, slots=True)
class SoundExport:
    """What the file is to contain.

    Attributes:
        notes: the notes; those of silent tracks are left out by `tracks`.
        tracks: mute, solo and level.
        soundfont: the instruments.
        original: the recording to mix in, or None for the notes alone.
        balance: 0-1 between original and notes, as the mix slider stands; unused without an original.
        is_split: the original on the left, the notes on the right.
        span: seconds of the song, or None for all of it with the last note's ringing.
    """

    notes: tuple[Note, ...]
    tracks: tuple[Track, ...]
    soundfont: Path
    original: Path | None = None
    balance: float = 0.5
    is_split: bool = False
    span: tuple[float, float] | None = None


def export_sound(
    path: Path, song: SoundExport, *, report: Report = ignore, cancel: CancelToken | None = None
) -> Path:
    """Write the file, at 44.1 kHz; runs for a thirtieth of the song's length, so not in the main thread.

    Args:
        path: where to.
        song: what it contains.
        report: told about `Stage.READ` in seconds of the song.
        cancel: checked for every block.

    Returns:
        `path`.

    Raises:
        NotWritable: if it cannot be written there.
        DiskFull: if there is no room.
        UnreadableSoundFont: if the SoundFont is damaged.
        AudioNotFound: if the original is not there any more.
        UnsupportedAudio: if the original cannot be decoded.
        Cancelled: after `cancel.cancel()`; no file is left.
    """
    token = cancel or CancelToken()
    recording = None if song.original is None else open_recording(song.original, PREFERRED_RATE, cancel=token)
    try:
        return write_wav(path, _blocks(song, recording, report, token), PREFERRED_RATE)
    finally:
        if recording is not None:
            recording.close()


def _blocks(
    song: SoundExport, recording: Recording | None, report: Report, cancel: CancelToken
) -> Iterator[FloatArray]:
    """(n, 2) the song, block by block."""
    synth = Synth(SoundFont.open(song.soundfont), PREFERRED_RATE)
    notes = by_instrument(song.notes)
    parts = [
        (synth.part(notes[instrument]), level)
        for instrument, level in levels_of(song.tracks, notes).items()
        if level > 0
    ]
    mix = Mix(
        original=recording,
        balance=1.0 if recording is None else song.balance,
        is_split=song.is_split,
        volume=1.0,
    )
    start, end = song.span or (0.0, _end(song.notes, recording))
    first, last = round(start * synth.rate), round(end * synth.rate)
    for at in range(first, last, _BLOCK_SECONDS * synth.rate):
        cancel.check()
        stop = min(at + _BLOCK_SECONDS * synth.rate, last)
        yield _block(synth, parts, mix, at, stop)
        report(Progress(Stage.READ, stop / synth.rate - start, end - start, "seconds"))


def _block(synth: Synth, parts: Iterable[tuple[Part, float]], mix: Mix, start: int, stop: int) -> FloatArray:
    notes = np.zeros((stop - start, 2), dtype=np.float32)
    for part, level in parts:
        notes += np.float32(level) * synth.render(part, start, stop)
    original = np.zeros_like(notes) if mix.original is None else mix.original.read(start, stop)
    return blend(original, notes, mix)


def _end(notes: tuple[Note, ...], recording: Recording | None) -> float:
    last = max((note.offset + TAIL_SECONDS for note in notes), default=0.0)
    return max(last, 0.0 if recording is None else recording.duration)
