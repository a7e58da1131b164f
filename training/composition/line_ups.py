"""Who plays: kinds of ensemble, each with its instruments and their roles."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from training.composition.drumming import drums
from training.composition.melodies import chorale, melody, two_hands
from training.composition.roles import arpeggio, bass, chords, free, pad, riff, runs, strum
from training.composition.song import Role
from training.instruments import GROUP_PROGRAMS, USED_PROGRAMS

DRUM_PROGRAM = -1


class Player(NamedTuple):
    """A role and the program that plays it; `DRUM_PROGRAM` for drums."""

    role: Role
    program: int


class LineUp(NamedTuple):
    """A style and its players."""

    style: str
    players: tuple[Player, ...]


DRUMMER = Player(drums, DRUM_PROGRAM)


def _of_group(rng: random.Random, *names: str) -> int:
    return rng.choice(GROUP_PROGRAMS[rng.choice(names)])


def _one(rng: random.Random, roles: Sequence[Role], programs: Sequence[int]) -> Player:
    return Player(rng.choice(roles), rng.choice(programs))


def _piano(rng: random.Random) -> LineUp:
    style = "classical" if rng.random() < 0.6 else "jazz"
    roles = (*(two_hands,) * 6, chorale, chords, runs, free)
    return LineUp(style, (_one(rng, roles, (0, 0, 0, 1, 1, 2, 3)),))


def _keys(rng: random.Random) -> LineUp:
    programs = (4, 5, 6, 7, 16, 17, 18, 19, 20, 11, 12, 8, 46)
    return LineUp("pop", (_one(rng, (two_hands, chords, chorale, melody), programs),))


def _guitar(rng: random.Random) -> LineUp:
    players = [_one(rng, (strum, strum, arpeggio, arpeggio, melody, two_hands), range(24, 31))]
    if rng.random() < 0.3:
        players.append(_one(rng, (melody,), (24, 25, 26, 27, 29, 30)))
    return LineUp(rng.choice(("pop", "rock", "classical")), tuple(players))


def _solo(rng: random.Random) -> LineUp:
    names = (
        *("solo strings",) * 3, "brass", "brass", "reed", "reed", "pipe", *("voice",) * 5, "guitar", "bass",
        "lead", "chromatic",
    )  # fmt: skip
    role = rng.choice((melody, melody, melody, runs, free))
    return LineUp("classical", (Player(role, _of_group(rng, *names)),))


def _duo(rng: random.Random) -> LineUp:
    names = ("solo strings", "solo strings", "reed", "pipe", "brass", "voice", "voice")
    below = _one(rng, (two_hands, chords, arpeggio), (0, 0, 1, 24, 25, 46))
    return LineUp("classical", (below, Player(melody, _of_group(rng, *names))))


def _chamber(rng: random.Random) -> LineUp:
    programs = rng.choice((
        (40, 40, 41, 42), (73, 68, 71, 60, 70), (56, 56, 60, 57, 58), (64, 65, 66, 67), (52, 52, 52),
        (48, 48, 49, 43),
    ))  # fmt: skip
    roles = (melody, melody, pad, arpeggio, riff)
    return LineUp("classical", tuple(Player(rng.choice(roles), p) for p in programs[: rng.randint(2, 5)]))


def _choir(rng: random.Random) -> LineUp:
    """Voices alone, or over an organ or a piano."""
    players = [_one(rng, (chorale, chorale, pad, chords), (52, 52, 53))]
    if rng.random() < 0.3:
        players.append(_one(rng, (melody,), (52, 53, 54)))
    if rng.random() < 0.3:
        players.append(_one(rng, (chords, pad, two_hands), (0, 19)))
    return LineUp("classical", tuple(players))


def _orchestra(rng: random.Random) -> LineUp:
    players = [
        _one(rng, (pad,), (48, 49)),
        _one(rng, (melody,), (40, 73, 68, 71, 48)),
        _one(rng, (bass,), (43, 42, 58)),
    ]
    programs = (60, 61, 56, 57, 46, 47, 45, 41, 42, 72, 70, 52, 9, 14)
    players += [_one(rng, (melody, pad, riff, arpeggio), programs) for _ in range(rng.randint(1, 6))]
    if rng.random() < 0.25:
        players.append(DRUMMER)
    return LineUp("classical", tuple(players))


def _jazz(rng: random.Random) -> LineUp:
    players = [_one(rng, (chords, two_hands), (0, 0, 4, 26)), _one(rng, (bass,), (32, 32, 33))]
    if rng.random() < 0.75:
        players.append(DRUMMER)
    horns = (56, 59, 57, 64, 65, 66, 67, 26, 11, 71)
    players += [_one(rng, (melody,), horns) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    return LineUp("jazz", tuple(players))


def _electro(rng: random.Random) -> LineUp:
    players = [DRUMMER] if rng.random() < 0.8 else []
    players += [_one(rng, (bass,), (38, 39, 87)), Player(rng.choice((pad, chords)), _of_group(rng, "pad"))]
    names = ("lead", "lead", "pad", "pad", "piano", "organ", "solo strings", "voice")
    roles = (arpeggio, melody, riff, chords, pad)
    players += [Player(rng.choice(roles), _of_group(rng, *names)) for _ in range(rng.randint(1, 4))]
    return LineUp("electro", tuple(players))


def _random(rng: random.Random) -> LineUp:
    roles = (melody, chords, arpeggio, pad, riff, free, runs, free)
    players = [_one(rng, roles, USED_PROGRAMS) for _ in range(rng.randint(1, 9))]
    if rng.random() < 0.5:
        players.append(DRUMMER)
    return LineUp("free", tuple(players))


def _mixed(rng: random.Random) -> LineUp:
    """Any groups side by side, each as likely as any other: an instrument must be told from its sound."""
    names = [name for name in GROUP_PROGRAMS if name != "bass"]
    roles = (melody, melody, chords, arpeggio, pad, riff)
    players = [_one(rng, roles, GROUP_PROGRAMS[name]) for name in rng.sample(names, rng.randint(2, 6))]
    if rng.random() < 0.5:
        players.append(_one(rng, (bass,), (32, 33, 33, 34, 35, 36, 38, 43)))
    if rng.random() < 0.5:
        players.append(DRUMMER)
    return LineUp(rng.choice(("pop", "classical", "jazz", "rock", "electro")), tuple(players))


def _drummers(rng: random.Random) -> LineUp:
    players = [DRUMMER]
    if rng.random() < 0.35:
        players.append(_one(rng, (bass,), (33, 33, 34, 35, 36, 38)))
    return LineUp(rng.choice(("rock", "pop", "jazz")), tuple(players))


def _band(rng: random.Random) -> LineUp:
    """Bass and drums always, guitars mostly, then what a pop production adds.

    Piano and guitar must do without each other often enough, or one is taken for the other in every band.
    """
    players = [_one(rng, (bass,), (33, 33, 34, 32, 36, 37, 38)), DRUMMER]
    guitars = (24, 25, 25, 26, 27, 27, 28, 29, 30)
    players += [
        _one(rng, (strum, chords, arpeggio, riff), guitars) for _ in range(rng.choice((0, 0, 1, 1, 1, 2)))
    ]
    leads = (65, 66, 64, 56, 73, 73, 75, 80, 81, 30, 27, 52, 53, 54, 40, 40, 42, 22, 71, 11)
    extras: tuple[tuple[float, tuple[Role, ...], Sequence[int]], ...] = (
        (0.8, (chords, two_hands, arpeggio), (0, 0, 1, 2, 4, 5)),
        (0.45, (pad,), (48, 49, 50, 51)),
        (0.3, (pad, chords), (16, 17, 18)),
        (0.6, (melody,), leads),
        (0.35, (riff, chords, melody), (61, 62, 56, 57, 66, 71, 11, 12)),
        (0.3, (pad,), GROUP_PROGRAMS["pad"]),
        (0.25, (arpeggio, riff), GROUP_PROGRAMS["lead"] + GROUP_PROGRAMS["chromatic"]),
    )
    players += [_one(rng, roles, programs) for share, roles, programs in extras if rng.random() < share]
    return LineUp(rng.choice(("pop", "pop", "rock")), tuple(players))


KINDS: dict[str, tuple[float, Callable[[random.Random], LineUp]]] = {
    "piano": (0.11, _piano),
    "keys": (0.03, _keys),
    "guitar": (0.07, _guitar),
    "solo": (0.12, _solo),
    "duo": (0.08, _duo),
    "chamber": (0.07, _chamber),
    "choir": (0.05, _choir),
    "orchestra": (0.07, _orchestra),
    "jazz": (0.06, _jazz),
    "electro": (0.05, _electro),
    "band": (0.16, _band),
    "random": (0.07, _random),
    "mixed": (0.15, _mixed),
    "drums": (0.05, _drummers),
}
"""Kinds of ensemble: how often each is drawn, and what draws its players."""


def draw_line_up(rng: random.Random, kind: str | None = None) -> LineUp:
    """Draw who plays; of a given kind, or of any."""
    if kind is None:
        kind = rng.choices(list(KINDS), [share for share, _ in KINDS.values()])[0]
    return KINDS[kind][1](rng)
