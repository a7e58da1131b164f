"""Rows of a T5 decoder in flight with static shapes: the `RowBatch` for graphics cards.

On a graphics card a step is bound by its some 190 launches, not by bytes, so all rows share one masked buffer
whose length only grows, the likeliest id and the next embedding are taken on the card, and the host looks at
the ids every few steps. Static shapes let `cuda_graph` record a step once and replay it.

Letters: D width, S frames of an encoder output, C places for ids, W rows of the window, N rows computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mt3_desktop.core.nn.attention import CrossCache, attend
from mt3_desktop.core.nn.t5 import T5Decoder, normed

LENGTHS = (128, 256, 512, 1024)
WIDTHS = (1, 4, 8, 16, 32, 64, 96)

Shapes = tuple[int, int, int]
"""Width, length of the rows' own cache, and of the encoder outputs: what a step's memory depends on."""

Runner = Callable[[Shapes, Callable[[], None], Sequence[Tensor]], None]
"""(shapes, the step, tensors that the step changes besides its caches) → the step was run once."""


def run_eagerly(_key: Shapes, step: Callable[[], None], _state: Sequence[Tensor]) -> None:
    """Run a step as it is."""
    step()


class PaddedRows:
    """Rows side by side in one buffer, several steps between two looks of the host."""

    def __init__(self, decoder: T5Decoder, *, window: int, steps: int, run: Runner = run_eagerly) -> None:
        """An empty batch.

        Args:
            decoder: the network.
            window: rows at most.
            steps: steps between two looks; a row that ends in between computes a few ids for nothing.
            run: runs a step, or replays its recording.
        """
        self._decoder = decoder
        self._window = window
        self._steps = steps
        self._run = run
        self._lengths: list[int] = []
        self._cross: CrossCache | None = None
        device = decoder.device
        self._ids = torch.zeros(window, dtype=torch.int64, device=device)
        self._places = torch.zeros(window, dtype=torch.int64, device=device)
        self._rows = torch.arange(window, device=device)
        self._caches = self._new_caches(LENGTHS[0])

    def __len__(self) -> int:
        return len(self._lengths)

    def admissible(self) -> int:
        """See `RowBatch`: the buffers are as wide as the window."""
        return self._window - len(self._lengths)

    def surplus(self) -> int:
        """See `RowBatch`: none, all rows have a place up to the longest length."""
        return 0

    @torch.inference_mode()
    def admit(self, encoded: Tensor) -> None:
        """See `RowBatch`."""
        if self._cross is None or self._cross.n_frames != encoded.shape[1]:
            assert not self._lengths, "all rows in flight have outputs of one length"
            shape = self._decoder.cache_shape()
            self._cross = CrossCache(
                shape, window=self._window, n_frames=encoded.shape[1], device=self._decoder.device
            )
        start, end = len(self._lengths), len(self._lengths) + len(encoded)
        self._decoder.write_cross(self._cross, encoded)
        self._places[start:end] = 0
        self._lengths.extend([0] * len(encoded))

    @torch.inference_mode()
    def remove(self, place: int) -> None:
        """See `RowBatch`."""
        assert self._cross is not None
        self._cross.remove(place)
        last = len(self._lengths) - 1
        if place != last:
            self._caches[:, :, place].copy_(self._caches[:, :, last])
            self._places[place] = self._places[last]
        self._lengths[place] = self._lengths[-1]
        self._lengths.pop()

    @torch.inference_mode()
    def advance(self, ids: Tensor) -> Tensor:
        """See `RowBatch`; `steps` of them."""
        n_rows = len(self._lengths)
        self._make_room(max(self._lengths) + self._steps)
        self._ids[:n_rows] = ids.to(self._decoder.device)
        width = next((width for width in WIDTHS if n_rows <= width <= self._window), self._window)
        assert self._cross is not None
        key = (width, self._caches.shape[4], self._cross.n_frames)
        drawn = torch.empty(self._steps, n_rows, dtype=torch.int64, device=self._decoder.device)
        for step in range(self._steps):
            self._run(key, lambda: self._step(width), (self._ids, self._places))
            drawn[step].copy_(self._ids[:n_rows])
        self._lengths = [length + self._steps for length in self._lengths]
        return drawn.cpu()

    def _step(self, width: int) -> None:
        """Feed every row its last id; ids and places move on in their own tensors."""
        decoder, cross, config = self._decoder, self._cross, self._decoder.config
        assert cross is not None
        capacity = self._caches.shape[4]
        ids, places, rows = self._ids[:width], self._places[:width], self._rows[:width]
        heads = (config.num_heads, 1, config.d_kv)
        # Empty places, and rows that ended between two looks, go on for nothing, but not out of the cache.
        slots = places.clamp(max=capacity - 1)
        is_past = torch.arange(capacity, device=decoder.device) > places[:, None]
        mask = torch.zeros(width, capacity, device=decoder.device).masked_fill_(is_past, -torch.inf)
        x = decoder.embedding[ids] + decoder.positions[places]
        for index, layer in enumerate(decoder.layers):
            queries, *new = layer.qkv(normed(x, config.layer_norm_epsilon)).view(width, 3, *heads).unbind(1)
            for cache, value in zip(self._caches[index, :, :width], new, strict=True):
                cache[rows, :, slots] = value[:, :, 0]
            keys, values = self._caches[index, :, :width].unbind(0)
            heard = attend(queries, keys, values, mask[:, None, None])
            x = x + layer.self_out(heard.flatten(1))
            query = layer.cross_query(normed(x, config.layer_norm_epsilon)).view(width, *heads)
            x = x + layer.cross_out(cross.attend(index, query, n_rows=width).flatten(1))
            x = x + layer.feed_forward(x)
        ids.copy_(decoder.logits(x).argmax(-1))
        places.add_(1).clamp_(max=len(decoder.positions) - 1)

    def _make_room(self, length: int) -> None:
        capacity = self._caches.shape[4]
        wanted = next((n for n in LENGTHS if n >= length), LENGTHS[-1])
        if wanted > capacity:
            grown = self._new_caches(wanted)
            grown[:, :, :, :, :capacity] = self._caches
            self._caches = grown

    def _new_caches(self, capacity: int) -> Tensor:
        """(layers, 2, W, H, C, E). Zeros: what is masked must be finite all the same."""
        shape = self._decoder.cache_shape()
        size = (shape.n_layers, 2, self._window, shape.n_heads, capacity, shape.head_width)
        return torch.zeros(size, device=self._decoder.device)
