"""Notes of our own synthesis: timbres that no SoundFont has, free of anybody's samples.

Every program gets a fresh patch, drawn within what the sounds of its instrument group have in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.nn.lite_features import GROUPS
from training import RATE
from training.bank import LAYERS, BankWriter
from training.instruments import GROUP_OF_PROGRAM, RANGES, USED_PROGRAMS

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

TOP_HZ = 7600.0
MAX_PARTIALS = 48
LN_60_DB = 6.9
NOTE_SECONDS = 3.0
FORMANTS: tuple[tuple[Span, Span, Span], ...] = (
    ((300, 900), (80, 250), (4, 14)),
    ((900, 2500), (120, 400), (3, 12)),
    ((2400, 3600), (200, 600), (0, 8)),
)
"""Spans of the centre and width in Hz and the gain in dB of a body's resonances."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What the patches of a group have in common; pairs are spans a value is drawn from.

    Attributes:
        slope: exponent of the fall of partials.
        attack: seconds.
        ring: seconds to fall by 60 dB at middle C; (0, 0) for sounds that are held.
        inharmonicity: powers of ten of the stiffness of a string; None for none.
        formants: how many resonances of a body.
        noise: breath, bow or pick against the tone.
        unison: numbers of detuned voices to choose from.
        release: seconds to fall by 60 dB after the end.
        plucked: partials with a node at the point of excitation are weak.
    """

    slope: Span
    attack: Span = (0.0005, 0.004)
    ring: Span = (0.0, 0.0)
    inharmonicity: Span | None = None
    formants: int = 0
    noise: Span = (0.0, 0.004)
    unison: tuple[int, ...] = (1,)
    release: Span = (0.05, 0.3)
    plucked: bool = False


_STRINGS = Traits((0.8, 1.4), (0.02, 0.12), formants=3, noise=(0.003, 0.03), unison=(1, 2, 3))
_TRAITS: dict[str, Traits] = {
    "piano": Traits((1.0, 1.8), ring=(2.0, 7.0), inharmonicity=(-4.2, -3.2), plucked=True),
    "chromatic": Traits((1.5, 2.5), ring=(0.5, 4.0)),
    "organ": Traits((0.4, 1.2), (0.002, 0.02)),
    "guitar": Traits((0.8, 1.6), ring=(1, 5), inharmonicity=(-4.8, -3.8), noise=(0, 0.02), plucked=True),
    "bass": Traits((0.9, 2.0), ring=(1, 5), inharmonicity=(-4.8, -3.8), plucked=True),
    "solo strings": _STRINGS,
    "string ensemble": Traits(
        (0.8, 1.4), (0.03, 0.15), formants=3, noise=(0.003, 0.03), unison=(3, 5), release=(0.1, 0.5)
    ),
    "voice": Traits((0.9, 1.5), (0.03, 0.1), formants=3, noise=(0.003, 0.03), unison=(1, 1, 2, 3)),
    "brass": Traits((0.6, 1.2), (0.01, 0.06), formants=3),
    "reed": Traits((0.5, 1.1), (0.01, 0.05), formants=3, noise=(0.002, 0.02)),
    "pipe": Traits((1.6, 3.0), (0.02, 0.07), noise=(0.01, 0.08)),
    "lead": Traits((0.5, 1.2), (0.002, 0.02), unison=(1, 2, 3)),
    "pad": Traits((1.0, 2.0), (0.03, 0.25), unison=(1, 2, 3, 5), release=(0.2, 0.8)),
}


class Patch:
    """One drawn sound of an instrument group."""

    DRAWBARS = np.array([1, 2, 3, 4, 6, 8, 10, 12, 16])

    def __init__(self, group: str, rng: np.random.Generator) -> None:
        traits = _TRAITS[group]
        self._traits, self._rng = traits, rng
        self._slope = rng.uniform(*traits.slope)
        self._ring = rng.uniform(*traits.ring)
        self._attack = rng.uniform(*traits.attack)
        stiff = traits.inharmonicity
        self._stiffness = 10 ** rng.uniform(*stiff) if stiff else 0.0
        hollow = (group == "reed" and rng.random() < 0.5) or rng.random() < 0.12
        self._even = rng.uniform(0.02, 0.4) if hollow else 1.0
        is_bar = group == "chromatic" and rng.random() < 0.6
        self._bar = np.array([1, rng.uniform(2.6, 4.1), rng.uniform(5, 9.5), rng.uniform(9, 13)])[
            : 4 * is_bar
        ]
        self._damping = rng.uniform(0.3, 1.2)  # high partials die sooner
        self._unison = int(rng.choice(traits.unison))
        self._detune = rng.uniform(0.02, 0.15)
        self._formants = [tuple(rng.uniform(*s) for s in spans) for spans in FORMANTS[: traits.formants]]
        self._noise = rng.uniform(*traits.noise)
        self._click = rng.uniform(0, 0.3 if self._ring else 0.05)
        self._brightness = rng.uniform(0.2, 0.8)  # how much louder means brighter
        self._drawbars = 10 ** (-rng.uniform(0, 24, len(self.DRAWBARS)) / 20) if group == "organ" else None
        self._pluck = rng.uniform(0.08, 0.45)
        self.release = rng.uniform(*traits.release)
        """Seconds to fall by 60 dB after the end."""

    def note(self, pitch: int, velocity: int, seconds: float = NOTE_SECONDS) -> npt.NDArray[np.float32]:
        """One held note, (n,) float32 at `RATE`."""
        rng = self._rng
        t = np.arange(int(seconds * RATE)) / RATE
        y = np.zeros(len(t))
        for _ in range(self._unison):
            spread = self._detune if self._unison > 1 else 0.01
            y += self._voice(t, pitch + rng.normal(0, spread), velocity)
        y /= np.abs(y).max() + 1e-9
        hiss = np.convolve(rng.standard_normal(len(t)), np.ones(4) / 4, "same")
        y += self._noise * hiss * (np.exp(-LN_60_DB * t / max(self._ring, 0.3)) if self._ring else 1.0)
        n = min(400, len(t))
        y[:n] += self._click * rng.standard_normal(n) * np.exp(-np.arange(n) / rng.uniform(30, 150))
        y *= np.minimum(1, t / self._attack)
        if not self._ring:  # a slow swell or tremolo
            y *= 1 + rng.uniform(0, 0.1) * np.sin(2 * np.pi * rng.uniform(3, 7) * t)
        return np.asarray(y / np.abs(y).max() * (velocity / 127) ** 1.2 * 0.3, np.float32)

    def _voice(self, t: Floats, pitch: float, velocity: int) -> Floats:
        rng = self._rng
        hz = 440 * 2 ** ((pitch - 69) / 12)
        number = np.arange(1, min(MAX_PARTIALS, int(TOP_HZ / hz)) + 1)
        ratio = number * np.sqrt(1 + self._stiffness * number**2)
        if len(self._bar):
            ratio = self._bar[self._bar * hz < TOP_HZ]
            number = np.arange(1, len(ratio) + 1)
        y = np.zeros(len(t))
        if not len(ratio):
            return y
        loudness = self._loudness(number, ratio * hz, velocity) * 10 ** (rng.normal(0, 2, len(number)) / 20)
        for k, partial_hz, gain in zip(number, ratio * hz, loudness, strict=True):
            if gain < loudness.max() * 2e-3:
                continue
            tone = gain * np.sin(2 * np.pi * partial_hz * t + rng.uniform(0, 6.28))
            if self._ring:
                ring = self._ring * 2 ** (-(pitch - 60) / 24) / k ** (self._damping * 0.5)
                tone *= np.exp(-LN_60_DB * t / ring)
            y += tone
        return y

    def _loudness(self, number: npt.NDArray[np.int64], hz: Floats, velocity: int) -> Floats:
        slope = self._slope * (1 + self._brightness * (1 - velocity / 127))
        loudness = number ** -float(slope) * np.where(number % 2 == 0, self._even, 1.0)
        if self._drawbars is not None:
            loudness = np.full(len(number), 0.003)
            for bar, gain in zip(self.DRAWBARS, self._drawbars, strict=True):
                loudness[number == bar] = gain
        if self._traits.plucked:
            loudness = loudness * np.abs(np.sin(np.pi * number * self._pluck)) + 1e-4
        for centre, width, gain_db in self._formants:
            loudness = loudness * 10 ** (gain_db / 20 * np.exp(-0.5 * ((hz - centre) / width) ** 2))
        return np.asarray(loudness, np.float64)


def add_patches(bank: BankWriter, *, font: int, seed: int, step: int = 6) -> None:
    """Render a fresh patch for every program into a bank, each `step` semitones."""
    for program in USED_PROGRAMS:
        rng = np.random.default_rng((seed, font, program))
        patch = Patch(GROUPS[GROUP_OF_PROGRAM[program]].name, rng)
        low, high = RANGES[program]
        for pitch in range(low + font % 3, high + 1, step):
            samples = patch.note(pitch, int(rng.integers(50, 115)))
            bank.add(samples, font=font, slot=program, pitch=pitch, layers=range(LAYERS))
        bank.add_release(font=font, slot=program, seconds=patch.release)
