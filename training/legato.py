"""One voice from note to note: pitch that glides and wavers, loudness that comes and goes.

A note bank strikes every note anew. Singers, bows and breath go from one note into the next, miss a pitch by
a quarter tone and settle, set in late and softly; none of that is another note. What singers and players
share is here; what sounds, a throat or a body of wood or brass, is in `singing` and `playing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training import RATE

Floats = npt.NDArray[np.float64]

CONTROL_RATE = 200
"""Points a second at which pitch and loudness are worked out."""
LEGATO_GAP = 0.08
"""Seconds: across a shorter gap the voice slides, across a longer one it sets in anew."""
EARLY, RISE = 0.01, 0.7
"""A note comes up from so many seconds before its onset, by this power of time."""
WAVERS = 11.0
"""Turns a second of a pitch that trembles, where nothing else is said."""
LET_GO = 0.03
"""Seconds before a note at which a voice lets go of the pitch before, to begin from below."""
FALSEST = 0.42
"""Semitones: a note further from its pitch would be another one."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """How one voice goes from note to note.

    Attributes:
        vibrato: depth in semitones.
        vibrato_hz: its rate.
        glide: seconds from one pitch to the next.
        scoop: semitones from below with which a phrase begins.
        attack: seconds in which a note comes up.
        intonation: semitones by which notes miss their pitch, root mean square.
        drift: semitones by which a held pitch wanders.
        waver: semitones by which it trembles within a note, root mean square; untrained singers, above all.
        slurs: how often one note goes into the next without any dip of loudness.
        waver_hz: turns a second of the waver.
        late: share of a slide from note to note that comes after the onset.
        scoops: how often a note within a phrase begins from below, too.
    """

    vibrato: float
    vibrato_hz: float
    glide: float
    scoop: float
    attack: float
    intonation: float
    drift: float
    slurs: float
    waver: float = 0.0
    waver_hz: float = WAVERS
    late: float = 0.5
    scoops: float = 0.0


def control_times(n_samples: int) -> Floats:
    """(points,) seconds from the first sample to just beyond the last."""
    return np.arange(n_samples // (RATE // CONTROL_RATE) + 2) / CONTROL_RATE


def pitch_curve(notes: Floats, t: Floats, phrasing: Phrasing, rng: np.random.Generator) -> Floats:
    """(points,) semitones at the times `t`; notes as `singing.sing` takes them."""
    falseness = np.clip(rng.normal(0, phrasing.intonation, len(notes)), -FALSEST, FALSEST)
    times, values = [t[0] - 1], [notes[0, 2]]
    end = -np.inf
    for (onset, offset, pitch, _), false in zip(notes.tolist(), falseness.tolist(), strict=True):
        glide = min(phrasing.glide * rng.uniform(0.5, 1.2), 0.5 * (offset - onset))
        begun = pitch + false
        if onset - end > LEGATO_GAP or rng.random() < phrasing.scoops:
            times += [onset - LET_GO, onset - 0.02, onset + glide]
            values += [values[-1], pitch - phrasing.scoop * rng.random(), begun]
        else:
            times += [onset - (1 - phrasing.late) * glide, onset + phrasing.late * glide]
            values += [values[-1], begun]
        times.append(max(offset - (1 - phrasing.late) * glide, times[-1]))
        values.append(pitch + rng.uniform(0.2, 1) * false)  # the ear corrects
        end = offset
    curve = np.interp(t, np.maximum.accumulate(times), values)
    drift = np.cumsum(rng.standard_normal(len(t))) / np.sqrt(CONTROL_RATE) * phrasing.drift
    drift -= np.interp(t, t[::CONTROL_RATE], drift[::CONTROL_RATE])  # wanders, but comes back every second
    if phrasing.waver:
        knots = np.arange(t[0], t[-1] + 1 / phrasing.waver_hz, 1 / phrasing.waver_hz)
        drift = drift + np.interp(t, knots, rng.normal(0, phrasing.waver, len(knots)))
    onsets = notes[np.clip(np.searchsorted(notes[:, 0], t, "right") - 1, 0, None), 0]
    deep = np.clip((t - onsets - 0.15) / 0.3, 0, 1)
    wave = np.sin(2 * np.pi * phrasing.vibrato_hz * t + rng.uniform(0, 6.28))
    return np.asarray(curve + drift + phrasing.vibrato * deep * wave, np.float64)


def loudness_curve(notes: Floats, t: Floats, phrasing: Phrasing, rng: np.random.Generator) -> Floats:
    """(points,) loudness at the times `t`: notes that come and go, joined where the line is legato."""
    curve = np.zeros(len(t))
    following = [*notes[1:].tolist(), [np.inf, np.inf, 0, 0]]
    for (onset, end, pitch, loud), (after, _, pitch_after, _) in zip(notes.tolist(), following, strict=True):
        fall = rng.uniform(0.02, 0.1)
        joined, slurred = after - end < LEGATO_GAP, rng.random() < phrasing.slurs
        offset = end
        if joined and pitch == pitch_after:  # the tongue, the bow or a consonant parts them
            offset = max(onset + 0.03, min(end, after - rng.uniform(0.02, 0.07)))
        elif joined and slurred:
            offset = after + phrasing.attack  # held until the next note has come up
        swell = 1 + rng.normal(0, 0.15) * np.clip((t - onset) / max(offset - onset, 0.05), 0, 1)
        rise = np.clip((t - onset + EARLY) / phrasing.attack, 0, 1) ** RISE
        down = np.clip((offset + 0.3 * fall - t) / fall, 0, 1)
        curve = np.maximum(curve, loud * np.minimum(rise, down) * swell)
    return curve


def heard_after(attack: float) -> float:
    """Seconds from its onset until a note has a fifth of its loudness; below 0 where that is before."""
    return float(attack * 0.2 ** (1 / RISE)) - EARLY


def harmonic_sum(hz: Floats, t: Floats, gains: Floats, n_samples: int) -> Floats:
    """Add up the harmonics of a moving pitch.

    Args:
        hz: (points,) pitch at the times `t`.
        t: (points,) seconds.
        gains: (n, points) loudness of the first n harmonics.
        n_samples: length of the sum.

    Returns:
        (n_samples,), not scaled.
    """
    at = np.arange(n_samples) / RATE
    phase = 2 * np.pi * np.cumsum(np.interp(at, t, hz)) / RATE
    doubled = 2 * np.cos(phase)
    before, sine = np.zeros(n_samples), np.sin(phase)
    y = np.zeros(n_samples)
    for row in gains:  # sin(k * phase) by Chebyshev's recurrence
        y += sine * np.interp(at, t, row)
        before, sine = sine, doubled * sine - before
    return y
