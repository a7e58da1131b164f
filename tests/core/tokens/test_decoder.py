"""Event streams to notes: golden cases of the reference, the rules one by one, and what always holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mt3_desktop.core.tokens.decoder import NoteDecoder
from mt3_desktop.core.tokens.vocabulary import MT3, segment_start_tick
from mt3_desktop.core.values import Note

GOLDEN = Path(__file__).parents[2] / "golden" / "mt3"
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "detok_cases.json").read_text(encoding="utf-8"))

SHIFT, PITCH, OFF, ON, TIE, PROGRAM, DRUM, EOS = 3, 1004, 1132, 1133, 1134, 1135, 1263, 1


def decode(segments: list[tuple[int, list[int]]]) -> tuple[list[Note], int, int]:
    """All notes in the order in which they ended, and the invalid and dropped events."""
    decoder = NoteDecoder(MT3)
    notes: list[Note] = []
    invalid = dropped = 0
    starts = [start for start, _ in segments]
    for (start, ids), limit in zip(segments, [*starts[1:], None], strict=True):
        told = decoder.feed(ids, start=start, limit=limit)
        notes += told.notes
        invalid += told.invalid
        dropped += told.dropped
    return [*notes, *decoder.finish()], invalid, dropped


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_golden_case(case: dict[str, Any]) -> None:
    segments = sorted((round(s["start_time"] * 100), s["ids"]) for s in case["segments"])
    notes, invalid, dropped = decode(segments)
    assert [(n.pitch, n.velocity, n.program, n.is_drum) for n in notes] == [
        (pitch, velocity, program, is_drum) for _, _, pitch, velocity, program, is_drum, *_ in case["notes"]
    ]
    times = [time for note in notes for time in (note.onset, note.offset)]
    assert times == pytest.approx([time for note in case["notes"] for time in note[:2]], abs=1e-9)
    assert (invalid, dropped) == (case["invalid_events"], case["dropped_events"])


def test_segments_start_at_the_tick_that_contains_their_first_frame() -> None:
    ticks = [segment_start_tick(i, segment_samples=32768, sample_rate=16000) for i in (0, 1, 2, 3, 15)]
    assert ticks == [0, 204, 409, 614, 3072]


def test_a_held_note_is_sounding_until_it_ends() -> None:
    decoder = NoteDecoder(MT3)
    told = decoder.feed([TIE, SHIFT + 10, PROGRAM + 33, ON, PITCH + 40, EOS], start=0, limit=204)
    assert told.notes == ()
    assert decoder.sounding(until=204) == (Note(0.1, 2.04, 40, 127, 33),)
    told = decoder.feed(
        [PROGRAM + 33, PITCH + 40, TIE, SHIFT + 50, OFF, PITCH + 40, EOS], start=204, limit=None
    )
    assert told.notes == (Note(0.1, 2.54, 40, 127, 33),)
    assert decoder.sounding(until=408) == ()
    assert decoder.finish() == ()


def test_a_note_that_starts_at_the_very_end_is_drawn_with_a_length() -> None:
    decoder = NoteDecoder(MT3)
    decoder.feed([TIE, SHIFT + 204, ON, PITCH + 40, EOS], start=0, limit=204)
    assert decoder.sounding(until=204) == (Note(2.04, 2.05, 40, 127, 0),)


def test_a_velocity_that_was_never_said_is_100() -> None:
    notes, _, _ = decode([(0, [TIE, PITCH + 60, SHIFT + 9, DRUM + 36, EOS])])
    assert {note.velocity for note in notes} == {100}


ANY_SEGMENTS = st.lists(
    st.lists(
        st.one_of(
            st.integers(0, 1535),
            st.sampled_from([EOS, TIE, ON, OFF, PITCH + 60, PITCH + 61, PROGRAM, PROGRAM + 5, DRUM + 36]),
            st.integers(SHIFT, SHIFT + 250),
        ),
        max_size=60,
    ),
    min_size=1,
    max_size=6,
)


@given(ANY_SEGMENTS)
def test_no_ids_break_the_decoder_and_every_note_is_a_note(segments: list[list[int]]) -> None:
    placed = [(204 * index, ids) for index, ids in enumerate(segments)]
    notes, invalid, dropped = decode(placed)
    assert all(note.offset >= note.onset + 0.0099 for note in notes)
    assert all(0 <= note.pitch <= 127 and note.velocity in {100, 127} for note in notes)
    assert 0 <= invalid + dropped <= sum(map(len, segments))


@given(ANY_SEGMENTS)
def test_what_sounds_ends_later_or_at_the_finish(segments: list[list[int]]) -> None:
    decoder = NoteDecoder(MT3)
    begun: set[tuple[float, int, int]] = set()
    ended: list[Note] = []
    for index, ids in enumerate(segments):
        ended += decoder.feed(ids, start=204 * index, limit=204 * (index + 1)).notes
        begun |= {(n.onset, n.pitch, n.program) for n in decoder.sounding(until=204 * (index + 1))}
    ended += decoder.finish()
    assert begun <= {(n.onset, n.pitch, n.program) for n in ended if not n.is_drum}
    assert decoder.sounding(until=0) == ()


def test_a_resumed_run_takes_over_the_notes_of_its_first_tie_section() -> None:
    decoder = NoteDecoder(MT3, resumes=True)
    told = decoder.feed(
        [PROGRAM + 33, PITCH + 40, TIE, SHIFT + 5, OFF, PITCH + 40, EOS], start=204, limit=409
    )
    assert (told.notes, told.invalid) == ((Note(2.04, 2.09, 40, 127, 33),), 0)
    told = decoder.feed([PITCH + 41, TIE, EOS], start=409, limit=None)
    assert (told.notes, told.invalid) == ((), 1)
