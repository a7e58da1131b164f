"""Rendering: parts to sound, block by block, each block once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from mt3_desktop.core.soundfont import SoundFont
from mt3_desktop.core.synth.envelope import amplitude
from mt3_desktop.core.synth.level import MASTER_GAIN, soft_limit
from mt3_desktop.core.synth.part import CHOKE_SECONDS, Part, Sounding, make_part
from mt3_desktop.core.synth.waveform import Waveforms
from mt3_desktop.core.values import FloatArray, Note

BLOCK_SECONDS = 0.5
_FILE_BLOCK_SECONDS = 8
_CACHE_BYTES = 128 << 20


class Synth:
    """Renders notes through one SoundFont at one rate. Safe to use from several threads.

    Attributes:
        rate: frames per second.
        block_frames: length of the blocks that are cached.
    """

    def __init__(self, font: SoundFont, rate: int) -> None:
        self.rate = rate
        self.block_frames = round(BLOCK_SECONDS * rate)
        self._font = font
        self._waveforms = Waveforms(font, rate)
        self._blocks: OrderedDict[tuple[int, tuple[tuple[int, ...], ...]], FloatArray] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def part(self, notes: Iterable[Note], *, stretch: float = 1.0) -> Part:
        """The notes of one track, ready to be rendered.

        Args:
            notes: in any order; each is played by its own instrument.
            stretch: factor on all times; pitches stay.
        """
        return make_part(notes, self._font, rate=self.rate, stretch=stretch)

    def render(self, part: Part, start: int, stop: int) -> FloatArray:
        """Sound of a part.

        Args:
            part: from `part`.
            start: first frame; may be any number of frames into the song.
            stop: frame after the last.

        Returns:
            (stop - start, 2) float32, before any limiting; peaks can exceed 1.

        Raises:
            UnreadableSoundFont: if a sample of the font is damaged.
        """
        out = np.zeros((2, stop - start), dtype=np.float32)
        for sounding in part.between(start, stop):
            self._add(sounding, start, out)
        out *= np.float32(MASTER_GAIN)
        return np.ascontiguousarray(out.T)

    def block(self, part: Part, index: int) -> FloatArray:
        """Block `index` of a part: frames from `index · block_frames` on; rendered once as long as the
        notes that sound in it stay the same.

        Returns:
            (block_frames, 2) float32, read-only.
        """
        start = index * self.block_frames
        sounding = part.between(start, start + self.block_frames)
        key = (index, tuple(voice.identity for voice in sounding))
        with self._lock:
            block = self._blocks.get(key)
            if block is not None:
                self._blocks.move_to_end(key)
                return block
        block = self.render(part, start, start + self.block_frames)
        block.setflags(write=False)
        with self._lock:
            if key not in self._blocks:
                self._blocks[key] = block
                self._bytes += block.nbytes
            while self._bytes > _CACHE_BYTES and len(self._blocks) > 1:
                _, oldest = self._blocks.popitem(last=False)
                self._bytes -= oldest.nbytes
        return block

    def _add(self, sounding: Sounding, start: int, out: FloatArray) -> None:
        """Add one voice to a block that begins at `start`."""
        voice = sounding.voice
        first = max(sounding.start, start) - sounding.start
        last = min(sounding.end, start + out.shape[1]) - sounding.start
        wave = self._waveforms.get(voice.tone, sounding.longest, held=sounding.held)
        last = min(last, len(wave.frames))
        if last <= first:
            return
        sound = amplitude(voice.volume, first, last, held=sounding.held, rate=self.rate)
        sound *= wave.frames[first:last]
        if sounding.choke < sounding.end:
            _choke(sound, first - (sounding.choke - sounding.start), self.rate)
        place = slice(sounding.start + first - start, sounding.start + last - start)
        sound *= np.float32(voice.gain * wave.scale)
        out[0, place] += sound * np.float32(voice.left)
        out[1, place] += sound * np.float32(voice.right)


def song_blocks(synth: Synth, parts: Sequence[tuple[Part, float]], end: int) -> Iterator[FloatArray]:
    """The whole song as limited blocks, for a file.

    Args:
        synth: what made the parts.
        parts: each with its level.
        end: frames in all.

    Yields:
        (n, 2) float32 within ±1.
    """
    length = _FILE_BLOCK_SECONDS * synth.rate
    for start in range(0, end, length):
        stop = min(end, start + length)
        mix = np.zeros((stop - start, 2), dtype=np.float32)
        for part, level in parts:
            mix += np.float32(level) * synth.render(part, start, stop)
        yield soft_limit(mix)


def _choke(sound: FloatArray, first: int, rate: int) -> None:
    """Fade out in place; `first` is the first frame's distance from the choke, negative before it."""
    frames = np.arange(first, first + len(sound), dtype=np.float32)
    sound *= np.clip(1 - frames / np.float32(CHOKE_SECONDS * rate), 0.0, 1.0)
