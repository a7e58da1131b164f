"""Log-mel spectrograms as MT3 and MR-MT3 were trained on them.

Both have 512 narrow triangles (as many as the network is wide) over magnitudes, and frames that look forward
from their start without centring; they differ in the axis on which a triangle's sides are straight, and in
MR-MT3's scaling to [0, 1].

Letters: B batch, S samples of a segment, T frames, F mel bands, K bins of the transform.

Source: magenta/mt3 and its spectral library, as described by Gardner et al. (ICLR 2022).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

_MEL_SLOPE, _MEL_HZ = 1127.0, 700.0  # mel(f) = 1127 ln(1 + f / 700)


class Axis(Enum):
    """The axis on which the sides of a mel triangle are straight lines."""

    MEL = "mel"
    HERTZ = "hertz"


@dataclass(frozen=True, slots=True)
class MelConfig:
    """Constants of a front end.

    Attributes:
        n_bands: mel bands (F); the network's width.
        axis: where triangles have straight sides.
        rescaled_from: (low, high): logs are clipped to it and brought to [0, 1]; None leaves them alone.
        sample_rate: samples per second.
        hop_samples: samples from frame to frame.
        window_samples: samples of a frame and of its transform.
        segment_frames: frames of a segment (T).
        low_hz: lower edge of the lowest band.
        high_hz: upper edge of the highest band.
        zero_magnitude: what an exact zero becomes before the logarithm.
    """

    n_bands: int
    axis: Axis = Axis.MEL
    rescaled_from: tuple[float, float] | None = None
    sample_rate: int = 16_000
    hop_samples: int = 128
    window_samples: int = 2048
    segment_frames: int = 256
    low_hz: float = 20.0
    high_hz: float = 7600.0
    zero_magnitude: float = 1e-5

    @property
    def segment_samples(self) -> int:
        """Samples of a segment (S)."""
        return self.segment_frames * self.hop_samples

    def n_frames(self, n_samples: int) -> int:
        """Frames of a whole recording: also one that ends with a full hop gets one more."""
        return n_samples // self.hop_samples + 1

    def n_segments(self, n_samples: int) -> int:
        """Segments of a whole recording; an empty one has one."""
        return -(-self.n_frames(n_samples) // self.segment_frames)

    def n_segment_frames(self, index: int, n_samples: int) -> int:
        """Frames of segment `index` that belong to the recording."""
        return min(self.segment_frames, self.n_frames(n_samples) - index * self.segment_frames)


def mel_matrix(config: MelConfig) -> npt.NDArray[np.float32]:
    """Weights of the mel bands.

    Returns:
        (K, F) float32, K = window_samples // 2 + 1. Some low bands are narrower than a bin and stay empty.
    """
    bins_hz = np.linspace(0.0, config.sample_rate / 2, config.window_samples // 2 + 1)
    edges_mel = np.linspace(_mel(np.array(config.low_hz)), _mel(np.array(config.high_hz)), config.n_bands + 2)
    if config.axis is Axis.MEL:
        positions, edges = _mel(bins_hz), edges_mel
    else:
        positions, edges = bins_hz, _MEL_HZ * np.expm1(edges_mel / _MEL_SLOPE)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising = (positions[:, None] - left) / (centre - left)
    falling = (right - positions[:, None]) / (right - centre)
    weights = np.minimum(rising, falling).clip(min=0.0)
    weights[0] = 0.0
    return weights.astype(np.float32)


def _mel(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return _MEL_SLOPE * np.log1p(hertz / _MEL_HZ)


class LogMel:
    """A front end ready to use on a device.

    Attributes:
        config: its constants.
    """

    def __init__(self, config: MelConfig, device: torch.device) -> None:
        self.config = config
        self._matrix = torch.from_numpy(mel_matrix(config)).to(device)
        self._window = torch.hann_window(config.window_samples, periodic=True, device=device)

    @torch.inference_mode()
    def __call__(self, samples: Tensor, n_frames: Sequence[int]) -> Tensor:
        """Spectrograms of segments, each analysed alone: behind its end it sees zeros.

        Args:
            samples: (B, S) float32 mono in about [-1, 1], zero past the end of the recording.
            n_frames: frames of each segment that belong to the recording; the others become 0 after the
                logarithm. They are not masked: the networks were trained to attend to them.

        Returns:
            (B, T, F) float32: natural log of the magnitudes, or that brought to [0, 1].
        """
        config = self.config
        padded = functional.pad(samples, (0, config.window_samples - config.hop_samples))
        frames = padded.unfold(1, config.window_samples, config.hop_samples)
        magnitudes = torch.fft.rfft(frames * self._window).abs() @ self._matrix
        # Whatever is greater than zero keeps its own logarithm, rounding noise far below 1e-5 included.
        logs = torch.where(magnitudes > 0, magnitudes.log(), math.log(config.zero_magnitude))
        if config.rescaled_from is not None:
            low, high = config.rescaled_from
            logs = (logs.clip(low, high) - low) / (high - low)
        for row, count in zip(logs, n_frames, strict=True):
            row[count:] = 0.0
        return logs
