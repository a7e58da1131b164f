"""T5 with fixed sinusoidal positions, as MT3, MR-MT3 and YourMT3's decoder have it.

Weights are kept K-major (`x @ W`), with the projections that read the same input side by side and the scale
of the norm before them folded in: the same numbers in fewer and faster products.

Letters: B batch, T frames, S frames of an encoder output, D width, H heads, E width of a head, V vocabulary,
N rows in flight.

Source: Raffel et al., Exploring the Limits of Transfer Learning (JMLR 2020); Shazeer, GLU Variants Improve
Transformer (2020); Gardner et al., MT3 (ICLR 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mt3_desktop.core.nn.attention import CacheShape, CrossCache, attend
from mt3_desktop.core.nn.dense import Dense, packed

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class T5Config:
    """Sizes of a network; names as in a published `config.json`.

    Attributes:
        d_model: width (D).
        d_kv: width of a head (E).
        num_heads: heads (H); H * E may differ from D.
        d_ff: width of the feed-forward layers.
        num_layers: encoder layers.
        num_decoder_layers: decoder layers.
        vocab_size: logits (V).
        layer_norm_epsilon: added to the mean square.
    """

    d_model: int
    d_kv: int
    num_heads: int
    d_ff: int
    num_layers: int
    num_decoder_layers: int
    vocab_size: int
    layer_norm_epsilon: float = 1e-6

    @property
    def inner_width(self) -> int:
        """H * E."""
        return self.num_heads * self.d_kv


def sinusoids(length: int, inverse_frequencies: Tensor) -> Tensor:
    """Table of positions: sines in the first half, cosines in the second.

    Args:
        length: positions.
        inverse_frequencies: (D / 2,) radians per position.

    Returns:
        (length, D) float32.
    """
    # The published tables are float32 products of float32 frequencies: no double precision here.
    angles = torch.arange(length, dtype=torch.float32)[:, None] * inverse_frequencies.float()
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def published_frequencies(width: int) -> Tensor:
    """(width / 2,) float32 radians per position that PyTorch checkpoints store: 10000 ** (-2 k / width)."""
    return 1.0 / 10000 ** (torch.arange(0, width, 2, dtype=torch.float32) / width)


def magenta_frequencies(width: int) -> Tensor:
    """(width / 2,) float32 radians per position of the original training: 10000 ** (-k / (width / 2 - 1))."""
    half = width // 2
    return 10000 ** (-torch.arange(half, dtype=torch.float64) / (half - 1)).float()


def encoder_layout(config: T5Config, *, prefix: str, n_layers: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of an encoder's layers and final norm."""
    layout: dict[str, tuple[int, ...]] = {f"{prefix}final_layer_norm.weight": (config.d_model,)}
    for layer in range(n_layers):
        start = f"{prefix}block.{layer}.layer."
        layout |= _attention_layout(config, start + "0.", "SelfAttention")
        layout |= _feed_forward_layout(config, start + "1.")
    return layout


def decoder_layout(config: T5Config, *, prefix: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a decoder's layers and final norm."""
    layout: dict[str, tuple[int, ...]] = {f"{prefix}final_layer_norm.weight": (config.d_model,)}
    for layer in range(config.num_decoder_layers):
        start = f"{prefix}block.{layer}.layer."
        layout |= _attention_layout(config, start + "0.", "SelfAttention")
        layout |= _attention_layout(config, start + "1.", "EncDecAttention")
        layout |= _feed_forward_layout(config, start + "2.")
    return layout


def _attention_layout(config: T5Config, start: str, kind: str) -> dict[str, tuple[int, ...]]:
    inner, width = config.inner_width, config.d_model
    projections = {f"{start}{kind}.{name}.weight": (inner, width) for name in "qkv"}
    return projections | {f"{start}{kind}.o.weight": (width, inner), f"{start}layer_norm.weight": (width,)}


def _feed_forward_layout(config: T5Config, start: str) -> dict[str, tuple[int, ...]]:
    width, hidden = config.d_model, config.d_ff
    return {
        f"{start}DenseReluDense.wi_0.weight": (hidden, width),
        f"{start}DenseReluDense.wi_1.weight": (hidden, width),
        f"{start}DenseReluDense.wo.weight": (width, hidden),
        f"{start}layer_norm.weight": (width,),
    }


def normed(x: Tensor, epsilon: float) -> Tensor:
    """Root-mean-square norm, x / sqrt(mean(x²) + epsilon); its scale is in the weights that follow."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon)


class _FeedForward:
    """WO(gelu(W0 y) * (W1 y)) of the normed input."""

    def __init__(self, tensors: Tensors, start: str, epsilon: float, device: torch.device) -> None:
        dense = f"{start}DenseReluDense."
        scale = tensors[f"{start}layer_norm.weight"]
        self._gate_up = packed(
            (tensors[f"{dense}wi_0.weight"], tensors[f"{dense}wi_1.weight"]), device, scale=scale
        )
        self._down = packed((tensors[f"{dense}wo.weight"],), device)
        self._epsilon = epsilon

    def __call__(self, x: Tensor) -> Tensor:
        """(..., D) → (..., D), to be added."""
        gate, up = (normed(x, self._epsilon) @ self._gate_up).chunk(2, dim=-1)
        return (functional.gelu(gate, approximate="tanh") * up) @ self._down


class _EncoderLayer:
    def __init__(self, tensors: Tensors, start: str, config: T5Config, device: torch.device) -> None:
        name = f"{start}0.SelfAttention."
        self._qkv = packed(
            (tensors[f"{name}{part}.weight"] for part in "qkv"),
            device,
            scale=tensors[f"{start}0.layer_norm.weight"],
        )
        self._out = packed((tensors[f"{name}o.weight"],), device)
        self._feed_forward = _FeedForward(tensors, f"{start}1.", config.layer_norm_epsilon, device)
        self._config = config

    def __call__(self, x: Tensor, n_outputs: int | None = None) -> Tensor:
        """(B, T, D) → (B, T or n_outputs, D): the first ones, which attend to all T."""
        config = self._config
        projected = normed(x, config.layer_norm_epsilon) @ self._qkv
        split = projected.view(*x.shape[:2], 3, config.num_heads, config.d_kv)
        q, k, v = split.permute(2, 0, 3, 1, 4).unbind(0)
        heard = attend(q[:, :, :n_outputs], k, v).transpose(1, 2).flatten(2)
        x = x[:, :n_outputs] + heard @ self._out
        return x + self._feed_forward(x)


class T5Encoder:
    """The encoder's layers and its final norm."""

    def __init__(
        self, config: T5Config, tensors: Tensors, *, prefix: str, n_layers: int, device: torch.device
    ) -> None:
        """Pack the weights.

        Args:
            config: sizes.
            tensors: at least those of `encoder_layout(config, prefix=prefix, n_layers=n_layers)`.
            prefix: what their names begin with.
            n_layers: layers.
            device: where to compute.
        """
        self._layers = [
            _EncoderLayer(tensors, f"{prefix}block.{layer}.layer.", config, device)
            for layer in range(n_layers)
        ]
        self._scale = tensors[f"{prefix}final_layer_norm.weight"].to(device, torch.float32, copy=True)
        self._epsilon = config.layer_norm_epsilon

    @torch.inference_mode()
    def __call__(self, x: Tensor, n_outputs: int | None = None) -> Tensor:
        """Encode.

        Args:
            x: (B, T, D) inputs with their positions added.
            n_outputs: how many of the first outputs are wanted, if not all.

        Returns:
            (B, T or n_outputs, D), normed.
        """
        last = len(self._layers) - 1
        for index, layer in enumerate(self._layers):
            x = layer(x, n_outputs if index == last else None)
        return normed(x, self._epsilon) * self._scale


class DecoderLayer:
    """One decoder layer's weights; the caches are the rows'.

    Attributes:
        qkv: D → queries, keys, values of the row itself (3 * H * E).
        self_out: H * E → D.
        cross_query: D → queries to the encoder output (H * E).
        cross_keys_values: (D, 2 * H * E), for encoder outputs.
        cross_out: H * E → D.
        gate_up: D → the two halves of the gated layer.
        down: its way back.
    """

    def __init__(
        self, tensors: Tensors, start: str, config: T5Config, device: torch.device, *, is_blocked: bool
    ) -> None:
        def dense(layer: int, *names: str, normed_by: int | None = None) -> Dense:
            scale = None if normed_by is None else tensors[f"{start}{normed_by}.layer_norm.weight"]
            parts = (tensors[f"{start}{layer}.{name}.weight"] for name in names)
            return Dense(packed(parts, device, scale=scale), is_blocked=is_blocked)

        own, other, gated = "SelfAttention", "EncDecAttention", "DenseReluDense"
        self.qkv = dense(0, f"{own}.q", f"{own}.k", f"{own}.v", normed_by=0)
        self.self_out = dense(0, f"{own}.o")
        self.cross_query = dense(1, f"{other}.q", normed_by=1)
        self.cross_keys_values = packed((tensors[f"{start}1.{other}.{part}.weight"] for part in "kv"), device)
        self.cross_out = dense(1, f"{other}.o")
        self.gate_up = dense(2, f"{gated}.wi_0", f"{gated}.wi_1", normed_by=2)
        self.down = dense(2, f"{gated}.wo")
        self._epsilon = config.layer_norm_epsilon

    def feed_forward(self, x: Tensor) -> Tensor:
        """(N, D) → (N, D), to be added."""
        gate, up = self.gate_up(normed(x, self._epsilon)).chunk(2, dim=-1)
        return self.down(functional.gelu(gate, approximate="tanh") * up)


class T5Decoder:
    """The decoder's weights: embedding, positions, layers, head.

    Attributes:
        config: sizes.
        device: where it computes.
        layers: packed weights of the layers.
        embedding: (V, D).
        positions: (P, D), added to the embedding of the id at each position.
        head: D → V, the final norm's scale folded in.
    """

    def __init__(
        self,
        config: T5Config,
        tensors: Tensors,
        *,
        prefix: str,
        embedding: Tensor,
        head: Tensor,
        positions: Tensor,
        device: torch.device,
        single_row: bool = False,
    ) -> None:
        """Pack the weights.

        Args:
            config: sizes.
            tensors: at least those of `decoder_layout(config, prefix=prefix)`.
            prefix: what their names begin with.
            embedding: (V, D) of the ids.
            head: (V, D) of the logits. A factor on the logits changes no greedy choice: leave it out.
            positions: (P, D); a row can have P ids, the start included.
            device: where to compute.
            single_row: there will mostly be one row, or a few.
        """
        self.config = config
        self.device = device
        is_blocked = device.type == "cpu" and not single_row
        self.layers = [
            DecoderLayer(tensors, f"{prefix}block.{layer}.layer.", config, device, is_blocked=is_blocked)
            for layer in range(config.num_decoder_layers)
        ]
        self.embedding = embedding.to(device, torch.float32, copy=True)
        self.positions = positions.to(device, torch.float32)
        head_matrix = packed((head,), device, scale=tensors[f"{prefix}final_layer_norm.weight"])
        self.head = Dense(head_matrix, is_blocked=is_blocked)

    def cache_shape(self) -> CacheShape:
        """What a row keeps."""
        return CacheShape(self.config.num_decoder_layers, self.config.num_heads, self.config.d_kv)

    def write_cross(self, cache: CrossCache, encoded: Tensor) -> None:
        """Compute the keys and values of new rows.

        Args:
            cache: where to append them.
            encoded: (rows, S, D).
        """
        heads = (2, self.config.num_heads, self.config.d_kv)
        for index, layer in enumerate(self.layers):
            projected = encoded @ layer.cross_keys_values
            cache.write(index, projected.view(*encoded.shape[:2], *heads))
        cache.append(len(encoded))

    def logits(self, x: Tensor) -> Tensor:
        """(N, D) outputs of the last layer → (N, V)."""
        return self.head(normed(x, self.config.layer_norm_epsilon))
