"""Tempo and bars: a grid laid over seconds, which stay the truth.

No beat is found here: a grid exists once a user says or taps it.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from mt3_desktop.core.values import Note

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.float64]"

MIN_BPM, MAX_BPM = 20.0, 400.0
MIN_TAPS = 3
"""From two taps a tempo would be anybody's guess."""
MAX_TAP_GAP = 2.5
"""Seconds: after a longer pause the next tap begins anew; 24 bpm can still be tapped."""
SUBDIVISIONS = 4
"""Grid steps per beat: sixteenths where the beat is a quarter."""

_SAME_BEAT = 1e-9


@dataclass(frozen=True, slots=True)
class Beats:
    """Where the beats are.

    Attributes:
        times: seconds of each beat, rising.
        per_bar: beats of one bar.
        first_downbeat: index of the first beat that starts a bar.
    """

    times: tuple[float, ...]
    per_bar: int = 4
    first_downbeat: int = 0

    def position(self, seconds: float) -> str:
        """Bar and beat as musicians count them: "17.3"."""
        index = bisect.bisect_right(self.times, seconds + _SAME_BEAT) - 1 - self.first_downbeat
        bar, beat = divmod(index, self.per_bar)
        return f"{bar + 1}.{beat + 1}"


@dataclass(frozen=True, slots=True)
class Tempo:
    """An even tempo.

    Attributes:
        bpm: beats per minute, `MIN_BPM` to `MAX_BPM`.
        downbeat: where bar 1 begins, in seconds; bars before it count down from 0.
        beats_per_bar: beats of one bar, 1-16.
    """

    bpm: float
    downbeat: float = 0.0
    beats_per_bar: int = 4

    def __post_init__(self) -> None:
        if not MIN_BPM <= self.bpm <= MAX_BPM:
            raise ValueError(f"{self.bpm} bpm is not between {MIN_BPM:.0f} and {MAX_BPM:.0f}")
        if not (math.isfinite(self.downbeat) and self.downbeat >= 0):
            raise ValueError(f"bar 1 can't begin at {self.downbeat} s")
        if not 1 <= self.beats_per_bar <= 16:
            raise ValueError(f"{self.beats_per_bar} beats are no bar")

    @property
    def beat_seconds(self) -> float:
        """Length of a beat."""
        return 60.0 / self.bpm

    def scaled(self, factor: float) -> Tempo:
        """The tempo times a factor, as ½ and ×2 do; itself where that would leave the range."""
        bpm = self.bpm * factor
        return replace(self, bpm=bpm) if MIN_BPM <= bpm <= MAX_BPM else self

    def beats(self, duration: float) -> Beats:
        """The beats of a recording: all from 0 on, and at least one after its end.

        Args:
            duration: length of the recording in seconds.
        """
        step = self.beat_seconds
        n_before = math.floor(self.downbeat / step + _SAME_BEAT)
        n_after = max(1, math.floor((duration - self.downbeat) / step) + 1)
        times = tuple(self.downbeat + index * step for index in range(-n_before, n_after + 1))
        return Beats(times, self.beats_per_bar, first_downbeat=n_before)

    def to_plain(self) -> dict[str, float | int]:
        """The tempo in words that JSON knows; `from_plain` takes them back."""
        return {"bpm": self.bpm, "downbeat": self.downbeat, "beats_per_bar": self.beats_per_bar}

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> Tempo | None:
        """The tempo that `to_plain` gave, among other words perhaps; None where there is none.

        Raises:
            ValueError: if a value is not what it should be.
        """
        if "bpm" not in plain:
            return None
        bpm, downbeat, beats = plain["bpm"], plain.get("downbeat", 0.0), plain.get("beats_per_bar", 4)
        if not (_is_number(bpm) and _is_number(downbeat) and type(beats) is int):
            raise ValueError(f"{dict(plain)!r} is no tempo")
        return cls(float(str(bpm)), float(str(downbeat)), beats)


def tapped(times: Sequence[float]) -> Tempo | None:
    """The tempo of taps, one per beat, the first on a downbeat: the line that fits them best.

    Args:
        times: seconds of each tap, as they came. What lies before a pause, or before a jump back, is left
            out.

    Returns:
        The tempo in four beats a bar, or None if there are too few taps, or they are slower or faster than
        any music.
    """
    first = 0
    for index, (before, after) in enumerate(pairwise(times), start=1):
        if not 0 < after - before <= MAX_TAP_GAP:
            first = index
    run = times[first:]
    if len(run) < MIN_TAPS:
        return None
    middle, mean = (len(run) - 1) / 2, sum(run) / len(run)
    spread = sum((index - middle) ** 2 for index in range(len(run)))
    step = sum((index - middle) * (tap - mean) for index, tap in enumerate(run)) / spread
    bpm = 60.0 / step
    return Tempo(bpm, max(0.0, mean - middle * step)) if MIN_BPM <= bpm <= MAX_BPM else None


def snap(seconds: float, beats: Beats | None) -> float:
    """The nearest grid step that is not before the start, or the time itself where there is no grid."""
    if beats is None or len(beats.times) < 2:
        return seconds
    left, right = _beat_around(seconds, beats)
    step = (right - left) / SUBDIVISIONS
    nearest = left + round((seconds - left) / step) * step
    return nearest + step if nearest < -_SAME_BEAT else max(nearest, 0.0)


def snap_all(seconds: Floats, beats: Beats) -> Floats:
    """As `snap`, of many times at once.

    Args:
        seconds: (n,) times.
        beats: the grid.

    Returns:
        (n,) the nearest grid steps.
    """
    import numpy as np  # the first picture of the window needs tempos, but no arrays

    times = np.array(beats.times)
    if len(times) < 2:
        return seconds
    index = np.clip(np.searchsorted(times, seconds, side="right") - 1, 0, len(times) - 2)
    left = times[index]
    step = (times[index + 1] - left) / SUBDIVISIONS
    nearest = left + np.round((seconds - left) / step) * step
    snapped: Floats = np.where(nearest < -_SAME_BEAT, nearest + step, np.maximum(nearest, 0.0))
    return snapped


def grid_step(seconds: float, beats: Beats | None) -> float:
    """Length of a grid step at a time; a tenth of a second where there is no grid."""
    if beats is None or len(beats.times) < 2:
        return 0.1
    left, right = _beat_around(seconds, beats)
    return (right - left) / SUBDIVISIONS


def quantised(notes: Iterable[Note], beats: Beats | None, strength: float = 1.0) -> tuple[Note, ...]:
    """Notes with their starts on the grid; lengths stay.

    Args:
        notes: in any order, which is kept.
        beats: the grid; None moves nothing.
        strength: 0-1, how far towards the grid.
    """
    return tuple(_shifted(note, strength * (snap(note.onset, beats) - note.onset)) for note in notes)


def _shifted(note: Note, seconds: float) -> Note:
    if not seconds:
        return note
    onset = max(note.onset + seconds, 0.0)
    return replace(note, onset=onset, offset=max(note.offset + seconds, onset))


def _beat_around(seconds: float, beats: Beats) -> tuple[float, float]:
    """Start and end of the beat at a time; outside all beats, of the nearest one."""
    index = min(max(bisect.bisect_right(beats.times, seconds) - 1, 0), len(beats.times) - 2)
    return beats.times[index], beats.times[index + 1]


def _is_number(value: object) -> bool:
    return type(value) in (int, float)
