from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mt3_desktop.core.tempo import MAX_TAP_GAP, Beats, Tempo, quantised, snap, snap_all, tapped
from mt3_desktop.core.values import Note


def test_beats_begin_before_the_downbeat_and_end_after_the_song() -> None:
    beats = Tempo(120.0, downbeat=1.2, beats_per_bar=3).beats(3.0)

    assert beats.times == pytest.approx((0.2, 0.7, 1.2, 1.7, 2.2, 2.7, 3.2))
    assert (beats.per_bar, beats.first_downbeat) == (3, 2)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0.2"), (1.2, "1.1"), (1.8, "1.2"), (2.7, "2.1"), (2.69, "1.3")]
)
def test_bars_are_counted_from_the_downbeat(seconds: float, text: str) -> None:
    assert Tempo(120.0, 1.2, 3).beats(5.0).position(seconds) == text


def test_a_song_of_unknown_length_has_a_beat_all_the_same() -> None:
    assert Tempo(60.0, downbeat=2.0).beats(0.0).times == pytest.approx((0.0, 1.0, 2.0, 3.0))


@given(st.floats(20.0, 400.0), st.floats(0.0, 30.0), st.floats(0.0, 600.0))
def test_beats_are_even_and_cover_the_song(bpm: float, downbeat: float, duration: float) -> None:
    tempo = Tempo(bpm, downbeat)
    beats = tempo.beats(duration)

    assert beats.times[beats.first_downbeat] == pytest.approx(downbeat)
    assert -1e-6 < beats.times[0] < tempo.beat_seconds + 1e-6
    assert beats.times[-1] > duration


def test_half_and_double_stay_in_range() -> None:
    assert Tempo(90.0, 1.0, 3).scaled(2.0) == Tempo(180.0, 1.0, 3)
    assert Tempo(90.0).scaled(0.5).bpm == 45.0
    assert Tempo(30.0).scaled(0.5).bpm == 30.0
    assert Tempo(300.0).scaled(2.0).bpm == 300.0


@pytest.mark.parametrize(
    "values", [(19.0, 0.0, 4), (401.0, 0.0, 4), (float("nan"), 0.0, 4), (90.0, -0.1, 4), (90.0, 0.0, 0)]
)
def test_what_is_no_tempo_is_refused(values: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - one sentence per field
        Tempo(*values)


def test_a_tempo_goes_through_json_words() -> None:
    tempo = Tempo(96.5, 0.25, 3)

    assert Tempo.from_plain({"zoom": 3} | tempo.to_plain()) == tempo
    assert Tempo.from_plain({"zoom": 3}) is None


@pytest.mark.parametrize(
    "plain", [{"bpm": "fast"}, {"bpm": True}, {"bpm": 5}, {"bpm": 90, "beats_per_bar": 2.5}, {"bpm": None}]
)
def test_rubbish_is_no_tempo(plain: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        Tempo.from_plain(plain)


def test_taps_are_averaged() -> None:
    tempo = tapped([10.02, 10.49, 11.01, 11.5, 11.99])

    assert tempo is not None
    assert tempo.bpm == pytest.approx(120.5, abs=1.0)
    assert tempo.downbeat == pytest.approx(10.0, abs=0.03)


def test_even_taps_are_exact() -> None:
    tempo = tapped([1.0, 1.6, 2.2, 2.8])

    assert tempo is not None
    assert (tempo.bpm, tempo.downbeat) == (pytest.approx(100.0), pytest.approx(1.0))


@pytest.mark.parametrize(
    "times",
    [
        [],
        [1.0, 1.5],
        [1.0, 1.5, 2.0, 2.0 + MAX_TAP_GAP + 0.1],
        [1.0, 1.5, 2.0, 0.5],
        [1.0, 1.01, 1.02],
    ],
)
def test_too_few_or_senseless_taps_are_no_tempo(times: list[float]) -> None:
    assert tapped(times) is None


def test_taps_begin_anew_after_a_pause() -> None:
    tempo = tapped([0.0, 0.3, 0.6, 20.0, 21.0, 22.0])

    assert tempo is not None
    assert (tempo.bpm, tempo.downbeat) == (pytest.approx(60.0), pytest.approx(20.0))


BEATS = Beats(tuple(0.5 * index for index in range(41)))


@pytest.mark.parametrize(("strength", "onset"), [(0.0, 1.1), (0.5, 1.1125), (1.0, 1.125)])
def test_quantising_moves_starts_and_keeps_lengths(strength: float, onset: float) -> None:
    (note,) = quantised([Note(1.1, 1.7, 60, 90, 0)], BEATS, strength)

    assert (note.onset, note.duration) == (pytest.approx(onset), pytest.approx(0.6))


def test_quantising_needs_a_grid_and_keeps_the_order() -> None:
    notes = (Note(1.9, 2.0, 60, 90, 0), Note(0.1, 0.2, 61, 90, 0))

    assert quantised(notes, None) == notes
    assert [note.pitch for note in quantised(notes, BEATS)] == [60, 61]


def test_nothing_is_moved_before_the_start() -> None:
    late = Tempo(120.0, downbeat=0.45).beats(4.0)  # steps at 0.075, 0.2, …: the one before would be at -0.05

    (note,) = quantised([Note(0.0, 0.3, 60, 90, 0)], late)
    assert (note.onset, note.duration) == (pytest.approx(0.075), pytest.approx(0.3))


@given(st.lists(st.floats(0.0, 30.0), max_size=20), st.floats(20.0, 400.0), st.floats(0.0, 5.0))
def test_many_times_snap_as_one_does(times: list[float], bpm: float, downbeat: float) -> None:
    beats = Tempo(bpm, downbeat).beats(20.0)

    assert snap_all(np.array(times), beats).tolist() == pytest.approx([snap(time, beats) for time in times])
