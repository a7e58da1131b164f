"""SoundFonts: a note bank from several of them, and whole pieces through one.

The player runs at 48 kHz and the result is decimated: reading 44.1 kHz samples straight at 16 kHz would fold
all that lies above 8 kHz back into the band. tinysoundfont declares PyAudio, which has no wheels, so it is
installed without its dependencies (`pip install --no-deps tinysoundfont`); rendering needs none of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import tinysoundfont
from scipy.signal import resample_poly

from mt3_desktop.core.nn.lite_features import DRUM_MIN, N_DRUMS
from training import RATE
from training.bank import LAYERS, N_PROGRAMS, BankWriter
from training.composition.piece import Piece
from training.instruments import RANGES, USED_PROGRAMS

Sound32 = npt.NDArray[np.float32]

KITS = (0, 8, 16, 24, 25, 32, 40)
"""Programs of General MIDI level 2's drum kits: standard, room, power, electronic, 808, jazz, brush."""
MELODIC_VELOCITIES = (52, 108)
DRUM_VELOCITIES = (60, 112)
NOTE_SECONDS = 4.0
HIT_SECONDS = 1.5
DRUM_CHANNEL = 9
BEND_RANGE = 24
"""Semitones to which the pitch wheel is set."""
WHEEL_MIDDLE = 8192


class Player:
    """A SoundFont player.

    Attributes:
        rate: samples per second of what it plays, a multiple of the bank's rate.
    """

    rate = 3 * RATE

    def __init__(self, font: Path, gain_db: float = -9.0) -> None:
        self._synth = tinysoundfont.Synth(samplerate=self.rate, gain=gain_db)
        self._font = self._synth.sfload(str(font), gain_db)

    def select(self, channel: int, program: int, *, is_drum: bool) -> None:
        """Choose a program, or a drum kit by its program, for a channel."""
        self._synth.program_select(channel, self._font, N_PROGRAMS if is_drum else 0, program, is_drum)

    def note(
        self, channel: int, pitch: int, velocity: int, seconds: float, *, off_at: float | None = None
    ) -> Sound32:
        """One note alone, (n,) float32 mono; held throughout unless `off_at` says when it is let go."""
        self._synth.noteon(channel, pitch, velocity)
        held = self._generate(seconds if off_at is None else off_at)
        self._synth.noteoff(channel, pitch)
        rest = self._generate(0.0 if off_at is None else seconds - off_at)
        self._synth.sounds_off(channel)
        return np.concatenate([held, rest])

    def bent(
        self, channel: int, pitch: int, velocity: int, bend: npt.NDArray[np.float64], points_a_second: int
    ) -> Sound32:
        """One held note whose pitch moves.

        Args:
            channel: whose program was selected.
            pitch: MIDI pitch that is struck.
            velocity: how hard.
            bend: (points,) semitones from `pitch`, within `BEND_RANGE`.
            points_a_second: of `bend`; a divisor of `rate`.

        Returns:
            (points * rate / points_a_second,) float32 mono.
        """
        self._synth.pitchbend_range(channel, BEND_RANGE)
        wheel = np.clip(np.round(WHEEL_MIDDLE * (1 + bend / BEND_RANGE)), 0, 2 * WHEEL_MIDDLE - 1)
        parts = []
        for number, value in enumerate(wheel.astype(int).tolist()):
            self._synth.pitchbend(channel, value)
            if number == 0:
                self._synth.noteon(channel, pitch, velocity)
            parts.append(self._generate(1 / points_a_second))
        self._synth.sounds_off(channel)
        self._synth.pitchbend(channel, WHEEL_MIDDLE)
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def play(self, piece: Piece, *, tail: float = 1.0) -> Sound32:
        """A whole piece, (n,) float32 mono at `rate`, with `tail` seconds to die away."""
        melodic = [c for c in range(64) if c != DRUM_CHANNEL]
        channels = [melodic.pop(0) if program >= 0 else DRUM_CHANNEL for program in piece.programs]
        for channel, program in zip(channels, piece.programs, strict=True):
            self.select(channel, max(program, 0), is_drum=program < 0)
        events = []
        for onset, offset, pitch, velocity, track in piece.notes.tolist():
            channel = channels[int(track)]
            events.append((round(onset * self.rate), True, channel, int(pitch), int(velocity)))
            events.append((round(offset * self.rate), False, channel, int(pitch), 0))
        parts, position = [], 0
        for at, is_on, channel, pitch, velocity in sorted(events):
            parts.append(self._generate((at - position) / self.rate))
            position = max(position, at)
            if is_on:
                self._synth.noteon(channel, pitch, velocity)
            else:
                self._synth.noteoff(channel, pitch)
        parts.append(self._generate(tail))
        for channel in set(channels):
            self._synth.sounds_off(channel)
        return np.concatenate(parts)

    def _generate(self, seconds: float) -> Sound32:
        n = round(seconds * self.rate)
        if n <= 0:
            return np.zeros(0, np.float32)
        stereo = np.frombuffer(bytes(self._synth.generate(n)), np.float32).reshape(-1, 2)
        return np.asarray(stereo.mean(1), np.float32)


def add_font(bank: BankWriter, path: Path, *, font: int, step: int = 3) -> None:
    """Render every program and kit of a SoundFont into a bank, each `step` semitones in two layers."""
    player = Player(path, gain_db=-6.0)
    for program in USED_PROGRAMS:
        player.select(0, program, is_drum=False)
        low, high = RANGES[program]
        for layer, velocity in zip(range(LAYERS), MELODIC_VELOCITIES, strict=True):
            for pitch in range(low, high + 1, step):
                samples = _decimated(player.note(0, pitch, velocity, NOTE_SECONDS))
                bank.add(samples, font=font, slot=program, pitch=pitch, layers=(layer,))
        seconds = _release(player, (low + high) // 2)
        bank.add_release(font=font, slot=program, seconds=seconds)
    for number, kit in enumerate(KITS):
        slot = N_PROGRAMS + number
        player.select(DRUM_CHANNEL, kit, is_drum=True)
        for layer, velocity in zip(range(LAYERS), DRUM_VELOCITIES, strict=True):
            for key in range(DRUM_MIN, DRUM_MIN + N_DRUMS):
                samples = _decimated(player.note(DRUM_CHANNEL, key, velocity, HIT_SECONDS))
                bank.add(samples, font=font, slot=slot, pitch=key, layers=(layer,))
        bank.add_release(font=font, slot=slot, seconds=NOTE_SECONDS)


def _decimated(samples: Sound32) -> Sound32:
    return np.asarray(resample_poly(samples, 1, Player.rate // RATE), np.float32)


def _release(player: Player, pitch: int) -> float:
    """Seconds to fall by 60 dB once a note is let go: twice the time it takes for 30 dB."""
    held, block = 0.4, 0.01
    samples = player.note(0, pitch, 90, 2.4, off_at=held)
    n = round(block * player.rate)
    energy = (samples[: len(samples) // n * n].reshape(-1, n) ** 2).mean(1)
    let_go = round(held / block)
    fallen = np.nonzero(energy[let_go:] < energy[let_go - 2] * 1e-3)[0]
    return 2 * block * (float(fallen[0]) + 1) if len(fallen) else NOTE_SECONDS
