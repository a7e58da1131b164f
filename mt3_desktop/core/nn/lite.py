"""The built-in network: frame-wise, and the same for every pitch.

Each pitch sees its own harmonics (shifted copies of a log-frequency spectrogram) through weights that all
pitches share, so what is learned about one pitch holds for all. A narrow path over whole frames, with
attention over the window, tells every cell what else sounds; a path of its own in finer steps hears drums.

Letters: B batch, S samples, T frames of `hop_samples`, J drum frames (two a frame), P pitches, F bins,
C channels, D width of a context path, G instrument groups, K drum keys, H heads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mt3_desktop.core.nn.lite_features import (
    BINS_PER_PITCH,
    DRUM_FRAMES_PER_FRAME,
    FLOOR,
    GROUPS,
    N_DRUMS,
    N_PITCHES,
    Features,
    LiteConfig,
)


class Logits(NamedTuple):
    """What the network says about each frame, before any sigmoid or softmax.

    Attributes:
        onset: (B, T, P) a note begins here.
        activity: (B, T, P) a note sounds.
        offset: (B, T, P) a note ends here.
        level: (B, T, P) log10 of the amplitude of the note that sounds, relative to `Features.reference`.
        group: (B, T, P, G) which instruments it is.
        drums: (B, J, K) a drum is struck.
    """

    onset: Tensor
    activity: Tensor
    offset: Tensor
    level: Tensor
    group: Tensor
    drums: Tensor


class _Cell(nn.Module):
    """Depthwise over time, over near pitches and over octaves, then a pointwise layer of twice the width.

    PyTorch has no fast dilated depthwise convolution for CPUs (measured: 270 ms forward and back against 15
    for the same taps without dilation), so the dilated axis is folded into two and the taps run along one.
    Likewise pointwise layers are matrix products over the last axis: maps are kept as (B, T, P, C).
    """

    def __init__(self, channels: int, *, dilation: int, octaves: bool) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(channels)
        self.time = _depthwise(channels, (5, 1))
        self.near = _depthwise(channels, (1, 7))
        self.octave = _depthwise(channels, (5, 1)) if octaves else None
        self.wide = nn.Linear(channels, 2 * channels)
        self.back = nn.Linear(2 * channels, channels)
        nn.init.zeros_(self.back.weight)
        nn.init.zeros_(_bias(self.back))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, P, C) → the same shape."""
        h: Tensor = self.norm(x)
        mixed = h + self._over_time(h) + self._over_pitches(h)
        if self.octave is not None:
            mixed = mixed + self._over_octaves(h, self.octave)
        out: Tensor = x + self.back(functional.gelu(self.wide(mixed)))
        return out

    def _over_time(self, h: Tensor) -> Tensor:
        """Taps `dilation` frames apart: frames as (T / dilation, dilation), then along the first."""
        b, t, p, c = h.shape
        lacking = -t % self.dilation
        padded = functional.pad(h, (0, 0, 0, 0, 0, lacking)) if lacking else h
        folded = padded.reshape(b, (t + lacking) // self.dilation, self.dilation * p, c)
        return _convolved(self.time, folded).reshape(b, t + lacking, p, c)[:, :t]

    def _over_pitches(self, h: Tensor) -> Tensor:
        """Taps along pitches; turned in training: along the last axis their gradient is ten times as slow."""
        if not self.training:
            return _convolved(self.near, h)
        turned = h.transpose(1, 2).contiguous().permute(0, 3, 1, 2)
        weight = self.near.weight.transpose(2, 3)
        near = functional.conv2d(turned, weight, self.near.bias, padding=(3, 0), groups=len(weight))
        return near.permute(0, 3, 2, 1)

    @staticmethod
    def _over_octaves(h: Tensor, taps: nn.Conv2d) -> Tensor:
        """Taps an octave apart: pitches as (octave, pitch class), then along the octaves."""
        b, t, p, c = h.shape
        lacking = -p % 12
        folded = functional.pad(h, (0, 0, 0, lacking)).reshape(b * t, (p + lacking) // 12, 12, c)
        return _convolved(taps, folded).reshape(b, t, p + lacking, c)[:, :, :p]


def _depthwise(channels: int, taps: tuple[int, int]) -> nn.Conv2d:
    """One filter a channel, as many taps over (frames, pitches)."""
    padding = (taps[0] // 2, taps[1] // 2)
    return nn.Conv2d(channels, channels, taps, padding=padding, groups=channels)


def _convolved(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """A convolution over the two middle axes of (B, T, P, C)."""
    heard: Tensor = layer(x.permute(0, 3, 1, 2))
    return heard.permute(0, 2, 3, 1).contiguous()


class _RmsNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain


def _bias(layer: nn.Conv2d | nn.Linear) -> Tensor:
    """The bias of a layer that has one."""
    assert layer.bias is not None
    return layer.bias


def _rotated(x: Tensor) -> Tensor:
    """Rotary positions on (B, H, T, D): pairs of features turn with time at rates 1 … 1/10000.

    Source: Su et al., RoFormer (2021).
    """
    n, d = x.shape[-2:]
    rate = 10_000.0 ** -(torch.arange(0, d, 2, device=x.device) / d)
    angle = torch.arange(n, device=x.device)[:, None] * rate
    cos, sin = torch.cos(angle), torch.sin(angle)
    even, odd = x[..., ::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


class _ContextLayer(nn.Module):
    """Attention over the frames of a window, then a gated layer; starts as the identity if `silent`."""

    HEAD_WIDTH = 32

    def __init__(self, width: int, *, silent: bool) -> None:
        super().__init__()
        self.n_heads = max(1, width // self.HEAD_WIDTH)
        self.attention_norm = _RmsNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.gated_norm = _RmsNorm(width)
        self.gated_in = nn.Linear(width, 4 * width, bias=False)
        self.gated_out = nn.Linear(2 * width, width, bias=False)
        if silent:
            nn.init.zeros_(self.attention_out.weight)
            nn.init.zeros_(self.gated_out.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) → the same shape."""
        b, t, _ = x.shape
        q, k, v = (
            part.view(b, t, self.n_heads, -1).transpose(1, 2)
            for part in self.qkv(self.attention_norm(x)).chunk(3, -1)
        )
        heard = functional.scaled_dot_product_attention(_rotated(q), _rotated(k), v)
        x = x + self.attention_out(heard.transpose(1, 2).flatten(2))
        value, gate = self.gated_in(self.gated_norm(x)).chunk(2, -1)
        out: Tensor = x + self.gated_out(functional.gelu(value) * gate)
        return out


class _DrumPath(nn.Module):
    """Drum hits from a spectrogram in steps of half a frame, with what the context path knows."""

    def __init__(self, config: LiteConfig) -> None:
        super().__init__()
        width = config.drum_channels
        self.read = nn.Conv1d(config.drum_bands, width, 5, padding=2)
        self.known = nn.Linear(config.context, width)
        self.norms = nn.ModuleList(_RmsNorm(width) for _ in range(config.drum_layers))
        self.times = nn.ModuleList(
            nn.Conv1d(width, width, 7, padding=3 * 2**i, dilation=2**i, groups=width)
            for i in range(config.drum_layers)
        )
        self.wides = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(config.drum_layers))
        self.backs = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(config.drum_layers))
        self.coarse = nn.Linear(config.context, N_DRUMS)
        self.fine = nn.Linear(width, N_DRUMS)
        nn.init.constant_(self.coarse.bias, -4.0)
        nn.init.zeros_(self.fine.weight)
        nn.init.zeros_(self.fine.bias)

    def forward(self, drums: Tensor, context: Tensor) -> Tensor:
        """(B, J, bands), (B, T, D) → (B, J, K) logits."""
        h = self.read(drums.transpose(1, 2)).transpose(1, 2) + self._finer(self.known(context))
        for norm, time, wide, back in zip(self.norms, self.times, self.wides, self.backs, strict=True):
            n = norm(h)
            n = n + time(n.transpose(1, 2)).transpose(1, 2)
            h = h + back(functional.gelu(wide(n)))
        out: Tensor = self.fine(h) + self._finer(self.coarse(context))
        return out

    @staticmethod
    def _finer(x: Tensor) -> Tensor:
        """(B, T, D) → (B, J, D), between the centres of frames by straight lines."""
        return functional.interpolate(
            x.transpose(1, 2), scale_factor=DRUM_FRAMES_PER_FRAME, mode="linear", align_corners=False
        ).transpose(1, 2)


class LiteNet(nn.Module):
    """The network: `Features` → `Logits`. See the module's first lines for its plan."""

    REDUCED = 6  # channels a pitch gives to the paths over whole frames
    BINS_PER_BAND = 4

    def __init__(self, config: LiteConfig) -> None:
        super().__init__()
        self.config = config
        c, d = config.channels, config.context
        per_octave = 12 * BINS_PER_PITCH
        self._shifts = [round(per_octave * math.log2(h)) for h in config.harmonics]
        maps = len(config.windows) * len(config.harmonics)
        self.stem = nn.Conv2d(maps, c, (3, 5), stride=(1, BINS_PER_PITCH), padding=(1, 1))
        half = config.cells // 2
        self.cells_before = nn.Sequential(
            *[_Cell(c, dilation=1 + i % 2, octaves=i % 2 == 0) for i in range(half)]
        )
        self.cells_after = nn.Sequential(
            *[_Cell(c, dilation=(1, 2, 4)[i % 3], octaves=i % 2 == 0) for i in range(config.cells - half)]
        )
        self.reduce = nn.Linear(c, self.REDUCED)
        overview = self.REDUCED * N_PITCHES + config.bins // self.BINS_PER_BAND * len(config.windows)
        self.context_in = nn.Linear(overview, d)
        self.context = nn.Sequential(*[_ContextLayer(d, silent=i > 0) for i in range(config.context_layers)])
        self.gate = nn.Linear(d, 2 * c)
        self.norm = nn.LayerNorm(c)
        self.notes = nn.Conv2d(c, 4, (3, 1), padding=(1, 0))
        self.group_cell = nn.Linear(c, len(GROUPS))
        self.group_frame = nn.Linear(d, len(GROUPS))
        self.group_in = nn.Linear(overview, config.group_context)
        self.group_context = nn.Sequential(
            *[_ContextLayer(config.group_context, silent=False) for _ in range(config.group_layers)]
        )
        self.group_gate = nn.Linear(config.group_context, 2 * config.group_hidden)
        self.group_hidden = nn.Linear(c, config.group_hidden)
        self.group_out = nn.Linear(config.group_hidden, len(GROUPS))
        self.group_known = nn.Linear(config.group_context, len(GROUPS))
        self.drums = _DrumPath(config)
        self._start_quiet()

    def _start_quiet(self) -> None:
        """First outputs of an untrained network: nothing sounds, any group is as likely as any other."""
        nn.init.zeros_(self.notes.weight)
        _bias(self.notes).data.copy_(torch.tensor([-4.0, -4.0, -4.0, -0.7]))
        for layer in (self.group_out, self.group_known):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(_bias(layer))

    def _harmonics(self, pitch: Tensor) -> Tensor:
        """(B, 2, T, F) → (B, maps, T, 3 P): map h holds at pitch p what sounds at h times its frequency."""
        n = N_PITCHES * BINS_PER_PITCH
        before = -min(self._shifts)
        after = max(0, max(self._shifts) + n - pitch.shape[-1] + 2)
        padded = functional.pad(pitch, (before, after), value=FLOOR)
        return torch.cat([padded[..., before + s : before + s + n] for s in self._shifts], 1)

    def forward(self, features: Features) -> Logits:
        """Read a batch of windows; T is free, the weights were trained on 2 to 8 seconds."""
        pitch = features.pitch
        stacked = self._harmonics(pitch).contiguous(memory_format=torch.channels_last)
        h: Tensor = self.stem(stacked).permute(0, 2, 3, 1).contiguous()
        h = self.cells_before(h)
        reduced = functional.gelu(self.reduce(h)).transpose(2, 3).flatten(2)
        n_bands = self.context_in.in_features - reduced.shape[-1]
        bands = functional.avg_pool1d(pitch.transpose(1, 2).flatten(2), self.BINS_PER_BAND)[..., :n_bands]
        overview = torch.cat([reduced, bands], -1)
        context = self.context(self.context_in(overview))
        h = functional.gelu(self.norm(self.cells_after(_gated(h, self.gate(context)))))
        onset, activity, offset, level = _convolved(self.notes, h).unbind(-1)
        known = self.group_context(self.group_in(overview))
        hidden = functional.gelu(_gated(self.group_hidden(h), self.group_gate(known)))
        group = self.group_cell(h) + self.group_out(hidden)
        group = group + (self.group_frame(context) + self.group_known(known))[:, :, None]
        return Logits(onset, activity, offset, level, group, self.drums(features.drums, context))


def _gated(x: Tensor, gate: Tensor) -> Tensor:
    """Scale and shift the channels of (B, T, P, C) by (B, T, 2 C)."""
    scale, shift = gate[:, :, None].chunk(2, -1)
    return x * (1 + scale) + shift
