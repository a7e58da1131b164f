"""The clean-up hides, joins and moves what it says, keeps the rest as it is, and is fast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.core.cleanup import Leakage, clean_up, leakage
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.values import Note, sort_key

PIANO = tuple(Note(i, i + 0.8, 60 + i % 12, 90, 0) for i in range(20))
SNARE = Note(0.5, 0.51, 38, 100, 0, is_drum=True)


def test_defaults_change_nothing() -> None:
    notes = (*PIANO, SNARE)
    assert clean_up(notes, Rules()).kept == tuple(sorted(notes, key=sort_key))
    assert clean_up((), Rules(min_seconds=1)).kept == ()


def test_notes_that_are_left_alone_are_the_same_objects() -> None:
    result = clean_up((*PIANO, SNARE), Rules(min_seconds=0.1, join_seconds=0.05, hide_doubles=True))
    assert {id(note) for note in result.kept} == {id(note) for note in (*PIANO, SNARE)}


@pytest.mark.parametrize(("min_seconds", "n_hidden"), [(0.05, 0), (0.0501, 1), (0.8, 1), (0.81, 21)])
def test_short_notes_are_hidden_but_not_drums(min_seconds: float, n_hidden: int) -> None:
    sliver = Note(3.0, 3.05, 80, 90, 0)
    result = clean_up((*PIANO, sliver, SNARE), Rules(min_seconds=min_seconds))
    assert len(result.hidden) == n_hidden
    assert SNARE in result.kept


def test_gaps_are_joined_in_chains() -> None:
    parts = (
        Note(0, 1, 60, 90, 0),
        Note(1.02, 2, 60, 50, 0),
        Note(2.03, 3, 60, 40, 0),
        Note(3.1, 4, 60, 30, 0),
    )
    result = clean_up(parts, Rules(join_seconds=0.03))
    assert result.kept == (Note(0, 3, 60, 90, 0), parts[3])
    assert result.hidden == parts[1:3]
    assert result.origins == {Note(0, 3, 60, 90, 0): parts[:3]}


def test_only_one_pitch_of_one_instrument_is_joined() -> None:
    notes = (Note(0, 1, 60, 90, 0), Note(1, 2, 61, 90, 0), Note(1, 2, 60, 90, 1))
    drums = (Note(0, 1, 38, 90, 0, is_drum=True), Note(1, 2, 38, 90, 0, is_drum=True))
    assert clean_up((*notes, *drums), Rules(join_seconds=0.1)).hidden == ()


def test_note_struck_again_while_it_sounds_is_not_joined() -> None:
    notes = (Note(0, 2, 60, 90, 0), Note(1, 3, 60, 90, 0))
    assert clean_up(notes, Rules(join_seconds=0.1)).hidden == ()


def test_joining_comes_before_length() -> None:
    slivers = (Note(0, 0.04, 60, 90, 0), Note(0.04, 0.08, 60, 90, 0))
    assert clean_up(slivers, Rules(join_seconds=0.01, min_seconds=0.07)).kept == (Note(0, 0.08, 60, 90, 0),)


def test_doubles_stay_on_the_instrument_with_more_notes() -> None:
    ghost = Note(5.03, 6.5, 65, 90, 48)
    assert clean_up((*PIANO, ghost), Rules(hide_doubles=True)).hidden == (ghost,)


def test_of_doubles_on_one_instrument_the_longer_stays() -> None:
    twice = (Note(1.0, 1.5, 60, 90, 0), Note(1.02, 3.0, 60, 90, 0))
    assert clean_up(twice, Rules(hide_doubles=True)).hidden == twice[:1]


def test_repeated_keys_and_drums_are_no_doubles() -> None:
    notes = (Note(1.0, 1.05, 38, 90, 0), Note(1.06, 1.1, 38, 90, 0), replace(SNARE, onset=1.0, offset=1.01))
    assert clean_up(notes, Rules(hide_doubles=True)).hidden == ()


def test_range_of_pitches_leaves_drums() -> None:
    result = clean_up((*PIANO, SNARE), Rules(lowest=62, highest=65))
    assert {note.pitch for note in result.kept if not note.is_drum} == {62, 63, 64, 65}
    assert SNARE in result.kept


def test_family_goes_to_its_most_used_program() -> None:
    strings = tuple(Note(i, i + 1, 60, 90, program) for i, program in enumerate([40, 41, 41, 48]))
    result = clean_up((*strings, *PIANO), Rules(collapsed_families=(5,)))
    assert [note.program for note in result.kept if note.program >= 40] == [41, 41, 41, 48]
    assert result.hidden == ()


def test_strays_go_to_the_nearest() -> None:
    stray, bass = Note(2, 3, 62, 90, 4), tuple(Note(i, i + 1, 40, 90, 33) for i in range(30))
    result = clean_up((*PIANO, *bass, stray), Rules(merge_strays=True))
    assert replace(stray, program=0) in result.kept
    assert result.hidden == ()


def test_unsure_notes_are_hidden_and_those_without_a_figure_stay() -> None:
    notes = tuple(Note(i, i + 1, 60, 90, 0, confidence=value) for i, value in enumerate([0.2, 0.5, None]))
    assert clean_up(notes, Rules(min_confidence=0.5)).hidden == notes[:1]


# --- drum leakage ---


def band(drums: int, bass: int, chromatic: int, other: int) -> tuple[Note, ...]:
    counts = ((drums, 0, True), (bass, 33, False), (chromatic, 11, False), (other, 0, False))
    return tuple(
        Note(i, i + 0.5, 40, 90, program, is_drum) for count, program, is_drum in counts for i in range(count)
    )


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0, 0, 0, 0), Leakage.NONE),
        ((0, 100, 0, 0), Leakage.NONE),
        ((1, 20, 0, 79), Leakage.NONE),
        ((1, 21, 0, 78), Leakage.PITCHED_IS_LEAKAGE),
        ((1, 0, 50, 49), Leakage.NONE),
        ((1, 0, 51, 48), Leakage.PITCHED_IS_LEAKAGE),
        ((60, 0, 0, 40), Leakage.NONE),
        ((61, 0, 0, 39), Leakage.PITCHED_IS_LEAKAGE),
        ((0, 0, 70, 30), Leakage.NONE),
        ((0, 0, 71, 29), Leakage.ALL_ARE_DRUMS),
        ((1, 0, 99, 0), Leakage.PITCHED_IS_LEAKAGE),
    ],
)
def test_shares_decide_about_leakage(shares: tuple[int, int, int, int], expected: Leakage) -> None:
    assert leakage(band(*shares)) is expected


def test_leaked_notes_are_hidden() -> None:
    notes = band(61, 0, 0, 39)
    result = clean_up(notes, Rules(drum_leakage_filter=True))
    assert all(note.is_drum for note in result.kept)
    assert len(result.hidden) == 39


def test_all_notes_become_drums_of_the_same_pitch() -> None:
    notes = band(0, 0, 80, 20)
    result = clean_up(notes, Rules(drum_leakage_filter=True))
    assert result.hidden == ()
    assert {(note.is_drum, note.program, note.pitch) for note in result.kept} == {(True, 0, 40)}


# --- all together ---

any_note = st.builds(
    lambda onset, length, pitch, program, is_drum, confidence: Note(
        onset, onset + length, pitch, 90, 0 if is_drum else program, is_drum, confidence
    ),
    st.floats(0, 10), st.floats(0.001, 2), st.integers(36, 40), st.integers(0, 15), st.booleans(),
    st.none() | st.floats(0, 1),
)  # fmt: skip
any_rules = st.builds(
    Rules,
    min_seconds=st.floats(0, 0.5),
    join_seconds=st.floats(0, 0.5),
    hide_doubles=st.booleans(),
    lowest=st.integers(35, 38),
    highest=st.integers(37, 41),
    collapsed_families=st.sampled_from([(), (0,), (0, 1)]),
    merge_strays=st.booleans(),
    min_confidence=st.floats(0, 1),
    drum_leakage_filter=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(any_note, max_size=40, unique=True), any_rules)
def test_every_note_is_either_kept_or_hidden(notes: list[Note], rules: Rules) -> None:
    result = clean_up(notes, rules)
    assert len(result.kept) + len(result.hidden) == len(notes)
    assert set(result.hidden) <= set(notes)
    assert list(result.kept) == sorted(result.kept, key=sort_key)
    starts = sorted((note.onset, note.pitch) for note in (*result.kept, *result.hidden))
    assert starts == sorted((note.onset, note.pitch) for note in notes)


@given(any_rules)
def test_rules_survive_a_session(rules: Rules) -> None:
    assert Rules.from_plain(rules.to_plain()) == rules


def test_rules_of_other_versions() -> None:
    assert Rules.from_plain({"min_seconds": 1, "unheard_of": "x"}) == Rules(min_seconds=1.0)
    for plain in (
        {"hide_doubles": 1},
        {"lowest": 1.5},
        {"collapsed_families": "x"},
        {"collapsed_families": "99"},
    ):
        with pytest.raises(ValueError, match=r".+"):
            Rules.from_plain(plain)


def test_twenty_thousand_notes_are_cleaned() -> None:
    random = np.random.default_rng(0)
    onsets = np.sort(random.uniform(0, 1200, 20_000)).tolist()
    notes = tuple(
        Note(onset, onset + 0.2, int(pitch), 90, int(program), confidence=0.5)
        for onset, pitch, program in zip(
            onsets, random.integers(30, 90, 20_000), random.choice([0, 0, 0, 33, 48, 49], 20_000), strict=True
        )
    )
    rules = Rules(0.05, 0.03, True, 32, 88, (6,), True, 0.1, True)
    result = clean_up(notes, rules)
    assert 500 < len(result.hidden) < len(notes)
