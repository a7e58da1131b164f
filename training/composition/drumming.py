"""What a drummer plays: a groove in sixteenths, ghost notes, fills, crashes, other percussion."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from training.composition.song import Event, Part

HAND_PERCUSSION = (
    39, 45, 46, 47, 48, 50, 54, 56, 60, 61, 62, 63, 64, 65, 67, 69, 70, 73, 75, 76, 80, 81,
)  # fmt: skip
CLOSED_HAT, OPEN_HAT, PEDAL_HAT = 42, 46, 44
Lane = list[float]


@dataclass(slots=True)
class _Groove:
    """One bar: how hard kick, snare and cymbal are struck in each sixteenth (0: not), and with which keys."""

    n: int
    kick_key: int
    snare_key: int
    time_key: int
    kick: Lane = field(init=False)
    snare: Lane = field(init=False)
    time: Lane = field(init=False)

    def __post_init__(self) -> None:
        self.kick, self.snare, self.time = ([0.0] * self.n for _ in range(3))

    def put(self, lane: Lane, start: int, step: int, strength: float = 1.0) -> None:
        """Strike every `step` sixteenths from `start`."""
        for i in range(start, self.n, step):
            lane[i] = strength


def drums(part: Part) -> list[Event]:
    """A drum part; pitches are General MIDI drum keys, whatever the part's range."""
    song, rng = part.song, part.song.rng
    groove = _draw_groove(rng, song.beats * 4)
    percussion = [
        (rng.choice(HAND_PERCUSSION), [rng.random() < 0.25 for _ in range(groove.n)])
        for _ in range(rng.choice((0, 0, 1, 1, 2)))
    ]
    fill_share = rng.choice((0, 0.1, 0.25))
    opens = rng.random() < 0.3
    pedals = rng.random() < 0.15
    events: list[Event] = []
    for bar in part.bars:
        start = bar * song.beats
        is_fill = rng.random() < fill_share
        end = groove.n - rng.choice((4, 8)) if is_fill else groove.n
        for i in range(min(end, groove.n)):
            events += _sixteenth(groove, i, start + i / 4, rng, opens=opens)
            events += [
                Event(start + i / 4, 0.1, key, 0.4 + 0.4 * rng.random())
                for key, hits in percussion
                if hits[i]
            ]
            if pedals and i % 8 == 4:
                events.append(Event(start + i / 4, 0.1, PEDAL_HAT, 0.4 + 0.2 * rng.random()))
        if is_fill:
            events += _fill(rng, start, end, groove.n)
        if (is_fill and rng.random() < 0.6) or rng.random() < 0.05:
            crash = rng.choice((49, 57, 55, 52))
            events.append(Event(start + song.beats, 0.1, crash, 0.7 + 0.3 * rng.random()))
    return events


def _sixteenth(groove: _Groove, i: int, at: float, rng: random.Random, *, opens: bool) -> list[Event]:
    events = []
    if groove.kick[i]:
        loudness = (0.7 + 0.3 * rng.random()) * (0.5 + 0.5 * groove.kick[i])
        events.append(Event(at, 0.1, groove.kick_key, loudness))
    if groove.snare[i]:
        loudness = (0.65 + 0.35 * rng.random()) * (0.4 + 0.6 * groove.snare[i])
        events.append(Event(at, 0.1, groove.snare_key, loudness))
    if groove.time[i]:
        is_open = opens and groove.time_key == CLOSED_HAT and i % 8 == 6
        loudness = 0.35 + 0.3 * rng.random() + 0.2 * (i % 4 == 0)
        events.append(Event(at, 0.1, OPEN_HAT if is_open else groove.time_key, loudness))
    return events


def _fill(rng: random.Random, start: float, first: int, n: int) -> list[Event]:
    """Toms or snare to the end of the bar."""
    keys = rng.choice(((50, 48, 45, 41), (48, 45, 43), (38, 38, 38), (50, 47, 43, 38)))
    return [
        Event(start + i / 4, 0.1, keys[(i - first) * len(keys) // (n - first)], 0.5 + 0.5 * rng.random())
        for i in range(first, n)
        if rng.random() < 0.85
    ]


def _draw_groove(rng: random.Random, n: int) -> _Groove:
    groove = _Groove(
        n,
        kick_key=rng.choice((35, 36, 36)),
        snare_key=rng.choice((38, 38, 38, 40, 37)),
        time_key=rng.choice((42, 42, 42, 44, 51, 51, 53, 54, 70, 59, 46)),
    )
    style = rng.choice((_rock, _rock, _rock, _four_on_the_floor, _funk, _swing, _half_time, _latin, _random))
    style(groove, rng)
    return groove


def _rock(groove: _Groove, rng: random.Random) -> None:
    groove.put(groove.kick, 0, 8)
    groove.put(groove.snare, 4, 8)
    groove.put(groove.time, 0, rng.choice((1, 2, 2, 4)))
    for _ in range(rng.randint(0, 3)):
        groove.kick[rng.randrange(groove.n)] = 1


def _four_on_the_floor(groove: _Groove, _rng: random.Random) -> None:
    groove.put(groove.kick, 0, 4)
    groove.put(groove.time, 2, 4)
    groove.put(groove.snare, 4, 8)


def _funk(groove: _Groove, rng: random.Random) -> None:
    groove.put(groove.time, 0, 1)
    groove.put(groove.snare, 4, 8)
    for _ in range(5):
        groove.kick[rng.randrange(groove.n)] = 1
    for _ in range(3):  # ghost notes
        groove.snare[rng.randrange(groove.n)] = 0.35


def _swing(groove: _Groove, rng: random.Random) -> None:
    groove.time_key = rng.choice((51, 51, 42))
    groove.put(groove.time, 0, 4)
    groove.put(groove.time, 7, 8)
    groove.put(groove.snare, 4, 8, 0.5)
    groove.kick[0] = 0.6 * (rng.random() < 0.5)


def _half_time(groove: _Groove, _rng: random.Random) -> None:
    groove.kick[0] = 1
    groove.snare[min(8, groove.n - 1)] = 1
    groove.put(groove.time, 0, 2)


def _latin(groove: _Groove, rng: random.Random) -> None:
    for i in (0, 3, 6, 10, 12):
        groove.snare[i % groove.n] = 0.7
    groove.snare_key = rng.choice((37, 75, 76))
    groove.time_key = rng.choice((70, 69, 42))
    groove.put(groove.time, 0, 2)
    groove.put(groove.kick, 0, 8)
    groove.put(groove.kick, 6, 8)


def _random(groove: _Groove, rng: random.Random) -> None:
    for lane in (groove.kick, groove.snare, groove.time):
        for _ in range(rng.randint(1, groove.n // 2)):
            lane[rng.randrange(groove.n)] = rng.random()
