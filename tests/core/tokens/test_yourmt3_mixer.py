"""13 streams per segment become notes: as published, and with our rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mt3_desktop.core.tokens.yourmt3 import N_CHANNELS, segment_start
from mt3_desktop.core.tokens.yourmt3_mixer import PUBLISHED, MixedSegment, NoteMixer, NoteRules
from mt3_desktop.core.values import Note, sort_key

GOLDEN = Path(__file__).parents[2] / "golden" / "yourmt3"
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads((GOLDEN / "detok_cases.json").read_text(encoding="utf-8"))["cases"]
}
TIE, EOS = 339, 1
EMPTY = [TIE, EOS]
WHOLE = NoteRules()
RAW = replace(PUBLISHED, voices={})


def shift(ticks: int) -> int:
    return 3 + ticks


def on(pitch: int, program: int = 0) -> list[int]:
    return [340 + program, 338, 209 + pitch]


def off(pitch: int, program: int = 0) -> list[int]:
    return [340 + program, 337, 209 + pitch]


def case_segments(case: dict[str, Any]) -> Iterator[list[list[int]]]:
    for index in range(case["n_segments"]):
        yield [
            case["tokens"][str(channel)][index] if str(channel) in case["tokens"] else EMPTY
            for channel in range(N_CHANNELS)
        ]


def mixed(
    segments: Sequence[list[list[int]]], rules: NoteRules, *, first: int = 0
) -> tuple[list[MixedSegment], list[Note]]:
    """What every segment gives, and all notes."""
    n_channels = len(segments[0])
    mixer = NoteMixer(rules=rules, resumes=first > 0, n_channels=n_channels)
    parts = [mixer.feed(streams, first + index) for index, streams in enumerate(segments)]
    rest = mixer.finish(segment_start(first + len(segments)))
    return parts, sorted([*(note for part in parts for note in part.notes), *rest], key=sort_key)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_golden_notes(case: dict[str, Any]) -> None:
    parts, notes = mixed(list(case_segments(case)), RAW)
    found = [[n.is_drum, 128 if n.is_drum else n.program, n.pitch, n.onset, n.offset] for n in notes]
    wanted = [
        [drum, program, pitch, pytest.approx(onset, abs=1e-9), pytest.approx(offset, abs=1e-9)]
        for drum, program, onset, offset, pitch, _ in sorted(
            case["expected"]["mixed_notes"], key=lambda n: (n[2], n[0], n[1], n[4], n[3])
        )
    ]
    assert sorted(found, key=lambda n: (round(n[3], 6), n[0], n[1], n[2], n[4])) == wanted
    channels = case["expected"]["per_channel"].values()
    errors = sum(sum(part["errors"].values()) for channel in channels for part in channel["segments"])
    assert sum(part.invalid for part in parts) == errors


@pytest.mark.parametrize("rules", [PUBLISHED, WHOLE], ids=["published", "whole"])
@pytest.mark.parametrize(
    "case", [case for case in CASES.values() if 1 < case["n_segments"] < 10], ids=lambda c: c["id"]
)
def test_notes_given_out_are_final(case: dict[str, Any], rules: NoteRules) -> None:
    """Whatever follows, what was given out stays: every way to go on agrees on it."""
    segments = list(case_segments(case))
    for count in range(1, len(segments)):
        parts, _ = mixed(segments[:count], rules)
        early = {note for part in parts for note in part.notes}
        for following in (segments[count:], [[EMPTY] * N_CHANNELS], [[[EOS]] * N_CHANNELS]):
            _, notes = mixed([*segments[:count], *following], rules)
            assert early <= set(notes)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_notes_make_sense(case: dict[str, Any]) -> None:
    _, notes = mixed(list(case_segments(case)), WHOLE)
    ends: dict[tuple[bool, int, int], float] = {}
    for note in notes:
        key = (note.is_drum, note.program, note.pitch)
        assert note.onset >= ends.get(key, 0.0) - 1e-9
        assert note.offset > note.onset
        ends[key] = note.offset


class TestOurRules:
    def test_a_note_that_sounds_at_the_end_lasts_until_then(self) -> None:
        streams = [[[TIE, shift(10), *on(60), EOS]]]
        assert [(n.onset, n.offset) for n in mixed(streams, WHOLE)[1]] == [(0.1, 2.0479375)]
        assert [(n.onset, n.offset) for n in mixed(streams, PUBLISHED)[1]] == [(0.1, pytest.approx(0.11))]

    def test_a_long_note_stays(self) -> None:
        held = [340, 209 + 60, TIE, EOS]
        streams = [
            [[TIE, shift(10), *on(60), EOS]],
            *[[held]] * 6,
            [[340, 209 + 60, TIE, shift(20), *off(60), EOS]],
        ]
        assert [(n.onset, n.offset) for n in mixed(streams, WHOLE)[1]] == [(0.1, 14.54)]
        assert [(n.onset, n.offset) for n in mixed(streams, PUBLISHED)[1]] == [(0.1, pytest.approx(0.11))]

    def test_a_note_in_the_last_tick_ends_at_once_unless_it_is_continued(self) -> None:
        start = [[TIE, shift(205), *on(60), EOS]]
        later = [[TIE, shift(100), *on(62), shift(110), *off(62), EOS]]
        assert [(n.pitch, n.onset, n.offset) for n in mixed([start, [EMPTY], later], WHOLE)[1]] == [
            (60, 2.05, pytest.approx(2.06)), (62, 5.1, 5.2),
        ]  # fmt: skip
        tied = [[340, 209 + 60, TIE, shift(100), *off(60), EOS]]
        assert [(n.onset, n.offset) for n in mixed([start, tied], WHOLE)[1]] == [(2.05, 3.05)]

    def test_singers_are_voices_in_general_midi(self) -> None:
        streams = [[[TIE, shift(1), *on(60, 100), *on(64, 101), shift(9), *off(60, 100), *off(64, 101), EOS]]]
        assert [n.program for n in mixed(streams, WHOLE)[1]] == [52, 53]
        assert [n.program for n in mixed(streams, PUBLISHED)[1]] == [52, 53]
        assert [n.program for n in mixed(streams, RAW)[1]] == [100, 101]


class TestStreaming:
    def test_a_held_note_is_sounding_and_then_final(self) -> None:
        parts, notes = mixed(
            [[[TIE, shift(10), *on(60), EOS]], [[340, 209 + 60, TIE, shift(20), *off(60), EOS]]], WHOLE
        )
        assert [part.notes for part in parts] == [(), (notes[0],)]
        assert [(n.onset, n.offset) for n in parts[0].sounding] == [(0.1, 2.0479375)]
        assert parts[1].sounding == ()

    def test_a_later_onset_in_another_channel_ends_a_note(self) -> None:
        first = [TIE, shift(10), *on(60), shift(100), *off(60), EOS]
        second = [TIE, shift(50), *on(60), shift(150), *off(60), EOS]
        _, notes = mixed([[first, second]], WHOLE)
        assert [(n.onset, n.offset) for n in notes] == [(0.1, 0.5), (0.5, 1.5)]

    def test_of_the_same_onset_the_longer_stays_even_if_it_ends_much_later(self) -> None:
        short = [TIE, shift(10), *on(60), shift(100), *off(60), EOS]
        long = [TIE, shift(10), *on(60), EOS]
        end = [340, 209 + 60, TIE, shift(100), *off(60), EOS]
        parts, notes = mixed([[short, long], [EMPTY, end]], WHOLE)
        assert parts[0].notes == ()
        assert [(n.onset, n.offset) for n in notes] == [(0.1, 3.05)]

    def test_resumed_ties_begin_with_the_segment(self) -> None:
        streams = [[[340, 209 + 60, TIE, shift(20), *off(60), EOS]]]
        assert [(n.onset, n.offset) for n in mixed(streams, WHOLE, first=3)[1]] == [(segment_start(3), 6.34)]
        assert mixed([[EMPTY], *streams], WHOLE)[1] == []

    def test_memory_does_not_grow_with_the_recording(self) -> None:
        mixer = NoteMixer(rules=WHOLE, n_channels=1)
        for index in range(200):
            mixer.feed([[TIE, shift(10), *on(60), 468 + 36, shift(20), *off(60), EOS]], index)
        assert not mixer._closed
        assert not mixer._onsets
