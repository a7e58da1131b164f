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

    Attributes:
        n_rows: rows in flight.
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


class Cohort:
    """Keys and values of the own tokens of rows that began together; the room grows in steps.

    Rows of a refilled window are of all ages. In a common masked buffer every one of them would read as much
    as the oldest (measured with 32 rows of 5 to 300 tokens: 36 ms a step, against 23 ms with buffers of their
    own); rows that began together are of one length and share a buffer and its operations.

    Attributes:
        places: place in the batch of each row.
        length: tokens of each row.
    """

    def __init__(self, shape: CacheShape, places: Sequence[int]) -> None:
        size = (2, len(places), shape.n_heads, GROWTH_TOKENS, shape.head_width)
        self._buffers = [torch.empty(size) for _ in range(shape.n_layers)]
        self.places = list(places)
        self.length = 0
        self._selector: slice | Tensor | None = None

    def selector(self) -> slice | Tensor:
        """Selects this cohort's rows from a tensor of all rows, in the order of its buffer."""
        if self._selector is None:
            first, count = self.places[0], len(self.places)
            is_run = self.places == list(range(first, first + count))
            self._selector = slice(first, first + count) if is_run else torch.tensor(self.places)
        return self._selector

    def move(self, place: int, to: int) -> None:
        """Note that a row has another place in the batch."""
        self.places[self.places.index(place)] = to
        self._selector = None

    def remove(self, place: int) -> None:
        """Take a row out; the last one of the cohort moves into its part of the buffer."""
        slot, last = self.places.index(place), len(self.places) - 1
        if slot != last:
            for buffer in self._buffers:
                buffer[:, slot, :, : self.length] = buffer[:, last, :, : self.length]
        self.places[slot] = self.places[last]
        self.places.pop()
        self._selector = None
        if 0 < 2 * len(self.places) <= self._buffers[0].shape[1]:
            self._resize(self._buffers[0].shape[3])

    def extend(self) -> None:
        """Make room for one more token; `write` then fills it, layer by layer."""
        if self.length == self._buffers[0].shape[3]:
            self._resize(self.length + GROWTH_TOKENS)
        self.length += 1

    def write(self, layer: int, new: Tensor) -> tuple[Tensor, Tensor]:
        """Put in the newest token's keys and values.

        Args:
            layer: decoder layer.
            new: (2, rows, H, E).

        Returns:
            (rows, H, length, E) keys and values of all tokens.
        """
        living = self._buffers[layer].narrow(1, 0, len(self.places))
        living.select(3, self.length - 1).copy_(new)
        keys, values = living.narrow(3, 0, self.length).unbind(0)
        return keys, values

    def _resize(self, capacity: int) -> None:
        """Move the living rows to buffers of their number; one layer at a time is in memory twice."""
        count = len(self.places)
        for layer, buffer in enumerate(self._buffers):
            two, _, n_heads, _, head_width = buffer.shape
            resized = buffer.new_empty(two, count, n_heads, capacity, head_width)
            resized[..., : self.length, :] = buffer[:, :count, :, : self.length]
            self._buffers[layer] = resized


def _rounded_up(tokens: int) -> int:
    return -(-max(1, tokens) // GROWTH_TOKENS) * GROWTH_TOKENS
