"""Drum kits of our own synthesis: each kit is a fresh draw of drums that are struck membranes, bars or noise.

A drum is a sum of decaying partials with a falling pitch and a burst of filtered noise; what makes a snare a
snare is in `_RECIPES`, everything else is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfilt

from mt3_desktop.core.nn.lite_features import DRUM_MIN, N_DRUMS
from training import RATE
from training.bank import LAYERS, N_PROGRAMS, BankWriter

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]
LN_60_DB = 6.9


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a drum is made of; each pair is the span a value is drawn from.

    Attributes:
        hz: lowest partial; (0, 0) for none.
        fall: share of the pitch lost in the first moments.
        ring: seconds for the partials to fall by 60 dB.
        partials: how many, at the ratios of a membrane, or inharmonic where `metal`.
        noise: loudness of the noise against the partials.
        band: pass band of the noise in Hz.
        hiss: seconds for the noise to fall by 60 dB.
        metal: partials at random high ratios, as of a cymbal or a bell.
        claps: number of bursts of the noise in quick succession.
    """

    hz: Span = (0.0, 0.0)
    fall: Span = (0.0, 0.0)
    ring: Span = (0.1, 0.3)
    partials: int = 3
    noise: Span = (0.0, 0.0)
    band: Span = (300.0, 7000.0)
    hiss: Span = (0.05, 0.2)
    metal: bool = False
    claps: int = 1


def _tom(low: float) -> Recipe:
    return Recipe((low, low * 1.3), (0.1, 0.4), (0.25, 0.9), 4, (0.05, 0.3), (200, 4000), (0.05, 0.2))


def _skin(low: float, ring: Span) -> Recipe:
    return Recipe((low, low * 1.3), (0.0, 0.15), ring, 4, (0.02, 0.2), (500, 6000), (0.02, 0.08))


def _bell(low: float, ring: Span) -> Recipe:
    return Recipe((low, low * 1.4), (0, 0), ring, 4, (0.0, 0.1), (1000, 7000), (0.02, 0.05), metal=True)


def _cymbal(hiss: Span, noise: Span = (0.6, 3.0)) -> Recipe:
    return Recipe((300, 700), (0, 0), hiss, 24, noise, (2500, 7800), hiss, metal=True)


_KICK = Recipe((42, 70), (0.4, 0.85), (0.15, 0.6), 2, (0.02, 0.4), (800, 6000), (0.01, 0.05))
_SNARE = Recipe((150, 260), (0.05, 0.3), (0.1, 0.3), 4, (0.5, 2.5), (900, 7800), (0.1, 0.35))
_HAT = _cymbal((0.03, 0.12), (1.0, 6.0))
_RIDE = Recipe((350, 800), (0, 0), (0.8, 2.5), 24, (0.15, 0.8), (3000, 7800), (0.3, 1.5), metal=True)
_SHAKER = Recipe(noise=(1.0, 1.0), band=(3000, 7800), hiss=(0.03, 0.15))
_WOOD = Recipe((500, 1100), (0, 0.05), (0.03, 0.12), 3, (0.05, 0.3), (1500, 7000), (0.01, 0.03), metal=True)
_WHISTLE = Recipe((2000, 2600), (0, 0), (0.3, 1.0), 2, (0.02, 0.1), (1500, 7000), (0.1, 0.3))

_RECIPES: dict[int, Recipe] = {
    35: _KICK, 36: _KICK, 37: _WOOD, 38: _SNARE, 40: _SNARE,
    39: Recipe(noise=(1.0, 1.0), band=(700, 3500), hiss=(0.1, 0.3), claps=4),
    41: _tom(60), 43: _tom(75), 45: _tom(90), 47: _tom(110), 48: _tom(135), 50: _tom(165),
    42: _HAT, 44: _HAT, 46: _cymbal((0.4, 1.3), (1.0, 6.0)),
    49: _cymbal((0.9, 2.5)), 57: _cymbal((0.9, 2.5)), 52: _cymbal((0.6, 1.8)), 55: _cymbal((0.3, 0.9)),
    51: _RIDE, 59: _RIDE, 53: _bell(900, (0.6, 2.0)),
    54: Recipe((3000, 5000), (0, 0), (0.1, 0.3), 8, (0.5, 2), (4000, 7800), (0.06, 0.2), metal=True),
    56: _bell(540, (0.1, 0.4)), 58: Recipe(noise=(1, 1), band=(1500, 4000), hiss=(0.5, 1.2), claps=12),
    60: _skin(330, (0.1, 0.2)), 61: _skin(230, (0.1, 0.25)), 62: _skin(300, (0.04, 0.1)),
    63: _skin(280, (0.15, 0.3)), 64: _skin(190, (0.15, 0.35)), 65: _skin(260, (0.2, 0.4)),
    66: _skin(180, (0.2, 0.5)), 67: _bell(800, (0.1, 0.3)), 68: _bell(600, (0.1, 0.3)),
    69: _SHAKER, 70: _SHAKER, 71: _WHISTLE, 72: _WHISTLE,
    73: Recipe(noise=(1, 1), band=(1500, 6000), hiss=(0.1, 0.2), claps=6),
    74: Recipe(noise=(1, 1), band=(1500, 6000), hiss=(0.3, 0.6), claps=14),
    75: _WOOD, 76: _WOOD, 77: Recipe((350, 700), (0, 0.05), (0.04, 0.15), 3, metal=True),
    78: _skin(500, (0.1, 0.2)), 79: _skin(350, (0.15, 0.35)),
    80: _bell(2500, (0.05, 0.15)), 81: _bell(2500, (0.6, 2.0)),
}  # fmt: skip


def strike(recipe: Recipe, rng: np.random.Generator, *, seconds: float = 1.5) -> npt.NDArray[np.float32]:
    """One drum, (n,) float32 at `RATE`, peak about 0.3."""
    t = np.arange(int(seconds * RATE)) / RATE
    y = _partials(recipe, t, rng)
    noise = rng.uniform(*recipe.noise)
    if noise > 0:
        band = sorted(np.clip(np.array(recipe.band) * np.exp(rng.normal(0, 0.2, 2)), 60, 7900))
        if band[1] - band[0] < 200:
            band = [band[0] * 0.7, min(band[0] + 500, 7950)]
        hiss = sosfilt(butter(2, band, "bandpass", fs=RATE, output="sos"), rng.normal(0, 1, len(t)))
        fall = np.exp(-LN_60_DB * t / rng.uniform(*recipe.hiss))
        for burst in range(1, recipe.claps):
            later = t - burst * rng.uniform(0.008, 0.014)
            fall = np.where(later > 0, np.maximum(fall, np.exp(-later * 90)), fall)
        y = y / max(np.abs(y).max(), 1e-6) if recipe.hz[0] else y
        y = y + noise * hiss / np.abs(hiss).max() * fall
    y *= np.minimum(1, t / rng.uniform(0.0003, 0.002))
    return np.asarray(y / np.abs(y).max() * 0.3, np.float32)


def _partials(recipe: Recipe, t: Floats, rng: np.random.Generator) -> Floats:
    y = np.zeros(len(t))
    if not recipe.hz[0]:
        return y
    hz = rng.uniform(*recipe.hz)
    ring = rng.uniform(*recipe.ring)
    fall = rng.uniform(*recipe.fall)
    # A circular membrane's first modes (Rossing, The Physics of Musical Instruments), or a random metal.
    membrane = np.array([1, 1.59, 2.14, 2.30, 2.65, 2.92])
    ratios = np.sort(rng.uniform(1, 18, recipe.partials)) if recipe.metal else membrane[: recipe.partials]
    sweep = 1 - fall + fall * np.exp(-t / rng.uniform(0.01, 0.05))
    phase = 2 * np.pi * np.cumsum(sweep) / RATE * hz
    for i, ratio in enumerate(ratios):
        if ratio * hz < 7800:
            loudness = rng.uniform(0.3, 1.0) / (1 + 0.4 * i * (not recipe.metal))
            y += (
                loudness
                * np.sin(phase * ratio + rng.uniform(0, 6.28))
                * np.exp(-LN_60_DB * t / (ring / (1 + 0.3 * i * (not recipe.metal))))
            )
    return y


def add_kits(bank: BankWriter, *, n_kits: int, seed: int) -> None:
    """Render `n_kits` kits into a bank of one font."""
    for kit in range(n_kits):
        for key in range(DRUM_MIN, DRUM_MIN + N_DRUMS):
            rng = np.random.default_rng((seed, kit, key))
            hit = strike(_RECIPES[key], rng)
            bank.add(hit, font=0, slot=N_PROGRAMS + kit, pitch=key, layers=range(LAYERS))
        bank.add_release(font=0, slot=N_PROGRAMS + kit, seconds=4.0)
