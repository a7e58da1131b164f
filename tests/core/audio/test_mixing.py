"""Mono is the mean of the channels, unless they cancel each other in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mt3_desktop.core import audio
from mt3_desktop.core.audio.mixing import Mixer
from mt3_desktop.core.errors import SilentAudio
from tests.helpers.tones import sine, write_audio

RATE = 16000


def upside_down(samples: np.ndarray, level: float = 1.0) -> np.ndarray:
    """(n, 2) the sound, and the same with its sign changed."""
    return np.stack([samples, -level * samples], axis=1)


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a"])
def test_channels_of_opposite_phase_are_not_taken_for_silence(tmp_path: Path, suffix: str) -> None:
    path = write_audio(tmp_path / f"cable{suffix}", upside_down(sine(1.0)))
    middle = audio.read(path, RATE).samples[4000:12000]
    assert np.abs(middle).max() == pytest.approx(0.3, abs=0.1)  # MP3 at a low rate


def test_the_louder_channel_is_taken() -> None:
    samples = upside_down(sine(1.0, RATE), level=1.1)
    np.testing.assert_array_equal(audio.from_array(samples, RATE, RATE).samples, samples[:, 1])
    np.testing.assert_array_equal(audio.from_array(samples.T, RATE, RATE).samples, samples[:, 1])


@pytest.mark.parametrize("second", ["noise", "nothing", "the same", "half of it, upside down"])
def test_other_stereo_stays_the_mean(second: str) -> None:
    first = sine(1.0, RATE)
    other = {
        "noise": np.random.default_rng(2).uniform(-0.3, 0.3, RATE).astype(np.float32),
        "nothing": np.zeros_like(first),
        "the same": first,
        "half of it, upside down": -first / 2,
    }[second]
    clip = audio.from_array(np.stack([first, other]), RATE, RATE)
    np.testing.assert_allclose(clip.samples, (first + other) / 2, atol=1e-7)


def test_silence_on_both_sides_is_silence(tmp_path: Path) -> None:
    with pytest.raises(SilentAudio):
        audio.read(write_audio(tmp_path / "quiet.wav", np.zeros((RATE, 2))), RATE)


def test_a_stream_may_change_its_channels() -> None:
    mixer = Mixer()
    block = sine(0.1, RATE)
    assert mixer.mix(block[None]) is not None
    mixer.mix(np.stack([block, -block]))
    mixer.mix(np.stack([block, -block, np.zeros_like(block)]))
    assert mixer.cancelled == 0
    np.testing.assert_array_equal(Mixer(only=1).mix(block[None]), block)


def test_what_is_not_a_number_is_silent_in_its_channel() -> None:
    block = np.ones((2, 4), dtype=np.float32)
    block[0, 1] = np.nan
    np.testing.assert_array_equal(Mixer().mix(block), [1, 0.5, 1, 1])
