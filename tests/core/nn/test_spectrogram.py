"""The front ends against the originals' numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from mt3_desktop.core.nn.spectrogram import Axis, LogMel, MelConfig, mel_matrix

GOLDEN = Path(__file__).parents[2] / "golden" / "mt3"
CPU = torch.device("cpu")
MT3 = MelConfig(n_bands=512)


def heard(name: str) -> np.ndarray:
    return soundfile.read(GOLDEN / "audio" / f"{name}.flac", dtype="float32")[0]


def log_mel(samples: np.ndarray, config: MelConfig) -> np.ndarray:
    count = config.n_segments(len(samples))
    padded = np.zeros(count * config.segment_samples, dtype=np.float32)
    padded[: len(samples)] = samples
    n_frames = [config.n_segment_frames(index, len(samples)) for index in range(count)]
    return LogMel(config, CPU)(torch.from_numpy(padded).view(count, -1), n_frames).numpy()


def test_mel_matrix_is_the_original_one() -> None:
    with np.load(GOLDEN / "frontend" / "mel_matrix_512.npz") as golden:
        expected = np.zeros(golden["shape"])
        expected[golden["fft_bin"], golden["mel_band"]] = golden["weight"]
    matrix = mel_matrix(MT3)
    assert ((matrix > 0) == (expected > 0)).all()
    np.testing.assert_allclose(matrix, expected, atol=2e-4)


@pytest.mark.parametrize(
    ("n_samples", "frames", "segments"),
    [(0, 1, 1), (100, 1, 1), (32_767, 256, 1), (32_768, 257, 2), (80_000, 626, 3), (150_000, 1172, 5)],
)
def test_a_full_last_hop_makes_one_more_frame(n_samples: int, frames: int, segments: int) -> None:
    assert (MT3.n_frames(n_samples), MT3.n_segments(n_samples)) == (frames, segments)


@pytest.mark.parametrize("name", ["s1", "s2", "s3", "s4"])
def test_magnitudes_are_the_originals(name: str) -> None:
    samples = heard(name)
    mel = log_mel(samples, MT3)
    with np.load(GOLDEN / "frontend" / f"{name}.npz") as golden:
        assert MT3.n_frames(len(samples)) == golden["num_frames"]
        rows, expected = golden["rows"], golden["mel512"]
        frame_max = golden["frame_max"]
    segment, frame = rows.T
    is_heard = segment * 256 + frame < MT3.n_frames(len(samples))
    assert (mel[segment, frame][~is_heard] == 0).all()
    found, wanted = np.exp(mel[segment, frame][is_heard]), np.exp(expected[is_heard])
    assert (abs(found - wanted) <= 5e-4 * wanted + 2e-3 * wanted.max()).all()
    audible = frame_max > -8  # below, only rounding noise decides
    np.testing.assert_allclose(mel.max(-1)[audible], frame_max[audible], atol=2e-4)


def test_frames_past_the_end_are_zero_and_silence_is_not() -> None:
    mel = log_mel(np.zeros(1280, dtype=np.float32), MT3)
    np.testing.assert_allclose(mel[0, :11], np.log(1e-5), rtol=1e-6)
    assert (mel[0, 11:] == 0).all()


def test_the_variant_of_mr_mt3_lies_between_0_and_1() -> None:
    config = MelConfig(n_bands=40, axis=Axis.HERTZ, rescaled_from=(-12.0, 5.0))
    with np.load(GOLDEN / "mrmt3" / "outputs.npz") as golden:
        for name in ("s1", "s2"):
            mel = log_mel(heard(name), config)
            assert mel.min() >= 0
            assert mel.max() <= 1
            np.testing.assert_allclose(
                mel[:, [0, 5, 100, 200, 254, 255]], golden[f"{name}_mel_norm"], atol=2e-4
            )
