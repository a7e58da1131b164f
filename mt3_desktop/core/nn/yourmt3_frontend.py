"""The spectrogram that YourMT3 was trained on: linear, logarithmic, stretched to 0 … 1 in each segment.

Letters: B batch, S samples of a segment, T frames, F bins.

Source: YourMT3+ (MLSP 2024), codec `spec`.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

FFT_SIZE = 2048
HOP_SAMPLES = 300
N_BINS = FFT_SIZE // 2  # the constant part is left out
_FLOOR = 1e-5
_MIN_RANGE = 0.008  # keeps silence at zero


def n_frames(n_samples: int) -> int:
    """Frames of a segment of `n_samples`."""
    return 1 + n_samples // HOP_SAMPLES


def published_window() -> Tensor:
    """(2048,) float32 Hann window, as it stands in the checkpoint."""
    return torch.hann_window(FFT_SIZE)


def spectrogram(samples: Tensor, window: Tensor) -> Tensor:
    """Spectrogram of whole segments, each scaled by its own smallest and largest value.

    Args:
        samples: (B, S) float32 mono at 16 kHz, short segments padded with zeros.
        window: (2048,) float32.

    Returns:
        (B, T, F) float32 in [0, 1).
    """
    padded = functional.pad(samples[:, None], (FFT_SIZE // 2, FFT_SIZE // 2), mode="reflect")[:, 0]
    spectrum = torch.stft(padded, FFT_SIZE, HOP_SAMPLES, FFT_SIZE, window, center=False, return_complex=True)
    levels = spectrum[:, 1:].abs().transpose(1, 2).add(_FLOOR).log()
    low, high = levels.amin((1, 2), keepdim=True), levels.amax((1, 2), keepdim=True)
    scaled = (levels - low) / (high - low + _MIN_RANGE)
    return torch.where(scaled.isnan(), 0.0, scaled).contiguous()
