"""A whole piece: line-up and song drawn, parts written, and performed in seconds."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training.composition.line_ups import DRUM_PROGRAM, LineUp, Player, draw_line_up
from training.composition.roles import chords, pad, strum
from training.composition.song import Event, Part, Role, Song, draw_song
from training.instruments import DECAYING, RANGES

Floats = npt.NDArray[np.float64]

LONGEST_NOTE = 4.0
"""Seconds: bank notes are no longer."""
SHORTEST_REPEAT = 0.03
PEDALS = range(32)  # programs of which held strings go on sounding: keyboards, mallets, guitars
CHORD_ROLES: tuple[Role, ...] = (pad, chords, strum)


class Piece(NamedTuple):
    """A composed piece.

    Attributes:
        notes: (n, 5) float32 rows of onset and offset in seconds, pitch, velocity, track; by onset.
        programs: GM program of each track, -1 for drums.
    """

    notes: npt.NDArray[np.float32]
    programs: tuple[int, ...]


class _Tempo(NamedTuple):
    """Seconds at each quarter beat, and how far off-beats are delayed (in beats)."""

    seconds: Floats
    swing: float

    def at(self, beats: Floats) -> Floats:
        """Seconds at beats."""
        off_beat = np.abs(beats % 1 - 0.5) < 0.06
        swung = np.clip((beats + off_beat * self.swing) * 4, 0, len(self.seconds) - 2)
        return np.asarray(np.interp(swung, np.arange(len(self.seconds)), self.seconds), np.float64)


def compose(seed: int, *, seconds: float, kind: str | None = None) -> Piece:
    """Compose the piece of a seed.

    Args:
        seed: the same seed gives the same piece.
        seconds: about how long it is.
        kind: a key of `line_ups.KINDS`, or None for any.
    """
    rng = random.Random(seed)
    line_up = draw_line_up(rng, kind)
    beats = rng.choice((*(4,) * 8, 3, 3, 2, 5))
    tempo_bpm = min(max(rng.gauss(104, 32), 44), 210)
    n_bars = max(2, int(seconds * tempo_bpm / 60 / beats))
    song = draw_song(rng, line_up.style, beats=beats, n_bars=n_bars)
    tempo = _draw_tempo(song, line_up, tempo_bpm)
    tracks: list[Floats] = []
    programs: list[int] = []
    for player in line_up.players:
        events = _write(song, player, alone=len(line_up.players) == 1)
        if events:
            tracks.append(_perform(song, player, events, tempo, track=len(programs)))
            programs.append(player.program)
    rows = np.concatenate([np.zeros((0, 5)), *tracks])
    return Piece(_without_clashes(rows[rows[:, 0] > 0.02]).astype(np.float32), tuple(programs))


def _draw_tempo(song: Song, line_up: LineUp, tempo_bpm: float) -> _Tempo:
    """A slow drift, with rubato where few play."""
    rng = song.rng
    n = song.n_bars * song.beats * 4 + 8
    rubato = rng.choice((0, 0, 0.03, 0.1) if len(line_up.players) > 2 else (0, 0.03, 0.1, 0.2))
    knots = np.arange(0, n + 16, 16)
    drift = np.interp(np.arange(n), knots, [rng.gauss(0, 1) for _ in knots])
    lengths = 60 / tempo_bpm / 4 * np.exp(rubato * drift)
    swing = rng.choice((0, 0, 0, 0.1, 0.17)) if song.style in ("jazz", "pop") else 0.0
    return _Tempo(np.concatenate([[0.0], np.cumsum(lengths)]), swing)


def _write(song: Song, player: Player, *, alone: bool) -> list[Event]:
    """The events of a part: it plays in some blocks of four bars and rests in others."""
    rng = song.rng
    density = rng.choice((1, 1, 1, 0.8) if alone else (1, 1, 0.85, 0.7, 0.5))
    blocks = [rng.random() < density for _ in range(song.n_bars // 4 + 1)]
    low, high = RANGES[player.program] if player.program != DRUM_PROGRAM else (0, 127)
    if player.role in CHORD_ROLES and high - low > 40:
        high = low + 48
    return player.role(Part(song, low, high, tuple(blocks[bar // 4] for bar in range(song.n_bars))))


def _perform(song: Song, player: Player, events: list[Event], tempo: _Tempo, *, track: int) -> Floats:
    """Rows of a `Piece`: timing, articulation or pedal, and dynamics of a human hand."""
    rng = song.rng
    noise = np.random.default_rng(rng.getrandbits(32))
    start, length, pitch, loudness = np.array(events, np.float64).T
    on, off = tempo.at(start), tempo.at(start + length)
    if player.program != DRUM_PROGRAM:
        if DECAYING[player.program] and player.program in PEDALS and rng.random() < 0.35:
            span = rng.choice((1, 2, song.beats))  # beats from one change of the pedal to the next
            off = np.maximum(off, tempo.at((np.floor(start / span) + 1) * span))
        else:
            share = rng.choice((0.35, 0.6, 0.85, 0.95, 1.0, 1.0, 1.05))
            off = on + (off - on) * share * np.exp(noise.normal(0, 0.08, len(on)))
    jitter = noise.normal(0, 1, len(on)) * rng.choice((0, 0.004, 0.01, 0.018)) + rng.gauss(0, 0.006)
    on, off = on + jitter, np.maximum(off + jitter, on + jitter + 0.035)
    swell = 1 + rng.choice((0, 0.15, 0.3)) * np.sin(on * rng.uniform(0.1, 0.6) + rng.uniform(0, 6))
    strength = np.clip(loudness * rng.uniform(0.45, 1.05) * swell, 0.08, 1)
    velocity = 127 * strength * np.exp(noise.normal(0, rng.choice((0.05, 0.12, 0.25)), len(on)))
    off = np.minimum(off, on + LONGEST_NOTE)
    return np.stack([on, off, pitch, np.clip(velocity, 8, 127), np.full(len(on), float(track))], 1)


def _without_clashes(rows: Floats) -> Floats:
    """Cut a note where its track strikes its pitch again, drop echoes, sort by onset."""
    key = rows[:, 4] * 128 + rows[:, 2]
    order = np.lexsort((rows[:, 0], key))
    rows, key = rows[order], key[order]
    again = key[1:] == key[:-1]
    gap = rows[1:, 0] - rows[:-1, 0]
    rows[:-1, 1] = np.where(again, np.minimum(rows[:-1, 1], rows[1:, 0] - 0.005), rows[:-1, 1])
    rows = rows[np.concatenate([~(again & (gap < SHORTEST_REPEAT)), [True] * min(1, len(rows))]).astype(bool)]
    rows[:, 1] = np.maximum(rows[:, 1], rows[:, 0] + 0.02)
    return rows[np.argsort(rows[:, 0], kind="stable")]
