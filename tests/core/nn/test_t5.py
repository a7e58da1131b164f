"""The packed, cached network against a slow one that does what the formulas say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mt3_desktop.core.nn.attention import CacheShape
from mt3_desktop.core.nn.generate import Limits, Row, RowBatch, Window, greedy
from mt3_desktop.core.nn.padded_rows import PaddedRows, Shapes
from mt3_desktop.core.nn.rows import CACHE_BYTES, T5Rows, rows_for
from mt3_desktop.core.nn.t5 import (
    T5Config,
    T5Decoder,
    T5Encoder,
    decoder_layout,
    encoder_layout,
    magenta_frequencies,
    published_frequencies,
    sinusoids,
)

CPU = torch.device("cpu")
CONFIG = T5Config(d_model=32, d_kv=8, num_heads=3, d_ff=48, num_layers=2, num_decoder_layers=2, vocab_size=60)
N_FRAMES = 20


class SlowT5:
    """T5 in single steps: one head, one layer, the whole prefix anew for every id."""

    def __init__(self, config: T5Config, tensors: dict[str, Tensor], positions: Tensor) -> None:
        self.config = config
        self.tensors = tensors
        self.positions = positions

    def encode(self, x: Tensor) -> Tensor:
        x = x + self.positions[: len(x)]
        for layer in range(self.config.num_layers):
            start = f"encoder.block.{layer}.layer."
            y = self._norm(x, f"{start}0.layer_norm")
            x = x + self._attention(f"{start}0.SelfAttention", y, y)
            x = x + self._feed_forward(f"{start}1", x)
        return self._norm(x, "encoder.final_layer_norm")

    def logits(self, ids: list[int], encoded: Tensor) -> Tensor:
        x = self.tensors["embedding"][ids] + self.positions[: len(ids)]
        mask = torch.full((len(ids), len(ids)), -torch.inf).triu(1)
        for layer in range(self.config.num_decoder_layers):
            start = f"decoder.block.{layer}.layer."
            y = self._norm(x, f"{start}0.layer_norm")
            x = x + self._attention(f"{start}0.SelfAttention", y, y, mask)
            x = x + self._attention(
                f"{start}1.EncDecAttention", self._norm(x, f"{start}1.layer_norm"), encoded
            )
            x = x + self._feed_forward(f"{start}2", x)
        return functional.linear(self._norm(x, "decoder.final_layer_norm"), self.tensors["head"])[-1]

    def greedy(self, encoded: Tensor, max_ids: int) -> list[int]:
        ids = [0]
        while len(ids) <= max_ids and (len(ids) == 1 or ids[-1] != 1):
            ids.append(int(self.logits(ids, encoded).argmax()))
        return ids[1:]

    def _norm(self, x: Tensor, name: str) -> Tensor:
        return self.tensors[f"{name}.weight"] * x / (x.pow(2).mean(-1, keepdim=True) + 1e-6).sqrt()

    def _attention(self, name: str, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        q, k, v = (
            functional.linear(source, self.tensors[f"{name}.{part}.weight"]).split(self.config.d_kv, -1)
            for part, source in (("q", x), ("k", memory), ("v", memory))
        )
        heads = []
        for query, key, value in zip(q, k, v, strict=True):
            scores = query @ key.T if mask is None else query @ key.T + mask
            heads.append(scores.softmax(-1) @ value)
        return functional.linear(torch.cat(heads, -1), self.tensors[f"{name}.o.weight"])

    def _feed_forward(self, start: str, x: Tensor) -> Tensor:
        y = self._norm(x, f"{start}.layer_norm")
        dense = f"{start}.DenseReluDense"
        gate = functional.linear(y, self.tensors[f"{dense}.wi_0.weight"])
        gelu = 0.5 * gate * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (gate + 0.044715 * gate**3)))
        return functional.linear(
            gelu * functional.linear(y, self.tensors[f"{dense}.wi_1.weight"]),
            self.tensors[f"{dense}.wo.weight"],
        )


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(3)
    layout = {
        **encoder_layout(CONFIG, prefix="encoder.", n_layers=CONFIG.num_layers),
        **decoder_layout(CONFIG, prefix="decoder."),
        "embedding": (CONFIG.vocab_size, CONFIG.d_model),
        "head": (CONFIG.vocab_size, CONFIG.d_model),
    }
    made = {
        name: torch.randn(shape, generator=generator) * (1.0 if len(shape) == 1 else shape[1] ** -0.5 * 2)
        for name, shape in layout.items()
    }
    for name, tensor in made.items():
        if tensor.ndim == 1:
            made[name] = 1 + 0.1 * tensor
    return made


@pytest.fixture(scope="module")
def positions() -> Tensor:
    return sinusoids(300, published_frequencies(CONFIG.d_model))


@pytest.fixture(scope="module")
def decoder(tensors: dict[str, Tensor], positions: Tensor) -> T5Decoder:
    return T5Decoder(
        CONFIG,
        tensors,
        prefix="decoder.",
        embedding=tensors["embedding"],
        head=tensors["head"],
        positions=positions,
        device=CPU,
    )


@pytest.fixture(scope="module")
def encoded() -> Tensor:
    return torch.randn(7, N_FRAMES, CONFIG.d_model, generator=torch.Generator().manual_seed(5))


def decode(
    decoder: T5Decoder, encoded: Tensor, *, width: int, max_ids: int = 60, memory_bytes: int = 10**9
) -> list[tuple[int, ...]]:
    batch = T5Rows(decoder, window=width, memory_bytes=memory_bytes)
    return decode_with(batch, encoded, width=width, max_ids=max_ids)


def decode_with(batch: RowBatch, encoded: Tensor, *, width: int, max_ids: int) -> list[tuple[int, ...]]:
    def rows() -> Iterator[Row[int]]:
        yield from (Row(key, row) for key, row in enumerate(encoded.cpu()))

    window = Window(rows=width, opening=max(1, width // 2))
    done = greedy(batch, rows(), limits=Limits(max_ids), window=window)
    return [result.ids for result in sorted(done, key=lambda result: result.key)]


def test_encoder_is_the_formula(tensors: dict[str, Tensor], positions: Tensor) -> None:
    x = torch.randn(2, N_FRAMES, CONFIG.d_model, generator=torch.Generator().manual_seed(1))
    encoder = T5Encoder(CONFIG, tensors, prefix="encoder.", n_layers=CONFIG.num_layers, device=CPU)
    slow = SlowT5(CONFIG, tensors, positions)
    fast = encoder(x + positions[:N_FRAMES])
    torch.testing.assert_close(fast, torch.stack([slow.encode(row) for row in x]), atol=1e-4, rtol=1e-4)
    first = encoder(x + positions[:N_FRAMES], n_outputs=3)
    torch.testing.assert_close(first, fast[:, :3], atol=1e-5, rtol=1e-5)


def test_cached_ids_are_those_of_the_whole_prefix(
    decoder: T5Decoder, tensors: dict[str, Tensor], positions: Tensor, encoded: Tensor
) -> None:
    slow = SlowT5(CONFIG, tensors, positions)
    wanted = [slow.greedy(row, 60) for row in encoded]
    assert len({len(ids) for ids in wanted}) > 1, "rows of unequal lengths are the point"
    assert [list(ids) for ids in decode(decoder, encoded, width=3)] == wanted


@pytest.mark.parametrize("width", [1, 2, 7])
def test_many_rows_are_decoded_as_one_by_one(decoder: T5Decoder, encoded: Tensor, width: int) -> None:
    alone = [decode(decoder, row[None], width=1, max_ids=250)[0] for row in encoded]
    assert decode(decoder, encoded, width=width, max_ids=250) == alone


def test_little_memory_changes_nothing_but_the_order(decoder: T5Decoder, encoded: Tensor) -> None:
    ample = decode(decoder, encoded, width=7, max_ids=290)
    shape = decoder.cache_shape()
    row_bytes = shape.self_bytes(290) + shape.cross_bytes(N_FRAMES)
    assert decode(decoder, encoded, width=7, max_ids=290, memory_bytes=2 * row_bytes) == ample
    assert decode(decoder, encoded, width=7, max_ids=290, memory_bytes=1) == ample


def test_memory_is_kept_by_sending_rows_back(decoder: T5Decoder, encoded: Tensor) -> None:
    shape = decoder.cache_shape()
    batch = T5Rows(decoder, window=4, memory_bytes=4 * (shape.self_bytes(1) + shape.cross_bytes(N_FRAMES)))
    batch.admit(encoded[:4])
    assert batch.surplus() == 0
    assert batch.admissible() == 0
    for _ in range(128):
        batch.step(torch.zeros(len(batch), dtype=torch.int64))
    assert batch.surplus() == 2, "four rows need twice the memory for one more id"


def test_the_two_position_formulas_part_slowly() -> None:
    published, magenta = (sinusoids(1024, f(512)) for f in (published_frequencies, magenta_frequencies))
    torch.testing.assert_close(published[0], magenta[0])
    assert published.shape == (1024, 512)
    assert published[300, 0] == pytest.approx(torch.tensor(300.0).sin().item(), abs=1e-5)
    phase = 255 * (published_frequencies(512) - magenta_frequencies(512))
    assert phase.abs().max().item() == pytest.approx(0.37, abs=0.01)


@pytest.mark.parametrize(("width", "steps"), [(1, 1), (3, 1), (3, 16), (7, 5)])
def test_static_shapes_give_the_same_ids(decoder: T5Decoder, encoded: Tensor, width: int, steps: int) -> None:
    wanted = decode(decoder, encoded, width=width, max_ids=280)
    batch = PaddedRows(decoder, window=width, steps=steps)
    assert decode_with(batch, encoded, width=width, max_ids=280) == wanted


def test_a_runner_sees_one_key_per_shape(decoder: T5Decoder, encoded: Tensor) -> None:
    keys: list[Shapes] = []

    def run(key: Shapes, step: Callable[[], None], state: Sequence[Tensor]) -> None:
        keys.append(key)
        kept = [tensor.clone() for tensor in state]
        step()  # tried out, as before a recording
        for tensor, value in zip(state, kept, strict=True):
            tensor.copy_(value)
        step()

    batch = PaddedRows(decoder, window=6, steps=4, run=run)
    assert decode_with(batch, encoded, width=6, max_ids=200) == decode(decoder, encoded, width=6, max_ids=200)
    assert set(keys) <= {(w, c, N_FRAMES) for w in (1, 4, 6) for c in (128, 256)}


@pytest.mark.cuda
@pytest.mark.parametrize("width", [1, 7])
def test_recorded_steps_on_a_graphics_card(
    tensors: dict[str, Tensor], positions: Tensor, decoder: T5Decoder, encoded: Tensor, width: int
) -> None:
    on_card = T5Decoder(
        CONFIG,
        tensors,
        prefix="decoder.",
        embedding=tensors["embedding"],
        head=tensors["head"],
        positions=positions,
        device=torch.device("cuda"),
    )
    found = decode_with(rows_for(on_card, window=width), encoded, width=width, max_ids=280)
    assert found == decode(decoder, encoded, width=width, max_ids=280)


def test_the_memory_set_aside_holds_a_full_window_of_usual_rows() -> None:
    shape = CacheShape(n_layers=8, n_heads=6, head_width=64)  # MT3's
    row_bytes = shape.self_bytes(T5Rows.RESERVED_TOKENS) + shape.cross_bytes(256)
    assert Window.for_device(CPU).rows * row_bytes <= CACHE_BYTES
