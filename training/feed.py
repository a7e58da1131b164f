"""Examples of consecutive seeds: made here, or ahead of time by other processes.

Either way the same seeds come in the same order, so a run does not depend on how many cores made its data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch

from mt3_desktop.core.nn.lite_features import FrontEnd, LiteConfig
from training.bank import Bank
from training.examples import Example, make_example

AHEAD = 4
"""Examples that are asked for ahead of time, for each worker."""


def made_here(bank: Bank, front_end: FrontEnd, first_seed: int) -> Iterator[Example]:
    """Examples from `first_seed` on, each made when it is wanted."""
    seed = first_seed
    while True:
        yield make_example(seed, bank, front_end)
        seed += 1


def made_ahead(
    paths: Sequence[Path], config: LiteConfig, first_seed: int, n_workers: int
) -> Iterator[Example]:
    """The same examples, made by `n_workers` processes that each load the bank."""
    with ProcessPoolExecutor(
        n_workers, get_context("spawn"), initializer=_start, initargs=(tuple(paths), config)
    ) as pool:
        waiting: deque[Future[Example]] = deque()
        seed = first_seed
        while True:
            while len(waiting) < AHEAD * n_workers:
                waiting.append(pool.submit(_make, seed))
                seed += 1
            yield waiting.popleft().result()


class _Maker:
    """What a worker process keeps between examples; filled by `_start`."""

    bank: Bank
    front_end: FrontEnd


def _start(paths: tuple[Path, ...], config: LiteConfig) -> None:
    torch.set_num_threads(1)
    _Maker.bank = Bank.load(paths)
    _Maker.front_end = FrontEnd(config)


def _make(seed: int) -> Example:
    return make_example(seed, _Maker.bank, _Maker.front_end)
