"""What waits for the worker: taken in order, once, and only beside what it goes with."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from mt3_desktop.app.waiting_line import Order, WaitingLine
from mt3_desktop.core.pipeline import Request


def order(job_id: int, **fields: Any) -> Order:  # Any: fields of Request
    return Order(job_id, Request(Path(f"{job_id}.wav"), **fields))


def test_orders_are_taken_in_turn() -> None:
    line = WaitingLine()
    first, second = order(1), order(2)
    line.put([first, second])
    assert [line.take(), line.take(), line.take()] == [first, second, None]


def test_the_order_of_the_list_counts() -> None:
    line = WaitingLine()
    first, second = order(1), order(2)
    line.put([first, second])
    line.put([second, first])
    assert line.take() is second


def test_what_was_taken_is_not_taken_again_until_it_is_done() -> None:
    line = WaitingLine()
    first, second = order(1), order(2)
    line.put([first, second])
    line.take()
    line.put([first, second])
    assert line.take() is second
    line.forget(first)
    line.put([first])
    assert line.take() is first


@pytest.mark.parametrize(
    ("fields", "goes"),
    [
        ({"model": "fake"}, True),
        ({"model": "fake", "accept_silent": True}, True),
        ({"model": "other"}, False),
        ({"model": "fake", "device": "cpu"}, False),
        ({"model": "fake", "options": MappingProxyType({"memory": 1})}, False),
    ],
)
def test_only_the_same_model_goes_along(fields: dict[str, Any], goes: bool) -> None:
    line = WaitingLine()
    first, second = order(1, model="fake"), order(2, **fields)
    line.put([first, second, order(3, model="fake")])
    assert line.take() is first
    assert (line.take(beside=first) is second) is goes, "nobody overtakes"
