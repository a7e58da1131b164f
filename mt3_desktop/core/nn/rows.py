"""The rows of a T5 decoder in flight: what `generate.greedy` moves on.

Letters: D width, S frames of an encoder output, V vocabulary, N rows in flight.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mt3_desktop.core.nn.attention import Cohort, CrossCache, attend
from mt3_desktop.core.nn.cuda_graph import GraphRunner
from mt3_desktop.core.nn.generate import RowBatch
from mt3_desktop.core.nn.padded_rows import PaddedRows
from mt3_desktop.core.nn.t5 import T5Decoder, normed

CACHE_BYTES = 560_000_000
"""With the weights of MT3 and torch itself the process stays below 1.2 GB, however long the rows are."""

GPU_STEPS = 16
"""Steps between two looks of the host: waiting for the card once per step would cost as much as the step."""


def rows_for(decoder: T5Decoder, *, window: int) -> RowBatch:
    """An empty batch of the kind that suits the decoder's device.

    Args:
        decoder: the network.
        window: rows at most.
    """
    if decoder.device.type == "cpu":
        return T5Rows(decoder, window=window)
    if decoder.device.type == "cuda":
        return PaddedRows(decoder, window=window, steps=GPU_STEPS, run=GraphRunner())
    return PaddedRows(decoder, window=window, steps=GPU_STEPS)


class T5Rows:
    """Rows of a `T5Decoder` in flight, one id a step: the `RowBatch` for processors."""

    RESERVED_TOKENS = 384  # music seldom needs more for a segment; rows that do crowd out the youngest

    def __init__(self, decoder: T5Decoder, *, window: int, memory_bytes: int = CACHE_BYTES) -> None:
        """An empty batch.

        Args:
            decoder: the network.
            window: rows at most.
            memory_bytes: what keys and values may take; at least one row is decoded in any case.
        """
        self._decoder = decoder
        self._shape = decoder.cache_shape()
        self._window = window
        self._reserved = min(self.RESERVED_TOKENS, len(decoder.positions))
        self._memory_bytes = memory_bytes
        self._cross: CrossCache | None = None
        self._homes: list[Cohort] = []  # of the row at each place

    def __len__(self) -> int:
        return len(self._homes)

    def admissible(self) -> int:
        """See `RowBatch`; before the first row its size is unknown, and only the window limits."""
        if not self._homes:
            return self._window
        used = sum(self._shape.self_bytes(max(row.length, self._reserved)) for row in self._homes)
        return max(0, (self._self_bytes() - used) // self._shape.self_bytes(self._reserved))

    def surplus(self) -> int:
        """See `RowBatch`."""
        sizes = sorted(self._shape.self_bytes(row.length + 1) for row in self._homes)
        total, count = sum(sizes), 0
        while count < len(sizes) - 1 and total > self._self_bytes():
            total -= sizes[count]
            count += 1
        return count

    @torch.inference_mode()
    def admit(self, encoded: Tensor) -> None:
        """See `RowBatch`."""
        if self._cross is None or (not self._homes and self._cross.n_frames != encoded.shape[1]):
            self._cross = CrossCache(
                self._shape, window=self._window, n_frames=encoded.shape[1], device=self._decoder.device
            )
        self._decoder.write_cross(self._cross, encoded)
        places = range(len(self._homes), len(self._homes) + len(encoded))
        self._homes.extend([Cohort(self._shape, places)] * len(encoded))

    @torch.inference_mode()
    def remove(self, place: int) -> None:
        """See `RowBatch`."""
        assert self._cross is not None
        self._cross.remove(place)
        self._homes[place].remove(place)
        last = len(self._homes) - 1
        if place != last:
            self._homes[last].move(last, place)
            self._homes[place] = self._homes[last]
        self._homes.pop()

    @torch.inference_mode()
    def advance(self, ids: Tensor) -> Tensor:
        """See `RowBatch`; one step."""
        return self.step(ids).argmax(-1)[None]

    @torch.inference_mode()
    def step(self, ids: Tensor) -> Tensor:
        """Feed one id to every row.

        Args:
            ids: (N,) int64.

        Returns:
            (N, V) float32 logits.
        """
        decoder, cross = self._decoder, self._cross
        assert cross is not None
        positions = torch.tensor([row.length for row in self._homes])
        x = decoder.embedding[ids] + decoder.positions[positions]
        cohorts = [(cohort.selector(), cohort) for cohort in dict.fromkeys(self._homes)]
        for _, cohort in cohorts:
            cohort.extend()
        config = decoder.config
        heads = (config.num_heads, 1, config.d_kv)
        for index, layer in enumerate(decoder.layers):
            qkv = layer.qkv(normed(x, config.layer_norm_epsilon)).view(len(ids), 3, *heads)
            queries, new = qkv[:, 0], qkv[:, 1:, :, 0].transpose(0, 1)
            heard = torch.empty(len(ids), *heads)
            for selector, cohort in cohorts:
                heard[selector] = attend(queries[selector], *cohort.write(index, new[:, selector]))
            x = x + layer.self_out(heard.flatten(1))
            query = layer.cross_query(normed(x, config.layer_norm_epsilon)).view(len(ids), *heads)
            x = x + layer.cross_out(cross.attend(index, query).flatten(1))
            x = x + layer.feed_forward(x)
        return decoder.logits(x)

    def _self_bytes(self) -> int:
        """What the rows' own tokens may take: room for the encoder outputs of a full window is set aside."""
        assert self._cross is not None
        return self._memory_bytes - self._window * self._shape.cross_bytes(self._cross.n_frames)
