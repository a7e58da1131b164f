"""The floor of a decoding step."""

from __future__ import annotations

import pytest

from benchmarks import steps


def test_the_floor_counts_what_a_step_must_read_and_multiply() -> None:
    alone, many = steps.demand(1, 100), steps.demand(88, 100)
    assert alone.weight_bytes == many.weight_bytes == 4 * 22_806_528
    assert alone.cache_bytes == 4 * (2 * 8 * 384) * (256 + 100)
    assert many.cache_bytes == 88 * alone.cache_bytes
    machine = steps.Machine(read_bytes=10e9, flops=131e9)
    assert alone.floor(machine) == pytest.approx(9.12e-3 + 0.87e-3, rel=0.01)  # bound by reading the weights
    assert many.floor(machine) == pytest.approx(77e-3 + 33.6e-3, rel=0.01)  # bound by multiplying
