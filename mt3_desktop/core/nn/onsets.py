"""Where something is struck in a sound: peaks of the rise of its spectrum.

No model and no opinion on what is struck; good enough to tell which of two transcriptions of drums is the
better one.

Letters: S samples, T frames, F bins.

Source: Dixon, Onset Detection Revisited (DAFx 2006): spectral flux with a local threshold.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from mt3_desktop.core.values import FloatArray

HOP_SECONDS = 0.005
_WINDOW_SECONDS = 0.02
_COMPRESSION = 1000.0  # of magnitudes of a full-scale sound, before the logarithm
_NEIGHBOURS = 5  # frames on both sides that a peak must exceed: 25 ms, less than two strokes are apart
_SURROUNDINGS = 40  # frames on both sides whose mean it must exceed
_MIN_RISE = 0.1  # above that mean, as a share of the strongest rise


def onset_seconds(samples: FloatArray, sample_rate: int) -> tuple[float, ...]:
    """Times of the onsets in a sound, ascending, to about 10 ms.

    Args:
        samples: (S,) float32 mono.
        sample_rate: samples per second.
    """
    if len(samples) < round(_WINDOW_SECONDS * sample_rate):
        return ()
    rise = _spectral_rise(torch.from_numpy(samples.copy()), sample_rate)
    around = functional.avg_pool1d(
        rise[None], 2 * _SURROUNDINGS + 1, stride=1, padding=_SURROUNDINGS, count_include_pad=False
    )[0]
    highest = functional.max_pool1d(rise[None], 2 * _NEIGHBOURS + 1, stride=1, padding=_NEIGHBOURS)[0]
    is_peak = (rise == highest) & (rise > around + _MIN_RISE * rise.max()) & (rise > 0)
    return tuple((is_peak.nonzero()[:, 0] * HOP_SECONDS).tolist())


def _spectral_rise(samples: Tensor, sample_rate: int) -> Tensor:
    """(S,) → (T,) how much louder all bins become from frame to frame."""
    hop, size = round(HOP_SECONDS * sample_rate), round(_WINDOW_SECONDS * sample_rate)
    spectrum = torch.stft(
        samples,
        size,
        hop,
        window=torch.hann_window(size),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    levels = (spectrum.abs() * (2 * _COMPRESSION / size)).log1p()
    return functional.pad(levels.diff(dim=-1), (1, 0)).clamp_(min=0).mean(0)
