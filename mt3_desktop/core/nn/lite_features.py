"""What the built-in network hears: sizes, instrument groups, and the front end.

Letters: B batch, S samples, T frames of `hop_samples`, J drum frames (two a frame), F bins.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import NamedTuple

import torch
from torch import Tensor, nn

PITCH_MIN = 21
N_PITCHES = 88
DRUM_MIN = 35
N_DRUMS = 47
DRUM_FRAMES_PER_FRAME = 2
BINS_PER_PITCH = 3
FLOOR = -1.8
"""Value of a bin 80 dB under the loudest one of its window, the lowest there is."""


class Group(NamedTuple):
    """A class of instruments the network tells apart, and the GM program written for it."""

    name: str
    program: int


GROUPS: tuple[Group, ...] = (
    Group("piano", 0),
    Group("chromatic", 11),
    Group("organ", 16),
    Group("guitar", 25),
    Group("bass", 33),
    Group("solo strings", 40),
    Group("voice", 52),
    Group("brass", 61),
    Group("reed", 65),
    Group("pipe", 73),
    Group("lead", 80),
    Group("pad", 89),
    Group("string ensemble", 48),
)


@dataclass(frozen=True, slots=True)
class LiteConfig:
    """Sizes of the network and its front end.

    Attributes:
        sample_rate: samples per second of the input.
        hop_samples: samples of one frame; a multiple of `DRUM_FRAMES_PER_FRAME`.
        margin_samples: real sound the front end needs before the first and after the last frame.
        windows: lengths of the two analysis windows in samples: fine time, fine pitch.
        bins: bins of the log-frequency axis, three a semitone from just under 27.5 Hz.
        harmonics: multiples of the fundamental that a pitch sees.
        channels: C, width of the pitch path.
        cells: layers of the pitch path, half of them before the context path joins.
        context: D of the path over whole frames.
        context_layers: its attention layers.
        group_context: D of the path that tells instruments apart.
        group_layers: its attention layers.
        group_hidden: width of the hidden layer that reads groups off a cell.
        drum_window: analysis window of the drum path in samples.
        drum_bands: bands of its spectrogram.
        drum_channels: its width.
        drum_layers: its layers; layer i looks 2**i times as far.
    """

    sample_rate: int = 16_000
    hop_samples: int = 512
    margin_samples: int = 2048
    windows: tuple[int, int] = (1024, 4096)
    bins: int = 292
    harmonics: tuple[float, ...] = (0.5, 1, 2, 3, 4, 5, 6, 7, 8)
    channels: int = 32
    cells: int = 6
    context: int = 96
    context_layers: int = 2
    group_context: int = 128
    group_layers: int = 2
    group_hidden: int = 48
    drum_window: int = 512
    drum_bands: int = 48
    drum_channels: int = 96
    drum_layers: int = 3

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> LiteConfig:
        """Read the sizes from JSON values.

        Raises:
            ValueError: if a name is unknown or a value is not of its kind.
        """
        known = {field.name for field in fields(cls)}
        if unknown := set(values) - known:
            raise ValueError(f"unknown sizes: {', '.join(sorted(unknown))}")
        read = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        if not all(isinstance(value, int | float | tuple) for value in read.values()):
            raise ValueError("sizes must be numbers or lists of numbers")
        return cls(**read)  # type: ignore[arg-type]  # checked above: numbers and tuples of numbers

    def to_mapping(self) -> dict[str, object]:
        """The sizes as JSON values."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @property
    def frame_seconds(self) -> float:
        """Length of one frame in seconds."""
        return self.hop_samples / self.sample_rate


class Features(NamedTuple):
    """What the network hears of a batch of windows.

    Attributes:
        pitch: (B, 2, T, F) log magnitudes, `FLOOR` to about 1.8.
        drums: (B, J, bands) log magnitudes on the same scale.
        reference: (B,) log10 of the loudest bin of each window, to which the others are relative.
    """

    pitch: Tensor
    drums: Tensor
    reference: Tensor


def _triangles(n_fft: int, centres_hz: Tensor, rate_hz: int) -> Tensor:
    """Weights (n_fft // 2 + 1, len(centres) - 2) of triangular bands, each at least one FFT bin wide."""
    width = rate_hz / n_fft
    hz = torch.arange(n_fft // 2 + 1, dtype=torch.float64)[:, None] * width
    centre = centres_hz[None, 1:-1]
    low = torch.minimum(centres_hz[None, :-2], centre - width)
    high = torch.maximum(centres_hz[None, 2:], centre + width)
    weights = torch.minimum((hz - low) / (centre - low), (high - hz) / (high - centre)).clamp_min(0)
    return (weights / weights.sum(0).clamp_min(1e-12)).float()


class FrontEnd(nn.Module):
    """Sound → `Features`: log-frequency spectrograms, level measured against the window's loudest bin."""

    def __init__(self, config: LiteConfig) -> None:
        super().__init__()
        self.config = config
        steps = torch.arange(-1, config.bins + 1, dtype=torch.float64)
        per_octave = 12 * BINS_PER_PITCH
        centres = 27.5 * 2 ** (-1 / per_octave) * 2 ** (steps / per_octave)
        for n_fft in config.windows:
            self._add_bank(f"pitch{n_fft}", n_fft, centres)
        mel = torch.linspace(0, 2595 * math.log10(1 + 7900 / 700), config.drum_bands + 2, dtype=torch.float64)
        self._add_bank("drums", config.drum_window, 700 * (10 ** (mel / 2595) - 1))

    def _add_bank(self, name: str, n_fft: int, centres_hz: Tensor) -> None:
        bank = _triangles(n_fft, centres_hz, self.config.sample_rate)
        self.register_buffer(f"{name}_bank", bank, persistent=False)
        self.register_buffer(f"{name}_window", torch.hann_window(n_fft), persistent=False)

    def _spectrogram(self, samples: Tensor, name: str, n_fft: int, hop: int) -> Tensor:
        """(B, S) → (B, frames, bands) log10 magnitudes; frame k is centred on the middle of hop k."""
        margin = self.config.margin_samples
        n_frames = (samples.shape[1] - 2 * margin) // hop
        start = margin + hop // 2 - n_fft // 2
        cut = samples[:, start : start + (n_frames - 1) * hop + n_fft].unfold(1, n_fft, hop)
        window, bank = self.get_buffer(f"{name}_window"), self.get_buffer(f"{name}_bank")
        magnitude = torch.fft.rfft(cut * window).abs() * (4.0 / n_fft)
        return torch.log10((magnitude @ bank).clamp_min(1e-6))

    def forward(self, samples: Tensor) -> Features:
        """Analyse windows of sound.

        Args:
            samples: (B, 2 * margin + T * hop) float32 mono at `config.sample_rate`.
        """
        config = self.config
        pitch = torch.stack(
            [self._spectrogram(samples, f"pitch{n}", n, config.hop_samples) for n in config.windows], 1
        )
        drum_hop = config.hop_samples // DRUM_FRAMES_PER_FRAME
        drums = self._spectrogram(samples, "drums", config.drum_window, drum_hop)
        # The floor keeps silence and faint noise dark: without it they would be amplified to full scale.
        reference = pitch.amax((1, 2, 3)).clamp_min(-3.3)

        def scaled(x: Tensor) -> Tensor:
            return ((x - reference.view(-1, *[1] * (x.ndim - 1))).clamp(-4.0, 0.0) + 2.0) * 0.9

        return Features(scaled(pitch), scaled(drums), reference)
