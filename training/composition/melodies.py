"""Melodies, and the roles built from them: two-handed piano, four-part chorale."""

from __future__ import annotations

from dataclasses import dataclass

from training.composition import roles
from training.composition.song import CELLS, Cell, Event, Part, Role, nearest, voicing


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one melody moves.

    Attributes:
        middle, span: where it lies and how far it strays.
        cells, motifs: rhythms of its bars and the steps that go with them.
        leap: largest step of a new motif.
        rest: share of notes left out.
        parallel: interval of a second voice, 0 for none.
        ornament: share of notes with a trill or grace note.
        chordal: whether chords are put under it.
    """

    middle: int
    span: int
    cells: tuple[Cell, ...]
    motifs: list[list[int]]
    leap: int
    rest: float
    parallel: int
    ornament: float
    chordal: bool


def melody(part: Part) -> list[Event]:
    """A line of motifs that return and vary."""
    return _melody(part, chordal=False)


def _melody(part: Part, *, chordal: bool) -> list[Event]:
    song, rng = part.song, part.song.rng
    manner = _draw_manner(part, chordal)
    pitch = manner.middle
    events: list[Event] = []
    for bar in part.bars:
        if rng.random() < manner.rest * 0.5:
            continue
        j = bar % len(manner.cells)
        if rng.random() < 0.15:
            manner.motifs[j] = [rng.randint(-manner.leap, manner.leap) for _ in manner.cells[j]]
        for (start, length), step in zip(manner.cells[j], manner.motifs[j], strict=True):
            if start >= song.beats or rng.random() < manner.rest:
                continue
            at = bar * song.beats + start
            pitch = _next_pitch(part, manner, pitch + step, at)
            loudness = 0.65 + 0.15 * (start % 1 == 0) + 0.15 * rng.random()
            events += _ornamented(part, manner, Event(at, length, pitch, loudness))
            events += _below(part, manner, Event(at, length, pitch, loudness))
    return events


def _draw_manner(part: Part, chordal: bool) -> _Manner:
    rng = part.song.rng
    margin = 3 if part.high - part.low < 24 else 8
    cells = tuple(rng.choice(CELLS) for _ in range(rng.choice((1, 2, 2, 4))))
    leap = rng.choice((1, 2, 2, 3, 5))
    return _Manner(
        middle=rng.randint(part.low + margin, max(part.low + margin, part.high - margin)),
        span=rng.randint(5, 14),
        cells=cells,
        motifs=[[rng.randint(-leap, leap) for _ in cell] for cell in cells],
        leap=leap,
        rest=rng.choice((0, 0.05, 0.1, 0.3)),
        parallel=rng.choice((0, 0, 0, -12, 3, 4, -8, 12)) if chordal else 0,
        ornament=0.04 if rng.random() < 0.3 else 0.0,
        chordal=chordal,
    )


def _next_pitch(part: Part, manner: _Manner, target: int, at: float) -> int:
    song, rng = part.song, part.song.rng
    on_beat = at % 1 == 0 and rng.random() < 0.6
    classes = song.chord_at(at).classes if on_beat else song.scale_classes
    if target > manner.middle + manner.span:
        target -= rng.randint(2, 7)
    if target < manner.middle - manner.span:
        target += rng.randint(2, 7)
    pitch = nearest(classes, target, part.low, part.high)
    if rng.random() < 0.03:  # chromatic
        pitch = min(max(pitch + rng.choice((-1, 1)), part.low), part.high)
    return pitch


def _ornamented(part: Part, manner: _Manner, event: Event) -> list[Event]:
    """The note, or a trill or grace note that ends in it."""
    rng = part.song.rng
    if rng.random() >= manner.ornament:
        return [event]
    n = rng.choice((1, 4, 6))
    short = min(event.length, 1.0) / (n + 1)
    upper = rng.choice((1, 2))
    turns = [
        Event(event.start + i * short, short, event.pitch + i % 2 * upper, event.loudness) for i in range(n)
    ]
    rest = event._replace(start=event.start + n * short, length=event.length - n * short)
    return [*turns, rest]


def _below(part: Part, manner: _Manner, event: Event) -> list[Event]:
    """A second voice in parallel, and now and then a chord under the note."""
    rng = part.song.rng
    events = []
    second = event.pitch + manner.parallel
    if manner.parallel and part.low <= second <= part.high:
        events.append(event._replace(pitch=second, loudness=event.loudness * 0.9))
    if manner.chordal and event.start % 2 == 0 and rng.random() < 0.35:
        classes = part.song.chord_at(event.start).classes
        under = voicing(classes, event.pitch - 10, rng.randint(1, 3), part.low, event.pitch - 1)
        events += [event._replace(pitch=pitch, loudness=event.loudness * 0.85) for pitch in under]
    return events


def two_hands(part: Part) -> list[Event]:
    """A pianist: accompaniment in the left hand, melody or figures in the right."""
    rng = part.song.rng
    split = rng.randint(52, 64)
    left: Role = rng.choice((
        roles.arpeggio, roles.arpeggio, roles.chords, roles.bass, roles.pad, roles.stride, melody,
    ))  # fmt: skip
    right: Role = rng.choice((melody, melody, melody, roles.runs, roles.chords, roles.arpeggio))
    upper = part.within(split - 3, part.high)
    played = _melody(upper, chordal=rng.random() < 0.6) if right is melody else right(upper)
    return left(part.within(part.low, split)) + played


def chorale(part: Part) -> list[Event]:
    """Four melodies one above the other."""
    events = []
    width = part.high - part.low
    for voice in range(4):
        low = part.low + width * voice // 4
        high = min(part.high, low + max(12, width // 4))
        events += [e._replace(loudness=e.loudness * 0.9) for e in melody(part.within(low, high))]
    return events
