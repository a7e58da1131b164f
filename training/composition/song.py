"""What all tracks of a piece share: key, metre, chords; and the events they write in beats."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}
MODE_WEIGHTS = (4, 3, 1, 1, 1, 1, 1)

PROGRESSIONS: tuple[tuple[int, ...], ...] = (
    (0, 4, 5, 3), (0, 5, 3, 4), (1, 4, 0, 0), (0, 3, 4, 4), (5, 3, 0, 4), (0, 3, 0, 4), (0, 2, 3, 4),
    (0, 6, 5, 4), (0, 5, 2, 6), (0, 3, 6, 2), (0, 0, 3, 0, 4, 3, 0, 4), (0, 4, 5, 2, 3, 0, 3, 4),
    (0, 5, 1, 4), (2, 5, 1, 4), (0, 3), (0, 6), (0, 1), (0,),
)  # fmt: skip
"""Degrees of the scale on which chords stand."""

SEVENTHS = {"jazz": 0.8, "pop": 0.15, "classical": 0.12, "electro": 0.25, "rock": 0.05, "free": 0.3}
"""How often a chord has a seventh, by style."""

# One-bar cells of four beats: (start, length) in beats.
_EIGHTHS = tuple((i * 0.5, 0.5) for i in range(8))
_SIXTEENTHS = tuple((i * 0.25, 0.25) for i in range(16))
_TRIPLETS = tuple((i / 3, 1 / 3) for i in range(6))
Cell = tuple[tuple[float, float], ...]
CELLS: tuple[Cell, ...] = (
    ((0, 1), (1, 1), (2, 1), (3, 1)),
    ((0, 0.5), (0.5, 0.5), (1, 1), (2, 0.5), (2.5, 0.5), (3, 1)),
    ((0, 1.5), (1.5, 0.5), (2, 2)),
    ((0, 0.75), (0.75, 0.25), (1, 0.5), (1.5, 0.5), (2, 1.5), (3.5, 0.5)),
    ((0, 2), (2, 1), (3, 1)),
    ((0, 3), (3, 1)),
    ((0, 4),),
    ((0, 0.5), (1, 0.5), (1.5, 1), (3, 0.5), (3.5, 0.5)),
    _EIGHTHS,
    (*_SIXTEENTHS[:8], (2, 1), (3, 1)),
    ((0.5, 0.5), (1, 0.5), (1.5, 1), (2.5, 0.5), (3, 1)),
    (*_TRIPLETS, (2, 2)),
    _SIXTEENTHS,
    (*_TRIPLETS[:3], (1, 1), (2, 1), (3, 1)),
)


class Event(NamedTuple):
    """A note as written: start and length in beats, pitch, loudness 0-1."""

    start: float
    length: float
    pitch: int
    loudness: float


class Chord(NamedTuple):
    """A root and the pitch classes of a chord."""

    root: int
    classes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Song:
    """What every track needs to know.

    Attributes:
        rng: source of every draw of the piece.
        style: "classical", "jazz", "pop", "rock", "electro" or "free".
        key: pitch class of the tonic.
        scale: seven steps above the tonic.
        n_bars, beats: its length, and beats in a bar.
        chords: one for each half beat.
    """

    rng: random.Random
    style: str
    key: int
    scale: tuple[int, ...]
    n_bars: int
    beats: int
    chords: tuple[Chord, ...]

    @property
    def scale_classes(self) -> tuple[int, ...]:
        """Pitch classes of the scale."""
        return tuple((self.key + step) % 12 for step in self.scale)

    def chord_at(self, beat: float) -> Chord:
        """The chord that sounds at a beat."""
        return self.chords[min(int(beat * 2), len(self.chords) - 1)]


@dataclass(frozen=True, slots=True)
class Part:
    """One track's place in a song: range, and the bars in which it plays."""

    song: Song
    low: int
    high: int
    active: tuple[bool, ...]

    @property
    def bars(self) -> list[int]:
        """Numbers of the bars in which it plays."""
        return [bar for bar in range(self.song.n_bars) if self.active[bar]]

    def within(self, low: int, high: int) -> Part:
        """The same part in another range."""
        return Part(self.song, low, high, self.active)


Role = Callable[[Part], list[Event]]


def draw_song(rng: random.Random, style: str, *, beats: int, n_bars: int) -> Song:
    """Draw key, mode and harmony."""
    key = rng.randrange(12)
    scale = MODES[rng.choices(list(MODES), MODE_WEIGHTS)[0]]
    chords = _draw_chords(rng, style, key, scale, beats=beats, n_halves=2 * n_bars * beats)
    return Song(rng, style, key, scale, n_bars, beats, chords)


def _draw_chords(
    rng: random.Random, style: str, key: int, scale: tuple[int, ...], *, beats: int, n_halves: int
) -> tuple[Chord, ...]:
    sections = []
    for _ in range(rng.choice((1, 2, 2, 3))):
        if rng.random() < 0.75:
            degrees: Sequence[int] = rng.choice(PROGRESSIONS)
        else:
            degrees = [rng.randrange(7) for _ in range(rng.choice((2, 4, 4, 8)))]
        chords = [_draw_chord(rng, style, key, scale, degree) for degree in degrees]
        sections.append((chords, max(1, int(rng.choice((1, 1, 1, 0.5, 2)) * beats * 2))))
    halves: list[Chord] = []
    number = 0
    while len(halves) < n_halves:
        chords, length = sections[number // 2 % len(sections)]  # every section twice
        for chord in chords:
            halves += [chord] * length
        number += 1
    return tuple(halves[:n_halves])


def _draw_chord(rng: random.Random, style: str, key: int, scale: tuple[int, ...], degree: int) -> Chord:
    x = rng.random() - SEVENTHS[style]
    steps: tuple[int, ...] = (0, 2, 4)
    if x < 0:
        steps = (0, 2, 4, 6)
    elif x < 0.06:
        steps = (0, 3, 4)
    elif x < 0.10:
        steps = (0, 1, 2, 4)
    elif style == "rock" and x < 0.45:
        steps = (0, 4)
    classes = [(key + scale[(degree + step) % 7]) % 12 for step in steps]
    if rng.random() < 0.06:  # borrowed from a neighbouring key
        classes[1] = (classes[1] + rng.choice((-1, 1))) % 12
    return Chord(classes[0], tuple(classes))


def nearest(classes: Sequence[int], target: int, low: int, high: int) -> int:
    """The pitch in [low, high] of one of `classes` that lies nearest to `target`."""
    below = [target - (target - pitch_class) % 12 for pitch_class in classes]
    inside = [q for p in below for q in (p, p + 12) if low <= q <= high]
    if not inside:
        return min(max(target, low), high)
    return min(inside, key=lambda pitch: abs(pitch - target))


def voicing(classes: Sequence[int], centre: int, n: int, low: int, high: int) -> list[int]:
    """Up to `n` pitches of a chord, upwards from near `centre`."""
    first = nearest(classes, centre, low, high)
    return [pitch for pitch in range(first, high + 1) if pitch % 12 in classes][:n]
