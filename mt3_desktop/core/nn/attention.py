"""Attention as T5 has it, and the keys and values of the rows that are being decoded.

T5 does not divide the scores by anything, and has no mask but the causal one.

Letters: B batch, T queries, S keys, H heads, E width of a head, L layers, W rows of the window, N rows in
flight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

GROWTH_TOKENS = 128
FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class CacheShape:
    """Sizes of what is kept for a row.

    Attributes:
        n_layers: decoder layers (L).
        n_heads: heads (H).
        head_width: width of a head (E).
    """

    n_layers: int
    n_heads: int
    head_width: int

    def self_bytes(self, tokens: int) -> int:
        """Bytes of the keys and values of a row's own tokens, with room for the next."""
        return self._numbers(_rounded_up(tokens)) * FLOAT_BYTES

    def cross_bytes(self, n_frames: int) -> int:
        """Bytes of the keys and values of a row's encoder output."""
        return self._numbers(n_frames) * FLOAT_BYTES

    def _numbers(self, length: int) -> int:
        return 2 * self.n_layers * self.n_heads * self.head_width * length


def attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
    """Attention without a factor on the scores.

    Args:
        queries: (B, H, T, E).
        keys: (B, H, S, E).
        values: (B, H, S, E).
        mask: added to the scores; broadcastable to (B, H, T, S).

    Returns:
        (B, H, T, E).
    """
    return functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask, scale=1.0)


class CrossCache:
    """Keys and values of the encoder outputs of the rows in flight, computed once per row.

    The rows lie side by side in one buffer of W rows, so that one operation serves all of them. When a row
    leaves, the last one moves into its place.
    """

    def __init__(self, shape: CacheShape, *, window: int, n_frames: int, device: torch.device) -> None:
        # Memory of places that were never used is never touched, so a wide window costs a short file nothing.
        size = (shape.n_layers, 2, window, shape.n_heads, n_frames, shape.head_width)
        self._buffer = torch.empty(size, device=device)
        self.n_rows = 0

    @property
    def n_frames(self) -> int:
        """Rows of the encoder output per row of the window."""
        return self._buffer.shape[4]

    def write(self, layer: int, keys_values: Tensor) -> None:
        """Put the keys and values of new rows behind the present ones; `append` then counts them in.

        Args:
            layer: decoder layer.
            keys_values: (rows, S, 2, H, E).
        """
        target = self._buffer[layer, :, self.n_rows : self.n_rows + len(keys_values)]
        target.copy_(keys_values.permute(2, 0, 3, 1, 4))

    def append(self, count: int) -> None:
        """Count in rows whose keys and values all layers have written."""
        self.n_rows += count

    def remove(self, place: int) -> None:
        """Take a row out; the last one moves into its place."""
        self.n_rows -= 1
        if place != self.n_rows:
            self._buffer[:, :, place].copy_(self._buffer[:, :, self.n_rows])

    def attend(self, layer: int, queries: Tensor, *, n_rows: int | None = None) -> Tensor:
        """Attend to the encoder outputs.

        Args:
            layer: decoder layer.
            queries: (N, H, 1, E).
            n_rows: rows, if empty places shall be computed too (what comes out for them means nothing).

        Returns:
            (N, H, 1, E).
        """
        keys, values = self._buffer[layer, :, : n_rows or self.n_rows].unbind(0)
        return attend(queries, keys, values)


class RowCache:
    """Keys and values of one row's own tokens; the room grows in steps of `GROWTH_TOKENS`.

    Each row has a cache of its own: rows of a refilled window are of all ages, and in a common buffer every
    one of them would read as much as the oldest (measured with 32 rows of 5 to 300 tokens: 36 ms a step in a
    common masked buffer, 23 ms row by row).
    """

    __slots__ = ("_buffer", "length")

    def __init__(self, shape: CacheShape, device: torch.device) -> None:
        size = (shape.n_layers, 2, shape.n_heads, GROWTH_TOKENS, shape.head_width)
        self._buffer = torch.empty(size, device=device)
        self.length = 0

    def extend(self) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
        """Make room for one more token.

        Returns:
            Two views per layer: where to write the new token's (2, H, E) keys and values, and the
            (2, H, length, E) keys and values of all tokens, the new one included.
        """
        capacity = self._buffer.shape[3]
        if self.length == capacity:
            n_layers, two, n_heads, _, head_width = self._buffer.shape
            grown = self._buffer.new_empty(n_layers, two, n_heads, capacity + GROWTH_TOKENS, head_width)
            grown[:, :, :, :capacity] = self._buffer
            self._buffer = grown
        self.length += 1
        return (
            self._buffer.select(3, self.length - 1).unbind(0),
            self._buffer.narrow(3, 0, self.length).unbind(0),
        )


def _rounded_up(tokens: int) -> int:
    return -(-max(1, tokens) // GROWTH_TOKENS) * GROWTH_TOKENS
