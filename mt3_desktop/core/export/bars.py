"""Seconds → MIDI ticks: real time on a grid of 120 bpm that means nothing, or the user's own bars.

Whatever the grid, a player that reads the file's tempo hears every note when it was played: within half a
tick, which is 0.5 ms at 120 bpm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mt3_desktop.core.tempo import Tempo

TICKS_PER_QUARTER = 480
BPM = 120.0

_MICROSECONDS = 1_000_000
_NEGLIGIBLE_SECONDS = 1e-3
"""Bar 1 that begins so soon after the recording's start begins with it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a song in one tempo; it lasts until the next one begins.

    Attributes:
        tick: where it begins.
        seconds: the same in seconds.
        beat_microseconds: length of a quarter, a whole number as MIDI wants it.
        beats_per_bar: the metre, in quarters.
    """

    tick: int
    seconds: float
    beat_microseconds: int
    beats_per_bar: int = 4

    @property
    def beat_seconds(self) -> float:
        """Length of a quarter."""
        return self.beat_microseconds / _MICROSECONDS


@dataclass(frozen=True, slots=True)
class TickMap:
    """When which tick is.

    Attributes:
        stretches: in order; the first begins at 0.
    """

    stretches: tuple[Stretch, ...]

    def tick(self, seconds: float) -> int:
        """The tick nearest to a time; never below 0."""
        last = next((s for s in reversed(self.stretches) if s.seconds <= seconds), self.stretches[0])
        return max(0, last.tick + round((seconds - last.seconds) / last.beat_seconds * TICKS_PER_QUARTER))


REAL_TIME = TickMap((Stretch(0, 0.0, round(60 * _MICROSECONDS / BPM)),))
"""120 bpm: a tick is 1.04 ms, finer than any model hears."""


def bars(tempo: Tempo) -> TickMap:
    """Ticks on which the bar lines of a file lie where the user's bars begin.

    What comes before the first whole bar becomes a pick-up of as many beats as fit best, in a tempo of its
    own that makes them fit exactly.
    """
    beat = round(60 * _MICROSECONDS / tempo.bpm)
    beat_seconds = beat / _MICROSECONDS
    bar_seconds = beat_seconds * tempo.beats_per_bar
    n_whole = math.floor((tempo.downbeat + _NEGLIGIBLE_SECONDS) / bar_seconds)
    lead = tempo.downbeat - n_whole * bar_seconds
    if lead <= _NEGLIGIBLE_SECONDS:
        return TickMap((Stretch(0, 0.0, beat, tempo.beats_per_bar),))
    n_beats = round(lead / beat_seconds)
    if n_beats == 0 and n_whole:  # too short for a beat: the bar after it takes it in
        n_beats, lead = tempo.beats_per_bar, lead + bar_seconds
    n_beats = max(1, n_beats)
    pick_up = Stretch(0, 0.0, max(1, round(lead / n_beats * _MICROSECONDS)), n_beats)
    start = n_beats * pick_up.beat_seconds
    return TickMap((pick_up, Stretch(n_beats * TICKS_PER_QUARTER, start, beat, tempo.beats_per_bar)))
