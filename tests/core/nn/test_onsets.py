"""Onsets in made-up sounds."""

from __future__ import annotations

import numpy as np
import pytest

from mt3_desktop.core.nn.onsets import onset_seconds

RATE = 16_000


def strokes(times: list[float], *, seconds: float = 2.0, noise: float = 0.0) -> np.ndarray:
    """Bursts of decaying noise."""
    random = np.random.default_rng(1)
    sound = random.normal(0, 1, round(seconds * RATE)) * noise
    burst = random.normal(0, 0.5, RATE // 10) * np.exp(-np.arange(RATE // 10) / 400)
    for time in times:
        start = round(time * RATE)
        part = sound[start : start + len(burst)]
        part += burst[: len(part)]
    return sound.astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.003])
@pytest.mark.parametrize("gap", [0.5, 0.125, 0.08])
def test_strokes_are_found(gap: float, noise: float) -> None:
    times = [0.1 + gap * i for i in range(round(1.7 / gap))]
    assert onset_seconds(strokes(times, noise=noise), RATE) == pytest.approx(times, abs=0.012)


def test_loudness_does_not_matter_much() -> None:
    times = [0.2, 0.5, 0.9]
    assert onset_seconds(strokes(times) * 0.05, RATE) == pytest.approx(times, abs=0.012)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(10), np.zeros(RATE)])
def test_nothing_in_silence(samples: np.ndarray) -> None:
    assert onset_seconds(samples.astype(np.float32), RATE) == ()
