"""Perceiver-TF: convolutions over the spectrogram, then latents that look at every frame and at one another.

In each frame a few latents look at the spectrum (spectral cross-attention), then at one another within the
frame (local layers), then each at itself over time (temporal layers). In YourMT3 the spectrum is offered as
C convolution channels of F frequency values each.

Letters: B batch, T frames, F frequency values, C convolution channels, K latents, D width, H heads, E width
of a head, R rotated numbers of a head.

Source: Lu, Wang, Won, Choi, Song, Multitrack Music Transcription with a Time-Frequency Perceiver (ICASSP
2023); YourMT3+ (MLSP 2024); Su et al., RoFormer (2021) for the rotary positions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mt3_desktop.core.nn.moe import Mixture, mixture_layout

Tensors = Mapping[str, Tensor]
Layout = dict[str, tuple[int, ...]]

NORM_EPSILON = 1e-5
N_CONV_BLOCKS = 3
_SHRINKING = 1 << N_CONV_BLOCKS  # each block halves the frequency values
ROTARY_OWNERS = ("sca", "latent", "temporal")


@dataclass(frozen=True, slots=True)
class PerceiverConfig:
    """Sizes of the encoder.

    Attributes:
        conv_channels: channels of the convolutions (C).
        n_bins: frequency bins of the spectrogram, halved by each convolution block.
        n_frames: frames of a segment (T).
        n_latents: latents per frame (K).
        width: width of a latent (D).
        n_heads: heads (H).
        n_blocks: blocks of one cross-attention and the layers below.
        n_local: local layers per block.
        n_temporal: temporal layers per block.
        n_experts: experts of each layer's feed-forward part.
        n_used_experts: experts that each position uses.
        expert_widening: width of an expert over `width`.
        rotary_width: rotated numbers of each head (R).
        has_norm_bias: LayerNorm; without the biases it is an RMSNorm.
    """

    conv_channels: int
    n_bins: int
    n_frames: int
    n_latents: int
    width: int
    n_heads: int
    n_blocks: int
    n_local: int
    n_temporal: int
    n_experts: int
    n_used_experts: int
    expert_widening: int
    rotary_width: int
    has_norm_bias: bool = True

    @property
    def n_frequencies(self) -> int:
        """Frequency values behind the convolutions (F)."""
        return self.n_bins // _SHRINKING

    @property
    def expert_width(self) -> int:
        """Width of an expert."""
        return self.width * self.expert_widening


def rotary_frequencies(config: PerceiverConfig) -> dict[str, Tensor]:
    """The (R / 2,) frequencies as published, by owner: latents turn by place, frames by time."""
    half = config.rotary_width // 2
    pixel = torch.linspace(math.pi, 5 * math.pi, half)
    language = 10000.0 ** (-2 * torch.arange(half) / config.rotary_width)
    return {"sca": pixel, "latent": pixel, "temporal": language}


def conv_layout(config: PerceiverConfig, prefix: str) -> Layout:
    """Names and shapes of the convolution blocks."""
    channels = config.conv_channels
    layout: Layout = {
        f"{prefix}0.shortcut.weight": (channels, 1, 1, 1),
        f"{prefix}0.shortcut.bias": (channels,),
    }
    for block in range(N_CONV_BLOCKS):
        for number in (1, 2):
            inputs = 1 if (block, number) == (0, 1) else channels
            layout[f"{prefix}{block}.conv{number}.weight"] = (channels, inputs, 3, 3)
            norm = f"{prefix}{block}.bn{number}."
            layout |= {f"{norm}{name}": (channels,) for name in _BATCH_NORM}
            layout[f"{norm}num_batches_tracked"] = ()
    return layout


_BATCH_NORM = ("weight", "bias", "running_mean", "running_var")


def encoder_layout(config: PerceiverConfig, prefix: str) -> Layout:
    """Names and shapes of the Perceiver's own tensors."""
    layout: Layout = {f"{prefix}latent_array.latents": (config.n_latents, config.width)}
    half = (config.rotary_width // 2,)
    layout |= {f"{prefix}rotary_emb_{owner}.freqs": half for owner in ROTARY_OWNERS}
    for block in range(config.n_blocks):
        start = f"{prefix}blocks.{block}."
        layout |= _attention_layout(config, f"{start}spectral_cross_attention.", is_cross=True)
        layers = [f"{start}local_transformer.{i}." for i in range(config.n_local)]
        layers += [f"{start}temporal_transformer.{i}." for i in range(config.n_temporal)]
        for layer in layers:
            layout |= _attention_layout(config, f"{layer}attention.", is_cross=False)
            layout |= _norm_layout(config, f"{layer}layernorm.", config.width)
            layout |= mixture_layout(
                f"{layer}mlp.", width=config.width, hidden=config.expert_width, n_experts=config.n_experts
            )
    return layout


def _attention_layout(config: PerceiverConfig, prefix: str, *, is_cross: bool) -> Layout:
    width = config.width
    source = config.n_frequencies if is_cross else width
    layout = _norm_layout(config, f"{prefix}self.layernorm1.", width)
    if is_cross:
        layout |= _norm_layout(config, f"{prefix}self.layernorm2.", source)
    inputs = {"self.query": width, "self.key": source, "self.value": source, "output.dense": width}
    layout |= {f"{prefix}{name}.weight": (width, size) for name, size in inputs.items()}
    layout |= {f"{prefix}{name}.bias": (width,) for name in inputs}
    return layout | {f"{prefix}self.rotary_emb.freqs": (config.rotary_width // 2,)}


def _norm_layout(config: PerceiverConfig, prefix: str, width: int) -> Layout:
    names = ("weight", "bias") if config.has_norm_bias else ("weight",)
    return {f"{prefix}{name}": (width,) for name in names}


class ConvEncoder:
    """The convolution blocks; their batch norms are folded into the convolutions."""

    def __init__(self, config: PerceiverConfig, tensors: Tensors, prefix: str, device: torch.device) -> None:
        """Fold the weights.

        Args:
            config: sizes.
            tensors: at least those of `conv_layout(config, prefix)`.
            prefix: what their names begin with.
            device: where to compute.
        """
        self._convolutions = [
            [_folded(tensors, f"{prefix}{block}.", number, device) for number in (1, 2)]
            for block in range(N_CONV_BLOCKS)
        ]
        self._shortcut = _linear(tensors, (f"{prefix}0.shortcut",), device)

    def __call__(self, spectrogram: Tensor) -> Tensor:
        """(B, T, bins) → (B, T, C, F)."""
        x = spectrogram[:, None].contiguous(memory_format=torch.channels_last)
        for block, ((first, first_bias), (second, second_bias)) in enumerate(self._convolutions):
            inner = functional.conv2d(x, first, first_bias, padding=1).relu_()
            inner = functional.conv2d(inner, second, second_bias, padding=1)
            if block == 0:
                x = functional.conv2d(x, self._shortcut[0], self._shortcut[1])
            x = functional.avg_pool2d(inner.add_(x).relu_(), (1, 2))
        return x.transpose(1, 2).contiguous()


def _folded(tensors: Tensors, prefix: str, number: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution with the batch norm behind it."""
    scale, shift, mean, variance = (tensors[f"{prefix}bn{number}.{name}"].double() for name in _BATCH_NORM)
    factor = scale / (variance + NORM_EPSILON).sqrt()
    weight = tensors[f"{prefix}conv{number}.weight"].double() * factor[:, None, None, None]
    # Channels last: a sixth faster on the processor (measured with oneDNN and AVX2).
    placed = weight.to(device, torch.float32, memory_format=torch.channels_last)
    return placed, (shift - mean * factor).to(device, torch.float32)


class _Norm:
    """LayerNorm, or RMSNorm where the weights have no bias."""

    def __init__(self, tensors: Tensors, prefix: str, device: torch.device) -> None:
        self._weight = tensors[f"{prefix}weight"].to(device, torch.float32, copy=True)
        bias = tensors.get(f"{prefix}bias")
        self._bias = None if bias is None else bias.to(device, torch.float32, copy=True)

    def __call__(self, x: Tensor) -> Tensor:
        if self._bias is not None:
            return functional.layer_norm(x, self._weight.shape, self._weight, self._bias, NORM_EPSILON)
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + NORM_EPSILON) * self._weight


class Rotation:
    """Rotary positions: turns pairs of neighbours among the first R numbers of each head."""

    def __init__(self, positions: Tensor, frequencies: Tensor, device: torch.device) -> None:
        """Compute the angles.

        Args:
            positions: (L,) of the items.
            frequencies: (R / 2,) radians per position.
            device: where to compute.
        """
        angles = (positions.float()[:, None] * frequencies.float()).repeat_interleave(2, dim=-1)
        self._cos, self._sin = angles.cos().to(device), angles.sin().to(device)

    def __call__(self, heads: Tensor) -> Tensor:
        """(…, L, E) → (…, L, E)."""
        width = self._cos.shape[-1]
        turned, rest = heads[..., :width], heads[..., width:]
        first, second = turned.view(*turned.shape[:-1], -1, 2).unbind(-1)
        across = torch.stack([-second, first], dim=-1).flatten(-2)
        return torch.cat([turned * self._cos + across * self._sin, rest], dim=-1)


class Attention:
    """Attention of the latents to something or to themselves; only the queries are rotated."""

    def __init__(
        self,
        config: PerceiverConfig,
        tensors: Tensors,
        prefix: str,
        rotation: Rotation,
        device: torch.device,
    ) -> None:
        """Pack the weights of `prefix`."""
        own = f"{prefix}self."
        self._n_heads = config.n_heads
        self._rotation = rotation
        self._norm = _Norm(tensors, f"{own}layernorm1.", device)
        is_cross = f"{own}layernorm2.weight" in tensors
        self._source_norm = _Norm(tensors, f"{own}layernorm2.", device) if is_cross else None
        self._query = _linear(tensors, (f"{own}query",), device)
        self._key_value = _linear(tensors, (f"{own}key", f"{own}value"), device)
        self._out = _linear(tensors, (f"{prefix}output.dense",), device)

    def __call__(self, x: Tensor, source: Tensor | None = None) -> Tensor:
        """Attend, and add.

        Args:
            x: (B, L, D) where the queries come from.
            source: (B, S, F) what is attended to; `x` itself if left out.

        Returns:
            (B, L, D).
        """
        normed = self._norm(x)
        seen = normed if source is None or self._source_norm is None else self._source_norm(source)
        query = self._rotation(self._heads(functional.linear(normed, *self._query)))
        key, value = functional.linear(seen, *self._key_value).chunk(2, dim=-1)
        heard = functional.scaled_dot_product_attention(query, self._heads(key), self._heads(value))
        return functional.linear(heard.transpose(1, 2).flatten(2), *self._out) + x

    def _heads(self, x: Tensor) -> Tensor:
        """(B, L, D) → (B, H, L, E)."""
        return x.view(*x.shape[:-1], self._n_heads, -1).transpose(1, 2)


def _linear(tensors: Tensors, names: tuple[str, ...], device: torch.device) -> tuple[Tensor, Tensor]:
    """Weights and biases of layers that read the same input, one above the other."""
    weight = torch.cat([tensors[f"{name}.weight"] for name in names])
    bias = torch.cat([tensors[f"{name}.bias"] for name in names])
    return weight.to(device, torch.float32), bias.to(device, torch.float32)


class Layer:
    """Self-attention, then a mixture of experts; both are added to what goes in."""

    def __init__(
        self,
        config: PerceiverConfig,
        tensors: Tensors,
        prefix: str,
        rotation: Rotation,
        device: torch.device,
    ) -> None:
        """Pack the weights of `prefix`."""
        self._attention = Attention(config, tensors, f"{prefix}attention.", rotation, device)
        self._norm = _Norm(tensors, f"{prefix}layernorm.", device)
        self.mixture = Mixture(
            tensors, f"{prefix}mlp.", n_experts=config.n_experts, n_used=config.n_used_experts, device=device
        )

    def __call__(self, x: Tensor) -> Tensor:
        """(B, L, D) → (B, L, D)."""
        x = self._attention(x)
        return x + self.mixture(self._norm(x).flatten(0, 1)).view_as(x)


class Block:
    """One look at the spectrum, then the layers within the frame and over time."""

    def __init__(
        self,
        config: PerceiverConfig,
        tensors: Tensors,
        prefix: str,
        turns: Mapping[str, Rotation],
        device: torch.device,
    ) -> None:
        """Pack the weights of `prefix`."""
        self.look = Attention(config, tensors, f"{prefix}spectral_cross_attention.", turns["sca"], device)
        self.local = [
            Layer(config, tensors, f"{prefix}local_transformer.{i}.", turns["latent"], device)
            for i in range(config.n_local)
        ]
        self.temporal = [
            Layer(config, tensors, f"{prefix}temporal_transformer.{i}.", turns["temporal"], device)
            for i in range(config.n_temporal)
        ]

    def __call__(self, latents: Tensor, features: Tensor) -> Tensor:
        """(B, T, K, D) latents and (B, T, C, F) features → (B, T, K, D)."""
        n_segments, n_frames, n_latents, width = *features.shape[:2], *latents.shape[2:]
        x = self.look(latents.flatten(0, 1), features.flatten(0, 1))
        for layer in self.local:
            x = layer(x)
        x = x.view(n_segments, n_frames, n_latents, width).transpose(1, 2).flatten(0, 1)
        for layer in self.temporal:
            x = layer(x)
        return x.view(n_segments, n_latents, n_frames, width).transpose(1, 2)


class PerceiverEncoder:
    """All blocks; each reads the same features."""

    def __init__(self, config: PerceiverConfig, tensors: Tensors, prefix: str, device: torch.device) -> None:
        """Pack the weights.

        Args:
            config: sizes.
            tensors: at least those of `encoder_layout(config, prefix)`.
            prefix: what their names begin with.
            device: where to compute.
        """
        self._latents = tensors[f"{prefix}latent_array.latents"].to(device, torch.float32, copy=True)
        places = torch.linspace(-1, 1, config.n_latents)
        positions = {"sca": places, "latent": places, "temporal": torch.arange(config.n_frames)}
        turns = {
            owner: Rotation(positions[owner], tensors[f"{prefix}rotary_emb_{owner}.freqs"], device)
            for owner in ROTARY_OWNERS
        }
        self.blocks = [
            Block(config, tensors, f"{prefix}blocks.{i}.", turns, device) for i in range(config.n_blocks)
        ]

    def __call__(self, features: Tensor) -> Tensor:
        """(B, T, C, F) → (B, T, K, D); there is no norm at the end."""
        x = self._latents.expand(*features.shape[:2], -1, -1)
        for block in self.blocks:
            x = block(x, features)
        return x
