"""A part: the notes of one track as voices on a frame grid, ready to be rendered in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.soundfont import DRUM_BANK, SoundFont, Tone, Voice
from mt3_desktop.core.synth import envelope
from mt3_desktop.core.values import Note, sort_key

CHOKE_SECONDS = 0.03
_CUTOFF_STEP = 300  # cents of the filter, at most half of it off: not heard, and 4 times fewer waveforms


@dataclass(frozen=True, slots=True)
class Sounding:
    """One voice in time, in frames.

    Attributes:
        voice: what sounds.
        start: the onset.
        held: frames until the key is released.
        end: frame, from the song's start, after which it is silent.
        choke: frame at which another voice of its exclusive class cuts it off, or `end`.
        longest: frames that the longest note of this tone needs: its waveform is made once, long enough.
        identity: numbers that are equal for voices that sound the same: cheap to hash.
    """

    voice: Voice
    start: int
    held: int
    end: int
    choke: int
    longest: int
    identity: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Voices in order of onset.

    Attributes:
        soundings: the voices.
        starts: (n,) their onsets in frames, ascending.
        ends: (n,) where each is silent.
        end: frame after which nothing sounds.
    """

    soundings: tuple[Sounding, ...]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    end: int

    def between(self, start: int, stop: int) -> tuple[Sounding, ...]:
        """The voices that sound somewhere in [start, stop)."""
        last = int(np.searchsorted(self.starts, stop))
        indices = np.flatnonzero(self.ends[:last] > start)
        return tuple(self.soundings[index] for index in indices)


def make_part(notes: Iterable[Note], font: SoundFont, *, rate: int, stretch: float) -> Part:
    """Place notes on the frame grid.

    Args:
        notes: of one track, in any order.
        font: the instruments.
        rate: frames per second.
        stretch: factor on all times: 2 plays at half speed.
    """
    soundings: list[Sounding] = []
    known: dict[tuple[int, int, int, int], tuple[Voice, ...]] = {}
    choked: dict[int, list[int]] = {}
    longest: dict[Tone, int] = {}
    for note in sorted(notes, key=sort_key):
        start = round(note.onset * stretch * rate)
        held = max(1, round(note.offset * stretch * rate) - start)
        bank, program = (DRUM_BANK, 0) if note.is_drum else (0, note.program)
        request = (bank, program, note.pitch, note.velocity)
        voices = known.get(request)
        if voices is None:
            voices = known[request] = tuple(map(_rounded, font.voices(*request)))
        for exclusive in {voice.exclusive_class for voice in voices} - {0}:
            for index in choked.pop(exclusive, []):
                soundings[index] = _choked(soundings[index], start, rate)
        for voice in voices:
            end = start + envelope.length(voice.volume, held=held, rate=rate)
            if voice.exclusive_class:
                choked.setdefault(voice.exclusive_class, []).append(len(soundings))
            longest[voice.tone] = max(longest.get(voice.tone, 0), end - start)
            identity = (start, held, end, *request)
            soundings.append(Sounding(voice, start, held, end, end, end - start, identity))
    soundings = [replace(sounding, longest=longest[sounding.voice.tone]) for sounding in soundings]
    starts = np.array([sounding.start for sounding in soundings], dtype=np.int64)
    ends = np.array([sounding.end for sounding in soundings], dtype=np.int64)
    return Part(tuple(soundings), starts, ends, int(ends.max(initial=0)))


def _choked(sounding: Sounding, at: int, rate: int) -> Sounding:
    if at >= sounding.end:
        return sounding
    end = min(sounding.end, at + round(CHOKE_SECONDS * rate))
    return replace(sounding, end=end, choke=at, identity=(*sounding.identity, at))


def _rounded(voice: Voice) -> Voice:
    """The voice with its cutoff on a grid, so that notes of similar velocity share a waveform."""
    cutoff = float(_CUTOFF_STEP * round(voice.tone.cutoff / _CUTOFF_STEP))
    return replace(voice, tone=replace(voice.tone, cutoff=cutoff))
