"""`python -m benchmarks.steps`: what this machine can do, and how near one decoding step of MT3 comes to it.

A step must read the weights and every row's keys and values, and multiply. The floor is what that takes at
the speeds measured here: reading keys and values, and beside it the longer of reading weights and
multiplying. Times are processor time, the best of several, so that other programs disturb little.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from benchmarks import figures
from benchmarks.checkpoints import CONFIG, random_tensors
from mt3_desktop.core.nn.rows import T5Rows
from mt3_desktop.core.nn.t5 import T5Decoder, published_frequencies, sinusoids

N_FRAMES = 256
READ_BYTES = 256 * 2**20  # far more than any cache holds
GEMM_SIZE = 1024


@dataclass(frozen=True, slots=True)
class Machine:
    """One thread of it.

    Attributes:
        read_bytes: bytes read from memory per second.
        flops: float32 operations per second in a large product.
    """

    read_bytes: float
    flops: float


@dataclass(frozen=True, slots=True)
class Demand:
    """What one step must do at least.

    Attributes:
        weight_bytes: read once for all rows.
        cache_bytes: keys and values of all rows.
        flops: of all rows.
    """

    weight_bytes: float
    cache_bytes: float
    flops: float

    def floor(self, machine: Machine) -> float:
        """Seconds."""
        products = max(self.weight_bytes / machine.read_bytes, self.flops / machine.flops)
        return self.cache_bytes / machine.read_bytes + products


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("--rows", nargs="+", type=int, default=[1, 2, 4, 8, 15, 32])
    parser.add_argument("--place", type=int, default=100, help="ids that every row has already")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--save", action="store_true", help="make them the figures to compare with")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with torch.inference_mode():
        machine = measure_machine(args.repeats)
        rows: dict[str, dict[str, float]] = {
            "this machine": {"read GB/s": machine.read_bytes / 1e9, "GFLOP/s": machine.flops / 1e9}
        }
        for n_rows in args.rows:
            decoder = _decoder(single_row=n_rows == 1)
            seconds = measure_step(decoder, n_rows, args.place, args.repeats)
            floor = demand(n_rows, args.place).floor(machine)
            rows[f"{n_rows} rows"] = {
                "step ms": seconds * 1e3,
                "per row": seconds * 1e3 / n_rows,
                "floor ms": floor * 1e3,
                "x floor": seconds / floor,
            }
    figures.print_table(rows, figures.last("steps"), compared=("step ms", "x floor"))
    if args.save:
        figures.save(figures.FIGURES / "steps.json", rows)
    return 0


def measure_machine(repeats: int) -> Machine:
    """What one thread reads and multiplies."""
    numbers = torch.ones(READ_BYTES // 4)
    matrix = torch.randn(GEMM_SIZE, GEMM_SIZE)
    return Machine(
        read_bytes=READ_BYTES / best(numbers.sum, repeats),
        flops=2 * GEMM_SIZE**3 / best(lambda: matrix @ matrix, repeats),
    )


def measure_step(decoder: T5Decoder, n_rows: int, place: int, repeats: int) -> float:
    """Processor seconds of the steps around a place."""
    rows = T5Rows(decoder, window=n_rows)
    rows.admit(torch.randn(n_rows, N_FRAMES, CONFIG.d_model))
    ids = torch.arange(n_rows) + 3
    for _ in range(place - repeats // 2):
        rows.step(ids)
    return best(lambda: rows.step(ids), repeats)


def demand(n_rows: int, place: int) -> Demand:
    """What a step of MT3 must do at a place."""
    inner, width, layers = CONFIG.inner_width, CONFIG.d_model, CONFIG.num_decoder_layers
    # Queries, keys and values, and the way back; the query to the encoder and its way back; the gated layer.
    products = width * (4 * inner + 2 * inner + 3 * CONFIG.d_ff)
    weights = layers * products + width * CONFIG.vocab_size
    kept = layers * 2 * inner * (N_FRAMES + place)
    return Demand(4 * weights, 4 * kept * n_rows, 2 * (weights + kept) * n_rows)


def best(function: Callable[[], object], repeats: int) -> float:
    """The least processor seconds of several calls."""
    function()
    taken = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        taken.append(time.process_time() - started)
    return min(taken)


def _decoder(*, single_row: bool) -> T5Decoder:
    tensors = random_tensors(0)
    return T5Decoder(
        CONFIG,
        tensors,
        prefix="decoder.",
        embedding=tensors["decoder_embed_tokens.weight"],
        head=tensors["lm_head.weight"],
        positions=sinusoids(1024, published_frequencies(CONFIG.d_model)),
        device=torch.device("cpu"),
        single_row=single_row,
    )


if __name__ == "__main__":
    sys.exit(main())
