"""From a composed piece to sound: what each track is drawn to sound like, a table of note rows, the mixer.

What a bank note lacks is added here, because a player is more than a sampler: vibrato that sets in late,
scoops into a note, swells, tapered ends, tremolo, releases from dry to long, layered drum kits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from training import RATE
from training.bank import N_PROGRAMS, Bank
from training.composition.piece import Piece
from training.instruments import DECAYING

Floats = npt.NDArray[np.float64]
Sound32 = npt.NDArray[np.float32]

# Columns of a note row; times in samples from the start of the window, rates per sample.
BUS, START, LENGTH, RATIO, ON, OFF, AMPLITUDE, RELEASE, ATTACK = range(9)
VIBRATO_RATE, VIBRATO_DEPTH, VIBRATO_DELAY, SCOOP, SCOOP_DECAY, SWELL, TAPER, SLOPE, TREMOLO = range(9, 18)
N_COLUMNS = 18

LN_60_DB = 6.9
MAX_TAIL = 4.0  # seconds after its end in which a note may still be heard
SOFT_LAYER_VELOCITY, LOUD_LAYER_VELOCITY = 52.0, 108.0
LOUDNESS_EXPONENT = 1.6  # amplitude grows with velocity to this power


@dataclass(frozen=True, slots=True)
class Track:
    """How one track is drawn to sound.

    Attributes:
        font, slot: which sound of the bank.
        layer_slot: a second drum kit mixed in, as (font, slot, gain), or None.
        gain: linear.
        tuning: semitones.
        timbre: semitones by which another pitch's sample is used: moves the body's resonances.
        vibrato: depth in semitones; 0 for none.
        vibrato_hz: its rate.
        vibrato_delay: seconds until it is full.
        scoop: semitones from below with which notes begin; 0 for none.
        attack: seconds of fade-in.
        release_scale: factor on the bank's release.
        swell: 0-0.7, share of loudness that comes and goes within a note.
        taper: 0-0.9, share of loudness lost over the last third of a note.
        slope: mean loss of loudness while a note is held, in dB a second.
        tremolo: 0-0.4, depth of loudness vibrato.
    """

    font: int
    slot: int
    layer_slot: tuple[int, int, float] | None
    gain: float
    tuning: float
    timbre: int
    vibrato: float
    vibrato_hz: float
    vibrato_delay: float
    scoop: float
    attack: float
    release_scale: float
    swell: float
    taper: float
    slope: float
    tremolo: float


def draw_tracks(programs: tuple[int, ...], bank: Bank, rng: np.random.Generator) -> tuple[Track, ...]:
    """Draw how each track of a piece sounds."""
    tuning = rng.normal(0, 0.08) if rng.random() < 0.5 else 0.0
    return tuple(_draw_track(program, bank, rng, tuning) for program in programs)


def _draw_track(program: int, bank: Bank, rng: np.random.Generator, tuning: float) -> Track:
    is_drum = program < 0
    held = not is_drum and not DECAYING[program]

    def sometimes(probability: float, low: float, high: float) -> float:
        return float(rng.uniform(low, high)) if rng.random() < probability else 0.0

    if is_drum:
        font, slot = bank.kits[rng.integers(len(bank.kits))]
    else:
        fonts = [f for f in range(bank.n_fonts) if bank.has(f, program)]
        font, slot = int(rng.choice(fonts)), program
    layer = None
    if is_drum and rng.random() < 0.35:
        layer = (*bank.kits[rng.integers(len(bank.kits))], float(rng.uniform(0.25, 1.0)))
    singer = held and rng.random() < 0.6  # a player who bends time and pitch, not a sampler
    return Track(
        font=font,
        slot=slot,
        layer_slot=layer,
        gain=float(10 ** (np.clip(rng.normal(-3, 5), -18, 3) / 20)),
        tuning=tuning + float(rng.normal(0, 0.04)),
        timbre=int(rng.integers(-5, 6)) if not is_drum and rng.random() < 0.3 else 0,
        vibrato=sometimes(0.65, 0.05, 0.6) if singer else 0.0,
        vibrato_hz=float(rng.uniform(4.2, 6.8)),
        vibrato_delay=float(rng.uniform(0.0, 0.5)),
        scoop=sometimes(0.35, -2.0, 0.5) if singer else 0.0,
        attack=sometimes(0.4, 0.005, 0.07) + 0.001 if held else 0.001,
        release_scale=float(np.exp(rng.normal(0, 0.6))) if rng.random() < 0.85 else 0.15,
        swell=sometimes(0.4, 0.0, 0.7) if singer else 0.0,
        taper=sometimes(0.5, 0.2, 0.9) if singer else 0.0,
        slope=sometimes(0.5, -3.0, 12.0) if held else sometimes(0.2, 0.0, 10.0),
        tremolo=sometimes(0.3, 0.02, 0.4) if singer else 0.0,
    )


class Plan(NamedTuple):
    """Note rows for the mixer and what the labels need to know about each.

    Attributes:
        rows: (n, N_COLUMNS).
        note: (n,) index of the note in the piece, -1 for a layer that has no label of its own.
        start: (n,) seconds from the window's start at which the note can be heard to begin.
        end: (n,) seconds at which it has fallen audibly.
        level: (n,) log10 of its amplitude.
    """

    rows: Floats
    note: npt.NDArray[np.int64]
    start: Floats
    end: Floats
    level: Floats


def plan(
    piece: Piece,
    tracks: tuple[Track, ...],
    bank: Bank,
    *,
    at: float,
    n_samples: int,
    rng: np.random.Generator,
) -> Plan:
    """Rows for the notes that sound in a window of `n_samples` that starts `at` seconds into the piece."""
    notes = piece.notes
    seconds = n_samples / RATE
    heard = (notes[:, 0] < at + seconds) & (notes[:, 1] + MAX_TAIL > at)
    parts = [_empty_plan()]
    for number, track in enumerate(tracks):
        chosen = np.nonzero(heard & (notes[:, 4] == number))[0]
        is_drum = piece.programs[number] < 0
        off = notes[chosen, 1].astype(np.float64)
        if is_drum:
            off = _choked(notes[chosen], rng)
        main = _track_rows(
            notes[chosen], off, (track.font, track.slot), track, number, bank=bank, at=at, rng=rng
        )
        parts.append(main._replace(note=chosen[main.note]))
        if track.layer_slot is not None:
            font, slot, gain = track.layer_slot
            layer = _track_rows(notes[chosen], off, (font, slot), track, number, bank=bank, at=at, rng=rng)
            layer.rows[:, AMPLITUDE] *= gain
            parts.append(layer._replace(note=np.full(len(layer.rows), -1)))
    joined = Plan._make(np.concatenate(column) for column in zip(*parts, strict=True))
    last = joined.rows[:, OFF] + LN_60_DB / np.maximum(joined.rows[:, RELEASE], 1e-9)
    return Plan._make(column[last > 0] for column in joined)


def _empty_plan() -> Plan:
    none = np.zeros(0)
    return Plan(np.zeros((0, N_COLUMNS)), np.zeros(0, np.int64), none, none, none)


def _choked(notes: npt.NDArray[np.float32], rng: np.random.Generator) -> Floats:
    """Ends of drum hits: never, but an open hi-hat ends where the closed one is struck."""
    off = np.full(len(notes), 1e5)
    closing = notes[np.isin(notes[:, 2], (42, 44)), 0]
    for i in np.nonzero(notes[:, 2] == 46)[0]:
        later = closing[closing > notes[i, 0] + 0.03]
        if len(later):
            off[i] = later.min()
    if rng.random() < 0.1:  # a hand on the cymbal
        crashes = np.isin(notes[:, 2], (49, 52, 55, 57))
        off[crashes] = notes[crashes, 0] + rng.uniform(0.1, 0.6)
    return off


def _track_rows(
    notes: npt.NDArray[np.float32],
    off: Floats,
    sound: tuple[int, int],
    track: Track,
    number: int,
    *,
    bank: Bank,
    at: float,
    rng: np.random.Generator,
) -> Plan:
    """Rows of one track; `note` counts within `notes`."""
    font, slot = sound
    is_drum = slot >= N_PROGRAMS
    pitch = notes[:, 2].astype(np.int64)
    sampled = np.clip(pitch + track.timbre, 0, 127)
    layer = (notes[:, 3] > 80).astype(np.int64)
    row = bank.index[font, slot, sampled, layer]
    row = np.where(row < 0, bank.index[font, slot, sampled, 1 - layer], row)
    row = np.where(row < 0, bank.index[font, slot, pitch, layer], row)
    sampled = np.where(bank.index[font, slot, sampled, layer] < 0, pitch, sampled)
    kept = np.nonzero(row >= 0)[0]
    if not len(kept):
        return _empty_plan()
    row, layer, pitch, sampled, off = row[kept], layer[kept], pitch[kept], sampled[kept], off[kept]
    n = len(kept)
    key_gain, key_tuning = _key_variation(rng) if is_drum else (np.ones(128), np.zeros(128))
    semitones = (
        track.tuning * 6 + key_tuning[pitch]
        if is_drum
        else bank.shift[font, slot, sampled] + pitch - sampled + track.tuning + rng.normal(0, 0.02, n)
    )
    on = (notes[kept, 0] - at).astype(np.float64)
    off = off - at
    velocity = notes[kept, 3] / np.where(layer == 1, LOUD_LAYER_VELOCITY, SOFT_LAYER_VELOCITY)
    loudness = bank.peak[row] / max(float(bank.level[font, slot]), 1e-5)
    amplitude = loudness * velocity**LOUDNESS_EXPONENT * track.gain * key_gain[pitch] * 0.1
    release = float(bank.release[font, slot]) * track.release_scale if not is_drum else 0.15
    rows = np.zeros((n, N_COLUMNS))
    rows[:, BUS], rows[:, START], rows[:, LENGTH] = number, bank.start[row], bank.length[row]
    rows[:, RATIO] = 2 ** (semitones / 12)
    rows[:, ON], rows[:, OFF] = on * RATE, off * RATE
    rows[:, AMPLITUDE] = amplitude / 32767
    rows[:, RELEASE] = LN_60_DB / (release * RATE)
    _shape(rows, track, off - on, rng)
    lag = bank.lag[row] / rows[:, RATIO] + track.attack / 3
    start = on + 0.6 * np.clip(lag - 0.008, 0.0, 0.05)
    sounds_for = on + bank.length[row] / RATE / rows[:, RATIO]
    end = np.minimum(off + min(0.1 * release, 0.015), sounds_for)
    end = np.maximum(end, start + 0.03)
    return Plan(rows, kept, start, end, np.log10(np.maximum(amplitude, 1e-6)))


def _key_variation(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Gain and semitones of each drum key, so that no two kits are balanced and tuned alike."""
    return 10 ** (rng.normal(0, 3.5, 128) / 20), rng.normal(0, 1.0, 128)


def _shape(rows: Floats, track: Track, duration: Floats, rng: np.random.Generator) -> None:
    """Fill the columns of loudness and pitch within the note."""
    n = len(rows)
    rows[:, ATTACK] = track.attack * RATE
    rows[:, VIBRATO_RATE] = 2 * np.pi * track.vibrato_hz / RATE
    rows[:, VIBRATO_DEPTH] = (2 ** (track.vibrato / 12) - 1) * np.exp(rng.normal(0, 0.3, n))
    rows[:, VIBRATO_DELAY] = max(track.vibrato_delay, 0.01) * RATE
    rows[:, SCOOP] = (2 ** (track.scoop / 12) - 1) * rng.uniform(0, 1, n)
    rows[:, SCOOP_DECAY] = np.exp(-1 / (rng.uniform(0.01, 0.05, n) * RATE))
    rows[:, SWELL], rows[:, TAPER] = track.swell, track.taper
    # No more than 15 dB within a note: a part that cannot be heard must not be called sounding.
    slope_db = np.clip(track.slope * duration, -15, 15) / np.maximum(duration, 0.05)
    rows[:, SLOPE] = np.where(duration < 60, slope_db, 0.0) * np.log(10) / 20 / RATE
    rows[:, TREMOLO] = track.tremolo


def mix(rows: Floats, samples: npt.NDArray[np.int16], n_buses: int, n_samples: int) -> Sound32:
    """Add up note rows: (n_buses, n_samples) float32, one bus per track."""
    buses = np.zeros((n_buses, n_samples), np.float32)
    _mix(rows, samples, buses)
    return buses


@numba.njit(cache=True, fastmath=True)
def _mix(rows: Floats, samples: npt.NDArray[np.int16], buses: Sound32) -> None:
    width = buses.shape[1]
    for i in range(rows.shape[0]):
        r = rows[i]
        bus = buses[int(r[BUS])]
        first, length, ratio = int(r[START]), int(r[LENGTH]), r[RATIO]
        on, off, release = r[ON], r[OFF], r[RELEASE]
        bent = r[VIBRATO_DEPTH] != 0.0 or r[SCOOP] != 0.0
        duration = max(off - on, 1.0)
        last = min(width, int(on + 1.2 * length / ratio) + 2, int(min(off + 6.9 / release, 1e9)) + 1)
        k0 = int(np.ceil(on))
        start = k0 if bent else max(0, k0)
        position = ratio * (start - on)
        scoop = r[SCOOP]
        for k in range(start, last):
            m = k - on
            if position >= length - 2:
                break
            if k >= 0:
                whole = int(position)
                part = position - whole
                v = samples[first + whole] * (1.0 - part) + samples[first + whole + 1] * part
                g = r[AMPLITUDE]
                if m < r[ATTACK]:
                    g *= m / r[ATTACK]
                u = min(m / duration, 1.0)
                if r[SWELL] > 0.0:
                    g *= 1.0 - r[SWELL] + r[SWELL] * 4.0 * u * (1.0 - u)
                if r[TAPER] > 0.0 and u > 0.67:
                    g *= 1.0 - r[TAPER] * (u - 0.67) / 0.33
                if r[SLOPE] != 0.0:
                    g *= np.exp(-r[SLOPE] * min(m, duration))
                if r[TREMOLO] > 0.0:
                    g *= 1.0 - r[TREMOLO] * 0.5 * (1.0 - np.cos(r[VIBRATO_RATE] * m))
                if k > off:
                    g *= np.exp(-release * (k - off))
                bus[k] += v * g
            if bent:
                depth = r[VIBRATO_DEPTH] * min(m / r[VIBRATO_DELAY], 1.0)
                position += ratio * (1.0 + depth * np.sin(r[VIBRATO_RATE] * m) + scoop)
                scoop *= r[SCOOP_DECAY]
            else:
                position += ratio
