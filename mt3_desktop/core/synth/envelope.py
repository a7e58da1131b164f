"""Envelopes and oscillators as functions of the frame number, so that any slice can be computed alone.

Source: SoundFont Technical Specification 2.04, §8.1.3 (generators 21-40), §9.1.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.soundfont import Envelope, Lfo
from mt3_desktop.core.values import FloatArray

SILENT_DB = 70.0
_FULL_DB = 100.0  # decay and release times are the times to fall by 100 dB
_MIN_RELEASE = 0.05  # seconds; a release of 0 would click
_DB = math.log(10) / 20

Times = npt.NDArray[np.float64]


def amplitude(envelope: Envelope, start: int, stop: int, *, held: int, rate: int) -> FloatArray:
    """The volume envelope of one note, for some of its frames.

    Args:
        envelope: times in seconds, sustain in dB.
        start: first frame wanted, counted from the onset.
        stop: frame after the last.
        held: frame at which the key is released.
        rate: frames per second.

    Returns:
        (stop - start,) float32 in 0-1.
    """
    out = np.empty(stop - start, dtype=np.float32)
    split = min(max(held, start), stop)
    if split > start:
        _held(envelope, start, split, rate, out[: split - start])
    if stop > split:
        slope = _DB * _FULL_DB / (max(envelope.release, _MIN_RELEASE) * rate)
        elapsed = np.arange(split - held, stop - held, dtype=np.float32)
        elapsed *= np.float32(-slope)
        np.exp(elapsed, out=out[split - start :])
        out[split - start :] *= np.float32(level(envelope, held, rate))
    return out


def level(envelope: Envelope, frame: int, rate: int) -> float:
    """The volume, 0-1, at one frame while the key is held."""
    seconds = frame / rate - envelope.delay
    if seconds < envelope.attack:
        return max(seconds, 0.0) / envelope.attack
    fall = envelope.sustain
    since = seconds - envelope.attack - envelope.hold
    if envelope.decay > 0:
        fall = min(max(since, 0.0) * _FULL_DB / envelope.decay, envelope.sustain)
    elif since < 0:
        fall = 0.0
    return math.exp(-_DB * fall)


def length(envelope: Envelope, *, held: int, rate: int) -> int:
    """Frames from the onset until the note is `SILENT_DB` down."""
    quiet = envelope.delay + envelope.attack + envelope.hold + envelope.decay * SILENT_DB / _FULL_DB
    limit = math.ceil(quiet * rate) if envelope.sustain >= SILENT_DB else None
    if limit is not None and limit <= held:
        return limit
    now = level(envelope, held, rate)
    left_db = SILENT_DB + (math.log(now) / _DB if now > 0 else -SILENT_DB)
    tail = max(left_db, 0.0) / _FULL_DB * max(envelope.release, _MIN_RELEASE) * rate
    return held + math.ceil(tail)


def modulation(envelope: Envelope, seconds: Times) -> Times:
    """The modulation envelope while the key is held.

    Args:
        envelope: times in seconds, sustain as a share.
        seconds: (n,) times from the onset.

    Returns:
        (n,) values 0-1.
    """
    since = seconds - envelope.delay
    rise = np.clip(since / envelope.attack, 0.0, 1.0) if envelope.attack > 0 else (since >= 0).astype(float)
    since_decay = since - envelope.attack - envelope.hold
    if envelope.decay > 0:
        fall = np.clip(since_decay / envelope.decay, 0.0, 1.0 - envelope.sustain)
    else:
        fall = np.where(since_decay >= 0, 1.0 - envelope.sustain, 0.0)
    return np.asarray(rise - fall)


def oscillation(lfo: Lfo, seconds: Times) -> Times:
    """A triangle of ±1 that begins at zero, rising, after the delay."""
    phase = np.maximum(seconds - lfo.delay, 0.0) * lfo.rate_hz
    return np.asarray(1.0 - np.abs(((phase + 0.25) % 1.0) * 4.0 - 2.0))


def _held(envelope: Envelope, start: int, stop: int, rate: int, out: FloatArray) -> None:
    """Fill `out` with the envelope before the key's release."""
    attack_at = envelope.delay * rate
    decay_at = attack_at + (envelope.attack + envelope.hold) * rate
    if decay_at >= stop or (envelope.sustain == 0.0):
        out[:] = 1.0
    elif envelope.decay <= 0:
        out[:] = np.exp(np.float32(-_DB * envelope.sustain))
        out[: max(0, math.ceil(decay_at) - start)] = 1.0
    else:
        # Three straight pieces, so that only the falling one is computed: this is the busiest line of all.
        slope = _DB * _FULL_DB / (envelope.decay * rate)
        falls_at = min(max(math.ceil(decay_at), start), stop)
        rests_at = min(max(math.ceil(decay_at + _DB * envelope.sustain / slope), falls_at), stop)
        out[: falls_at - start] = 1.0
        out[rests_at - start :] = math.exp(-_DB * envelope.sustain)
        fall = np.arange(falls_at, rests_at, dtype=np.float32)
        fall -= np.float32(decay_at)
        fall *= np.float32(-slope)
        np.exp(fall, out=out[falls_at - start : rests_at - start])
    rise_end = math.ceil(attack_at + envelope.attack * rate)
    if start < rise_end:
        count = min(stop, rise_end) - start
        frames = np.arange(start, start + count, dtype=np.float32) - np.float32(attack_at)
        if envelope.attack > 0:
            out[:count] = np.clip(frames / np.float32(envelope.attack * rate), 0.0, 1.0)
        else:
            out[:count] = frames >= 0
