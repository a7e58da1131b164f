"""Notes to event streams: golden cases of the reference, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mt3_desktop.core.tokens.decoder import NoteDecoder
from mt3_desktop.core.tokens.encoder import FrameGrid, encode, trim_overlaps
from mt3_desktop.core.tokens.vocabulary import MT3, segment_start_tick
from mt3_desktop.core.values import Note, sort_key

GOLDEN = Path(__file__).parents[2] / "golden" / "mt3"
CASES: list[dict[str, Any]] = json.loads((GOLDEN / "encode_cases.json").read_text(encoding="utf-8"))
N_FRAMES_SEGMENT = 256


def _notes(rows: list[list[Any]]) -> list[Note]:
    return [Note(start, end, pitch, vel, program, drum) for start, end, pitch, vel, program, drum in rows]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_golden_case(case: dict[str, Any]) -> None:
    notes = _notes(case["notes"])
    if case["trim"]:
        notes = trim_overlaps(notes)
        key = sort_key
        assert sorted(notes, key=key) == sorted(_notes(case["trimmed_notes"]), key=key)
    grid = FrameGrid(case["num_samples"] // 128 + 1, frames_per_second=125)
    segments = [(s["start_frame"], s["num_frames"]) for s in case["segments"]]
    expected = [s["ids"] for s in case["segments"]]
    if expected[0] is None:
        with pytest.raises(ValueError, match="without notes"):
            list(encode(notes, codec=MT3, grid=grid, segments=segments))
        return
    assert [list(ids) for ids in encode(notes, codec=MT3, grid=grid, segments=segments)] == expected


NOTES = st.builds(
    lambda onset, length, pitch, program, is_drum: Note(
        onset / 100,
        (onset + (1 if is_drum else length)) / 100,
        pitch,
        127,
        0 if is_drum else program,
        is_drum,
    ),
    onset=st.integers(0, 560),
    length=st.integers(1, 300),
    pitch=st.integers(0, 127),
    program=st.integers(0, 127),
    is_drum=st.booleans(),
)


@given(st.lists(NOTES, min_size=1, max_size=40))
def test_notes_come_back_from_their_own_events(notes: list[Note]) -> None:
    notes = trim_overlaps(notes)
    n_frames = 1125
    segments = [(f, min(N_FRAMES_SEGMENT, n_frames - f)) for f in range(0, n_frames, N_FRAMES_SEGMENT)]
    streams = list(encode(notes, codec=MT3, grid=FrameGrid(n_frames, 125), segments=segments))
    starts = [segment_start_tick(i, segment_samples=32768, sample_rate=16000) for i in range(len(segments))]
    decoder = NoteDecoder(MT3)
    heard: list[Note] = []
    for ids, start, limit in zip(streams, starts, [*starts[1:], None], strict=True):
        told = decoder.feed(ids, start=start, limit=limit)
        assert told.dropped == 0
        heard += told.notes
    heard += decoder.finish()
    assert sorted(heard, key=sort_key) == sorted(notes, key=sort_key)
