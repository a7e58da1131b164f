"""YourMT3's streams, read as published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mt3_desktop.core.tokens.codec import Event, EventKind
from mt3_desktop.core.tokens.yourmt3 import YOURMT3, Held, TimedEvent, read_stream, segment_start, start_tick

GOLDEN = Path(__file__).parents[2] / "golden" / "yourmt3"
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "detok_cases.json").read_text(encoding="utf-8"))["cases"]


def streams(case: dict[str, Any]) -> Iterator[tuple[int, list[int], dict[str, Any]]]:
    """Segment number, tokens and what they tell, for every stream of a case."""
    for channel, told in case["expected"]["per_channel"].items():
        for index, expected in enumerate(told["segments"]):
            yield index, case["tokens"].get(channel, [[339, 1]] * case["n_segments"])[index], expected


@pytest.mark.parametrize(
    ("token_id", "event"),
    [
        (0, None), (1, None), (2, None), (596, None),
        (3, Event(EventKind.SHIFT, 0)), (208, Event(EventKind.SHIFT, 205)),
        (209, Event(EventKind.PITCH, 0)), (336, Event(EventKind.PITCH, 127)),
        (337, Event(EventKind.VELOCITY, 0)), (338, Event(EventKind.VELOCITY, 1)),
        (339, Event(EventKind.TIE, 0)),
        (340, Event(EventKind.PROGRAM, 0)), (467, Event(EventKind.PROGRAM, 127)),
        (468, Event(EventKind.DRUM, 0)), (595, Event(EventKind.DRUM, 127)),
    ],
)  # fmt: skip
def test_vocabulary(token_id: int, event: Event | None) -> None:
    assert YOURMT3.event(token_id) == event


def test_start_ticks_round_halves_to_even() -> None:
    assert [start_tick(index) for index in (0, 1, 2, 80, 240)] == [0, 205, 410, 16384, 49150]
    assert segment_start(1) == 2.0479375


def test_one_stream_in_words() -> None:
    tie, eos = 339, 1
    read = read_stream(
        [340, 209 + 60, tie, 3 + 10, 338, 209 + 64, 468 + 36, 3 + 50, 337, 209 + 60, eos, 7], 1
    )
    assert read.ties == (Held(0, 60),)
    assert read.events == (
        TimedEvent(2.15, False, 64, 1, 0),
        TimedEvent(2.15, True, 36, 1, 0),
        TimedEvent(2.55, False, 60, 0, 0),
    )
    assert read.active == (Held(0, 64),)
    assert read.invalid == 0


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_golden_streams(case: dict[str, Any]) -> None:
    for index, tokens, expected in streams(case):
        read = read_stream(tokens, index)
        events = sorted(
            [event.is_drum, 128 if event.is_drum else event.program, event.time, event.velocity, event.pitch]
            for event in read.events
        )
        assert events == [
            [drum, program, pytest.approx(time, abs=1e-9), velocity, pitch]
            for drum, program, time, velocity, pitch in sorted(expected["note_events"])
        ]
        assert sorted(map(list, read.ties)) == sorted(expected["ties"])
        assert [list(held) for held in read.active] == expected["last_activity"]
        assert read.invalid == sum(expected["errors"].values())
