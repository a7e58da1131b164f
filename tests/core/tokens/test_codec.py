"""Ids and events of MT3's vocabulary."""

from __future__ import annotations

import pytest

from mt3_desktop.core.tokens.codec import Event, EventKind
from mt3_desktop.core.tokens.vocabulary import MT3


@pytest.mark.parametrize(
    ("token_id", "event"),
    [
        (3, Event(EventKind.SHIFT, 0)),
        (1003, Event(EventKind.SHIFT, 1000)),
        (1004, Event(EventKind.PITCH, 0)),
        (1131, Event(EventKind.PITCH, 127)),
        (1132, Event(EventKind.VELOCITY, 0)),
        (1133, Event(EventKind.VELOCITY, 1)),
        (1134, Event(EventKind.TIE, 0)),
        (1135, Event(EventKind.PROGRAM, 0)),
        (1262, Event(EventKind.PROGRAM, 127)),
        (1263, Event(EventKind.DRUM, 0)),
        (1390, Event(EventKind.DRUM, 127)),
    ],
)
def test_ranges_begin_and_end_where_published(token_id: int, event: Event) -> None:
    assert MT3.event(token_id) == event
    assert MT3.token_id(*event) == token_id


@pytest.mark.parametrize("token_id", [-1, 0, 1, 2, 1391, 1490, 1535, 9999])
def test_special_and_spare_ids_are_no_events(token_id: int) -> None:
    assert MT3.event(token_id) is None


def test_an_event_outside_the_vocabulary_has_no_id() -> None:
    with pytest.raises(ValueError, match="pitch 128"):
        MT3.token_id(EventKind.PITCH, 128)
