"""What sounds for one note, in physical units: seconds, cents, decibels, shares.

Source: SoundFont Technical Specification 2.04, §8.1 (generators), §9 (synthesis model).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

SILENCE_DB = 100.0
_MIN_TIMECENTS = -12000
_MAX_TIMECENTS = 8000
EMU_ATTENUATION = 0.4
"""E-mu's hardware, and so every font tuned by ear on it, takes 0.4 dB where the text of §8.1.3 says 1 dB."""


class Generator(IntEnum):
    """Numbers of the generators used here (§8.1.2)."""

    START = 0
    END = 1
    LOOP_START = 2
    LOOP_END = 3
    START_COARSE = 4
    MOD_LFO_TO_PITCH = 5
    VIBRATO_TO_PITCH = 6
    MOD_ENVELOPE_TO_PITCH = 7
    FILTER_CUTOFF = 8
    FILTER_Q = 9
    MOD_LFO_TO_FILTER = 10
    MOD_ENVELOPE_TO_FILTER = 11
    END_COARSE = 12
    MOD_LFO_TO_VOLUME = 13
    PAN = 17
    MOD_LFO_DELAY = 21
    MOD_LFO_RATE = 22
    VIBRATO_DELAY = 23
    VIBRATO_RATE = 24
    MOD_DELAY = 25
    MOD_ATTACK = 26
    MOD_HOLD = 27
    MOD_DECAY = 28
    MOD_SUSTAIN = 29
    MOD_RELEASE = 30
    KEY_TO_MOD_HOLD = 31
    KEY_TO_MOD_DECAY = 32
    DELAY = 33
    ATTACK = 34
    HOLD = 35
    DECAY = 36
    SUSTAIN = 37
    RELEASE = 38
    KEY_TO_HOLD = 39
    KEY_TO_DECAY = 40
    INSTRUMENT = 41
    KEY_RANGE = 43
    VELOCITY_RANGE = 44
    LOOP_START_COARSE = 45
    FIXED_KEY = 46
    FIXED_VELOCITY = 47
    ATTENUATION = 48
    LOOP_END_COARSE = 50
    COARSE_TUNE = 51
    FINE_TUNE = 52
    SAMPLE = 53
    LOOP_MODE = 54
    SCALE_TUNING = 56
    EXCLUSIVE_CLASS = 57
    ROOT_KEY = 58


DEFAULTS: Mapping[int, int] = {
    Generator.FILTER_CUTOFF: 13500, Generator.SCALE_TUNING: 100, Generator.ROOT_KEY: -1,
    Generator.FIXED_KEY: -1, Generator.FIXED_VELOCITY: -1,
    Generator.MOD_LFO_DELAY: -12000, Generator.VIBRATO_DELAY: -12000,
    Generator.MOD_DELAY: -12000, Generator.MOD_ATTACK: -12000, Generator.MOD_HOLD: -12000,
    Generator.MOD_DECAY: -12000, Generator.MOD_RELEASE: -12000,
    Generator.DELAY: -12000, Generator.ATTACK: -12000, Generator.HOLD: -12000,
    Generator.DECAY: -12000, Generator.RELEASE: -12000,
}  # fmt: skip

INSTRUMENT_ONLY: frozenset[int] = frozenset(
    {
        Generator.START, Generator.END, Generator.LOOP_START, Generator.LOOP_END, Generator.START_COARSE,
        Generator.END_COARSE, Generator.LOOP_START_COARSE, Generator.LOOP_END_COARSE, Generator.FIXED_KEY,
        Generator.FIXED_VELOCITY, Generator.LOOP_MODE, Generator.EXCLUSIVE_CLASS, Generator.ROOT_KEY,
        Generator.SAMPLE,
    }
)  # fmt: skip
"""Generators that a preset may not change (§8.5)."""


class LoopMode(IntEnum):
    """What happens at the end of a sample's loop."""

    NONE = 0
    ALWAYS = 1
    UNTIL_RELEASE = 3


@dataclass(frozen=True, slots=True)
class Envelope:
    """Times in seconds; `sustain` is a fall in dB (volume) or a share 0-1 (modulation)."""

    delay: float
    attack: float
    hold: float
    decay: float
    sustain: float
    release: float


@dataclass(frozen=True, slots=True)
class Lfo:
    """A triangle of ±1 that begins at zero after `delay` seconds."""

    delay: float
    rate_hz: float


@dataclass(frozen=True, slots=True)
class Tone:
    """Everything about a voice but its loudness: two notes with equal tones share one waveform.

    Attributes:
        sample: index for `SoundFont.sample`.
        start: first frame used, counted from the sample's start.
        end: frames added to the sample's length, usually 0 or less.
        loop_start: frames added to the sample's own loop start.
        loop_end: frames added to the sample's own loop end.
        loop_mode: whether the loop is used.
        cents: how far above its recorded pitch the sample is played.
        cutoff: low-pass cutoff in absolute cents (6900 = 440 Hz).
        resonance_db: height of the filter's peak over its direct-current gain.
        modulation: the second envelope.
        envelope_to_pitch: its depth in cents.
        envelope_to_filter: the same for the cutoff.
        mod_lfo: the first oscillator.
        mod_lfo_to_pitch: its depth in cents.
        mod_lfo_to_filter: the same for the cutoff.
        mod_lfo_to_volume: the same for the volume, in dB.
        vibrato: the second oscillator.
        vibrato_to_pitch: its depth in cents.
    """

    sample: int
    start: int
    end: int
    loop_start: int
    loop_end: int
    loop_mode: LoopMode
    cents: float
    cutoff: float
    resonance_db: float
    modulation: Envelope
    envelope_to_pitch: float
    envelope_to_filter: float
    mod_lfo: Lfo
    mod_lfo_to_pitch: float
    mod_lfo_to_filter: float
    mod_lfo_to_volume: float
    vibrato: Lfo
    vibrato_to_pitch: float


@dataclass(frozen=True, slots=True)
class Voice:
    """One sample sounding for one note.

    Attributes:
        tone: the waveform.
        gain: amplitude factor of velocity and attenuation.
        left: share of the left channel, equal power.
        right: share of the right channel.
        volume: the volume envelope.
        exclusive_class: a later voice of the same class silences this one; 0 is none.
    """

    tone: Tone
    gain: float
    left: float
    right: float
    volume: Envelope
    exclusive_class: int


def to_voice(generators: Mapping[int, float], *, key: int, root: int, correction: int) -> Voice:
    """Translate generator units into physical ones.

    Args:
        generators: operator → amount, complete: defaults, zones and modulators added up.
        key: MIDI pitch that is played.
        root: MIDI pitch of the recording.
        correction: cents to add to the recording.
    """
    g = generators
    pan = min(max(g.get(Generator.PAN, 0) / 1000 + 0.5, 0.0), 1.0) * math.pi / 2
    attenuation_db = max(g.get(Generator.ATTENUATION, 0), 0) / 10
    return Voice(
        tone=_tone(g, key=key, root=root, correction=correction),
        gain=10 ** (-attenuation_db / 20),
        left=round(math.cos(pan), 6),
        right=round(math.sin(pan), 6),
        volume=_volume_envelope(g, key),
        exclusive_class=int(g.get(Generator.EXCLUSIVE_CLASS, 0)),
    )


def _tone(g: Mapping[int, float], *, key: int, root: int, correction: int) -> Tone:
    def frames(fine: Generator, coarse: Generator) -> int:
        return int(g.get(fine, 0) + 32768 * g.get(coarse, 0))

    mode = int(g.get(Generator.LOOP_MODE, 0)) & 3
    return Tone(
        sample=int(g[Generator.SAMPLE]),
        start=frames(Generator.START, Generator.START_COARSE),
        end=frames(Generator.END, Generator.END_COARSE),
        loop_start=frames(Generator.LOOP_START, Generator.LOOP_START_COARSE),
        loop_end=frames(Generator.LOOP_END, Generator.LOOP_END_COARSE),
        loop_mode=LoopMode(mode) if mode in (1, 3) else LoopMode.NONE,  # §8.1.3: 2 is the same as none
        cents=(key - root) * g[Generator.SCALE_TUNING]
        + 100 * g.get(Generator.COARSE_TUNE, 0)
        + g.get(Generator.FINE_TUNE, 0)
        + correction,
        cutoff=min(max(g[Generator.FILTER_CUTOFF], 1500), 13500),
        resonance_db=min(max(g.get(Generator.FILTER_Q, 0), 0), 960) / 10,
        modulation=_modulation_envelope(g, key),
        envelope_to_pitch=g.get(Generator.MOD_ENVELOPE_TO_PITCH, 0),
        envelope_to_filter=g.get(Generator.MOD_ENVELOPE_TO_FILTER, 0),
        mod_lfo=Lfo(_seconds(g[Generator.MOD_LFO_DELAY]), _hertz(g.get(Generator.MOD_LFO_RATE, 0))),
        mod_lfo_to_pitch=g.get(Generator.MOD_LFO_TO_PITCH, 0),
        mod_lfo_to_filter=g.get(Generator.MOD_LFO_TO_FILTER, 0),
        mod_lfo_to_volume=g.get(Generator.MOD_LFO_TO_VOLUME, 0) / 10,
        vibrato=Lfo(_seconds(g[Generator.VIBRATO_DELAY]), _hertz(g.get(Generator.VIBRATO_RATE, 0))),
        vibrato_to_pitch=g.get(Generator.VIBRATO_TO_PITCH, 0),
    )


def _volume_envelope(g: Mapping[int, float], key: int) -> Envelope:
    return Envelope(
        delay=_seconds(g[Generator.DELAY]),
        attack=_seconds(g[Generator.ATTACK]),
        hold=_seconds(g[Generator.HOLD] + (60 - key) * g.get(Generator.KEY_TO_HOLD, 0)),
        decay=_seconds(g[Generator.DECAY] + (60 - key) * g.get(Generator.KEY_TO_DECAY, 0)),
        sustain=min(max(g.get(Generator.SUSTAIN, 0) / 10, 0.0), SILENCE_DB),
        release=_seconds(g[Generator.RELEASE]),
    )


def _modulation_envelope(g: Mapping[int, float], key: int) -> Envelope:
    return Envelope(
        delay=_seconds(g[Generator.MOD_DELAY]),
        attack=_seconds(g[Generator.MOD_ATTACK]),
        hold=_seconds(g[Generator.MOD_HOLD] + (60 - key) * g.get(Generator.KEY_TO_MOD_HOLD, 0)),
        decay=_seconds(g[Generator.MOD_DECAY] + (60 - key) * g.get(Generator.KEY_TO_MOD_DECAY, 0)),
        sustain=1.0 - min(max(g.get(Generator.MOD_SUSTAIN, 0) / 1000, 0.0), 1.0),
        release=_seconds(g[Generator.MOD_RELEASE]),
    )


def _seconds(timecents: float) -> float:
    """2^(tc/1200) s; the lowest value, and whatever lies below it, is "at once"."""
    if timecents <= _MIN_TIMECENTS:
        return 0.0
    return float(2.0 ** (min(timecents, _MAX_TIMECENTS) / 1200))


def _hertz(cents: float) -> float:
    """Absolute cents to Hz; 0 is 8.176 Hz."""
    return float(8.176 * 2.0 ** (min(max(cents, -16000), 4500) / 1200))
