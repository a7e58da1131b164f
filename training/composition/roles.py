"""What melodic and harmonic instruments play: each role writes the events of one part."""

from __future__ import annotations

from training.composition.song import CELLS, Chord, Event, Part, nearest, voicing


def bass(part: Part) -> list[Event]:
    """A bass line of one of eight kinds."""
    song, rng = part.song, part.song.rng
    kind = rng.choice(("root", "eighths", "walk", "octaves", "fifths", "syncopated", "long", "riff"))
    base = rng.randint(part.low, max(min(part.low + 12, part.high), part.low))
    beats = song.beats
    patterns: dict[str, list[tuple[float, float, int | None]]] = {
        "long": [(0, beats, 0)],
        "root": [(i, 1, 0) for i in range(beats)],
        "eighths": [(i * 0.5, 0.5, 0) for i in range(2 * beats)],
        "octaves": [(i * 0.5, 0.5, 12 * (i % 2)) for i in range(2 * beats)],
        "fifths": [(i, 1, 7 * (i % 2)) for i in range(beats)],
        "syncopated": [(0, 1.5, 0), (1.5, 1, 0), (2.5, 0.5, 7), (3, 1, 0)],
        "walk": [(i, 1, None) for i in range(beats)],
        "riff": [(s, d, rng.choice((0, 0, 0, 7, 12, 10, 5))) for s, d in rng.choice(CELLS)],
    }
    events = []
    last = base
    for bar in part.bars:
        for start, length, interval in patterns[kind]:
            if start >= beats or rng.random() < 0.04:
                continue
            at = bar * beats + start
            chord = song.chord_at(at)
            if interval is None:
                classes = chord.classes if start == 0 or rng.random() < 0.6 else song.scale_classes
                pitch = nearest(classes, last + rng.choice((-3, -2, -1, 1, 2, 3)), part.low, part.high)
            else:
                pitch = nearest((chord.root,), base, part.low, part.high) + interval
                pitch -= 12 * (pitch > part.high)
            last = pitch
            events.append(Event(at, length, pitch, 0.75 + 0.15 * (start == 0)))
    return events


def chords(part: Part) -> list[Event]:
    """Block chords in a rhythm."""
    song, rng = part.song, part.song.rng
    n = rng.randint(2, 5)
    centre = rng.randint(part.low, max(part.low, min(part.high - 12, part.low + 30)))
    beats = song.beats
    pattern = rng.choice(
        (
            [(0, beats)],
            [(i, 1) for i in range(beats)],
            [(i * 0.5, 0.5) for i in range(2 * beats)],
            [(0, 1.5), (1.5, 1), (2.5, 1.5)],
            [(0.5 + i, 0.5) for i in range(beats)],
            [(1, 0.5), (3, 0.5)],
            [(0, 2), (2, 2)],
            list(rng.choice(CELLS)),
        )
    )
    events = []
    held: tuple[Chord, list[int]] | None = None
    for bar in part.bars:
        for start, length in pattern:
            if start >= beats or rng.random() < 0.05:
                continue
            chord = song.chord_at(bar * beats + start)
            if held is None or held[0] != chord or rng.random() < 0.1:
                pitches = voicing(chord.classes, centre + rng.randint(-4, 4), n, part.low, part.high)
                held = (chord, pitches)
            loudness = 0.55 + 0.2 * (start == 0) + 0.1 * rng.random()
            events += [Event(bar * beats + start, length, pitch, loudness) for pitch in held[1]]
    return events


def strum(part: Part) -> list[Event]:
    """Guitar chords struck string after string, down and up."""
    song, rng = part.song, part.song.rng
    strokes = rng.choice(
        (
            (0, 1, 1.5, 2.5, 3, 3.5),
            (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
            (0, 1, 2, 3),
            (0, 0.75, 1.5, 2, 2.75, 3.5),
            (0, 2),
            tuple(i * 0.25 for i in range(16)),
        )
    )
    power = song.style == "rock" and rng.random() < 0.6
    spread = rng.uniform(0.005, 0.06)
    events = []
    for bar in part.bars:
        for i, start in enumerate(strokes):
            if start >= song.beats:
                continue
            following = strokes[i + 1] if i + 1 < len(strokes) else song.beats
            chord = song.chord_at(bar * song.beats + start)
            low = nearest((chord.root,), part.low + 5, part.low, part.high)
            upper = voicing(chord.classes, low + 5, rng.randint(3, 5), part.low, part.high)
            strings = [low, low + 7, low + 12] if power else [low, *upper]
            is_up = i % 2 == 1 and not power
            if is_up:
                strings = strings[::-1][: rng.randint(2, 4)]
            for k, pitch in enumerate(strings):
                at, length = bar * song.beats + start + k * spread, following - start - k * spread
                if pitch <= part.high:
                    events.append(Event(at, max(0.15, length), pitch, 0.8 - 0.2 * is_up))
    return events


def arpeggio(part: Part) -> list[Event]:
    """Broken chords in one of five orders."""
    song, rng = part.song, part.song.rng
    step = rng.choice((0.25, 0.25, 0.5, 0.5, 1 / 3, 1))
    n, centre = rng.randint(3, 7), rng.randint(part.low, max(part.low, part.high - 20))
    order = rng.choice(("up", "down", "up and down", "alberti", "random"))
    rings = rng.random() < 0.4
    events = []
    for bar in part.bars:
        k, at = 0, 0.0
        held: tuple[Chord, list[int]] | None = None
        while at < song.beats - 1e-6:
            chord = song.chord_at(bar * song.beats + at)
            if held is None or held[0] != chord:
                held = (chord, voicing(chord.classes, centre, n, part.low, part.high) or [centre])
                k = 0
            m = len(held[1])
            turn = k % max(1, 2 * m - 2)
            index = {
                "up": k % m,
                "down": m - 1 - k % m,
                "up and down": turn if turn < m else 2 * m - 2 - turn,
                "alberti": (0, m - 1, m // 2, m - 1)[k % 4],
                "random": rng.randrange(m),
            }[order]
            length = song.beats - at if rings else step
            loudness = 0.55 + 0.2 * (k == 0) + 0.1 * rng.random()
            events.append(Event(bar * song.beats + at, length, held[1][index], loudness))
            k += 1
            at += step
    return events


def pad(part: Part) -> list[Event]:
    """Held chords that change with the harmony."""
    song, rng = part.song, part.song.rng
    n, centre = rng.randint(1, 5), rng.randint(part.low, max(part.low, part.high - 16))
    events: list[Event] = []
    since, held = 0.0, None
    for half in range(len(song.chords) + 1):
        bar = min(half // (2 * song.beats), song.n_bars - 1)
        chord = song.chords[half] if half < len(song.chords) and part.active[bar] else None
        if chord == held and half / 2 - since < 2 * song.beats:
            continue
        if held is not None:
            for pitch in voicing(held.classes, centre + rng.randint(-2, 2), n, part.low, part.high):
                events.append(Event(since, half / 2 - since, pitch, 0.5 + 0.2 * rng.random()))
        since, held = half / 2, chord
    return events


def runs(part: Part) -> list[Event]:
    """Fast scales and broken scales."""
    song, rng = part.song, part.song.rng
    scale = [p for p in range(part.low, part.high + 1) if p % 12 in song.scale_classes] or [part.low]
    i, step, direction = rng.randrange(len(scale)), rng.choice((0.25, 0.25, 1 / 6, 0.125)), 1
    events = []
    for bar in part.bars:
        at, jump = 0.0, rng.choice((1, 1, 1, 2, 3))
        while at < song.beats - 1e-6:
            events.append(Event(bar * song.beats + at, step, scale[i], 0.6 + 0.2 * rng.random()))
            i += direction * jump
            if not 0 <= i < len(scale) or rng.random() < 0.06:
                direction, i = -direction, min(max(i, 0), len(scale) - 1)
            at += step
    return events


def riff(part: Part) -> list[Event]:
    """One bar, again and again."""
    song, rng = part.song, part.song.rng
    base = rng.randint(part.low + 2, max(part.low + 2, part.high - 12))
    cell = rng.choice(CELLS)
    pitches = [nearest(song.scale_classes, base + rng.randint(-7, 9), part.low, part.high) for _ in cell]
    return [
        Event(bar * song.beats + start, length, pitch, 0.7 + 0.1 * rng.random())
        for bar in part.bars
        for (start, length), pitch in zip(cell, pitches, strict=True)
        if start < song.beats
    ]


def free(part: Part) -> list[Event]:
    """Random notes: any interval, any moment, any length."""
    song, rng = part.song, part.song.rng
    n = int(song.n_bars * song.beats * rng.choice((0.5, 1, 2, 4)))
    voices = rng.choice((1, 1, 2, 3, 4))
    events = []
    for _ in range(n):
        at = rng.random() * song.n_bars * song.beats
        if part.active[int(at / song.beats)]:
            for _ in range(rng.randint(1, voices)):
                length = rng.choice((0.1, 0.25, 0.5, 1, 2, 4))
                pitch = rng.randint(part.low, part.high)
                events.append(Event(at, length, pitch, 0.3 + 0.7 * rng.random()))
    return events


def stride(part: Part) -> list[Event]:
    """A pianist's left hand: bass notes and chords in turn."""
    song, rng = part.song, part.song.rng
    events = []
    for bar in part.bars:
        for i in range(song.beats):
            at = bar * song.beats + i
            chord = song.chord_at(at)
            if i % 2:
                upper = voicing(chord.classes, part.high - 12, 3, part.low, part.high)
                events += [Event(at, 0.6, pitch, 0.55) for pitch in upper]
                continue
            pitch = nearest((chord.root,), part.low + 10, part.low, part.high)
            events.append(Event(at, 0.9, pitch, 0.7))
            if rng.random() < 0.3 and pitch - 12 >= part.low:
                events.append(Event(at, 0.9, pitch - 12, 0.65))
    return events
