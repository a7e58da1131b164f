"""Bank, mixer and augmentation: the right note at the right time, whatever is done to it."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="install the training extra")
pytest.importorskip("numba", reason="install the training extra")

from scipy.signal import find_peaks

from training import RATE, examples
from training.augmentation import colour_buses, record
from training.bank import Bank, BankWriter
from training.composition.piece import Piece
from training.drum_synthesis import _RECIPES, strike
from training.legato import Phrasing, control_times, heard_after, loudness_curve, pitch_curve
from training.mixing import N_COLUMNS, Plan, draw_tracks, mix, plan
from training.negatives import babble, negative
from training.playing import KINDS, play
from training.singing import draw_singer, sing
from training.synthesis import Patch


def steady(frequency, seconds=1.0):
    t = np.arange(int(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * frequency * t)).astype(np.float32)


@pytest.fixture
def sine_bank(tmp_path):
    """One program (40, held) with one note: a sine at A4."""
    writer = BankWriter(1, 1)
    writer.add(steady(440.0, 2.0), font=0, slot=40, pitch=69, layers=(0, 1))
    writer.add_release(font=0, slot=40, seconds=0.1)
    writer.write(tmp_path / "sine")
    return Bank.load([tmp_path / "sine"])


def loudest_hz(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * RATE / len(samples)


def test_pitches_near_a_rendered_one_are_shifted_to_it(sine_bank):
    assert sine_bank.index[0, 40, 69, 0] == 0
    assert sine_bank.shift[0, 40, 72] == 3
    assert sine_bank.index[0, 40, 74, 0] == -1
    assert not sine_bank.has(0, 41)


def test_banks_join_without_mixing_their_notes(sine_bank, tmp_path):
    writer = BankWriter(1, 1)
    writer.add(steady(220.0), font=0, slot=40, pitch=57, layers=(0, 1))
    writer.write(tmp_path / "other")
    both = Bank.load([tmp_path / "sine", tmp_path / "other"])
    row = both.index[1, 40, 57, 0]
    cut = both.samples[both.start[row] : both.start[row] + both.length[row]]
    assert loudest_hz(cut[:8000].astype(float)) == pytest.approx(220, abs=2)


def test_mixer_plays_pitch_time_and_end(sine_bank):
    rows = np.zeros((1, N_COLUMNS))
    rows[0, :9] = [
        0,
        sine_bank.start[0],
        sine_bank.length[0],
        2 ** (12 / 12),
        4000,
        12000,
        1 / 32767,
        6.9 / 800,
        16,
    ]
    rows[0, 11], rows[0, 13] = 1.0, 0.999
    y = mix(rows, sine_bank.samples, 1, RATE)[0]
    assert np.abs(y[:3990]).max() == 0
    assert loudest_hz(y[5000:11000]) == pytest.approx(880, abs=3)
    assert np.abs(y[14000:]).max() < 1e-3 * np.abs(y).max()


def test_labels_follow_what_is_heard(bank):
    notes = np.array([[0.5, 0.7, 60, 90, 0], [1.0, 1.2, 64, 90, 0]], np.float32)
    piece = Piece(notes, (24,))
    rng = np.random.default_rng(0)
    rows = plan(piece, draw_tracks(piece.programs, bank, rng), bank, at=0.25, n_samples=RATE, rng=rng)
    assert sorted(rows.note.tolist()) == [0, 1]
    order = np.argsort(rows.start)
    assert rows.start[order] == pytest.approx([0.25, 0.75], abs=0.04)
    assert (rows.end > rows.start).all()


def test_a_layered_kit_has_one_label_a_hit(bank):
    piece = Piece(np.array([[0.1, 0.2, 36, 100, 0]], np.float32), (-1,))
    labelled = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows = plan(piece, draw_tracks((-1,), bank, rng), bank, at=0.0, n_samples=RATE, rng=rng)
        labelled.add((int((rows.note >= 0).sum()), len(rows.rows)))
    assert {entry[0] for entry in labelled} == {1}
    assert {entry[1] for entry in labelled} == {1, 2}


def test_augmentation_keeps_the_time_of_the_direct_sound():
    click = np.zeros(RATE, np.float32)
    click[8000] = 1.0
    for seed in range(12):
        y = record(click, np.random.default_rng(seed), strength=1.0).samples
        assert np.isfinite(y).all()
        assert abs(int(np.argmax(np.abs(y))) - 8000) < 160


def test_filtered_tracks_keep_their_loudness():
    buses = np.stack([steady(300.0), steady(900.0)])
    for seed in range(6):
        total = colour_buses(buses, np.random.default_rng(seed))
        assert np.sqrt((total**2).mean()) == pytest.approx(0.3, rel=0.15)


def test_speech_has_syllables():
    y = babble(4 * RATE, np.random.default_rng(3))
    envelope = np.convolve(np.abs(y), np.ones(800) / 800, "same")[::160]
    peaks, _ = find_peaks(envelope, height=envelope.max() * 0.2, distance=8)
    assert 8 <= len(peaks) <= 60


@pytest.mark.parametrize("seed", range(4))
def test_a_singer_holds_the_pitch_and_rests_between_notes(seed):
    rng = np.random.default_rng(seed)
    line = np.array([[0.2, 0.9, 60.0, 0.8], [0.9, 1.5, 64.0, 0.6], [2.2, 2.8, 57.0, 0.8]])
    singer = draw_singer(rng, 60.0)
    y = sing(line, 3 * RATE, singer, rng)
    for onset, offset, pitch, _ in line:
        middle = y[round((onset + 0.2) * RATE) : round((offset - 0.1) * RATE)]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 4 * RATE))
        hz = 440 * 2 ** ((pitch - 69) / 12)
        harmonics = [spectrum[round(k * hz * 4 * 0.96) : round(k * hz * 4 * 1.04)].max() for k in (1, 2, 3)]
        between = [spectrum[round((k + 0.5) * hz * 4) - 8 :][:16].max() for k in (1, 2, 3)]
        assert max(harmonics) > 5 * max(between)
    assert np.abs(y[round(1.7 * RATE) : round(2.0 * RATE)]).max() < 0.02


def test_a_voice_is_sung_in_its_place(bank, monkeypatch):
    monkeypatch.setattr(examples, "SUNG_SHARE", 1.0)
    notes = np.array([[0.5, 1.0, 60, 90, 0], [1.0, 1.6, 62, 90, 0]], np.float32)
    piece = Piece(notes, (52,))
    rng = np.random.default_rng(0)
    rows = Plan(np.zeros((2, N_COLUMNS)), np.arange(2), notes[:, 0] - 0.5, notes[:, 1] - 0.4, np.zeros(2))
    before = steady(300.0, 2.0)[None]
    buses = before.copy()
    sung = examples._with_players(piece, rows, buses, 0.25, rng, throats=())
    assert np.sqrt((buses**2).mean()) == pytest.approx(np.sqrt((before**2).mean()), rel=0.01)
    assert not np.allclose(buses, before)
    assert sung.start == pytest.approx([0.25, 0.75], abs=0.03)
    assert sung.end == pytest.approx([0.75, 1.35], abs=0.03)


def test_a_choir_is_shared_out_among_voices_that_sing_one_note_at_a_time():
    chords = np.array(
        [[onset, onset + 0.5, pitch, 0.8] for onset in (0.0, 0.5, 1.0) for pitch in (48, 55, 64)]
    )
    parts = examples._lines(chords + np.array([0, 0.1, 0, 0]))
    assert [chords[part, 2].tolist() for part in parts] == [[48] * 3, [55] * 3, [64] * 3]


@pytest.mark.parametrize("name", list(KINDS))
def test_a_player_slurs_to_another_pitch_and_sets_in_anew_on_the_same(name):
    line = np.array([[0.2, 0.8, 60.0, 0.8], [0.8, 1.4, 64.0, 0.8], [1.4, 2.0, 64.0, 0.8]])
    dips = []
    for seed in range(3):
        y, attack = play(line, int(2.2 * RATE), KINDS[name], np.random.default_rng(seed))
        level = np.sqrt(np.convolve(y**2, np.ones(160) / 160, "same"))
        held = np.median(level[round(1.0 * RATE) : round(1.3 * RATE)])
        dips.append(level[round(1.33 * RATE) : round(1.42 * RATE)].min() / held)
        assert level[: round(0.15 * RATE)].max() < 0.1 * held
        assert held == pytest.approx(np.median(level[round(0.4 * RATE) : round(0.7 * RATE)]), rel=1.5)
        assert 0.005 < attack < 0.15
    assert max(dips) < 0.7


@pytest.mark.parametrize("attack", [0.01, 0.05, 0.12])
def test_a_note_is_heard_from_a_fifth_of_its_loudness_on(attack):
    phrasing = Phrasing(
        vibrato=0, vibrato_hz=5, glide=0.05, scoop=0, attack=attack, intonation=0, drift=0, slurs=0
    )
    t = np.arange(0, 2, 0.001)
    loudness = loudness_curve(np.array([[0.5, 1.5, 60, 0.8]]), t, phrasing, np.random.default_rng(0))
    first = t[np.argmax(loudness >= 0.2 * 0.8)]
    assert first == pytest.approx(0.5 + heard_after(attack), abs=0.003)


def test_a_pitch_is_never_missed_by_half_a_semitone():
    phrasing = Phrasing(
        vibrato=0.0, vibrato_hz=5, glide=0.05, scoop=0, attack=0.02, intonation=1, drift=0.0, slurs=1
    )
    line = np.array([[k * 0.5, k * 0.5 + 0.5, 60.0 + k, 0.8] for k in range(8)])
    t = control_times(4 * RATE)
    pitch = pitch_curve(line, t, phrasing, np.random.default_rng(1))
    for onset, offset, note, _ in line:
        middle = pitch[(t > onset + 0.1) & (t < offset - 0.1)]
        assert np.abs(middle - note).max() < 0.5


def test_an_untrained_voice_reaches_each_note_from_below_and_late():
    phrasing = Phrasing(
        vibrato=0, vibrato_hz=5, glide=0.2, scoop=3, attack=0.02, intonation=0, drift=0, slurs=1, scoops=1
    )
    line = np.array([[0.5 * k, 0.5 * k + 0.5, 60.0 + k, 0.8] for k in range(1, 7)])
    t = control_times(4 * RATE)
    pitch = pitch_curve(line, t, phrasing, np.random.default_rng(2))
    below = [note - pitch[np.searchsorted(t, onset)] for onset, _, note, _ in line]
    assert max(below) > 1.5
    assert min(below) >= 0
    for _, offset, note, _ in line:
        assert pitch[np.searchsorted(t, offset - 0.15)] == pytest.approx(note, abs=0.01)


@pytest.mark.parametrize(("late", "midway"), [(0.0, -0.1), (1.0, 0.1)])
def test_a_slide_lies_before_or_after_the_onset(late, midway):
    phrasing = Phrasing(
        vibrato=0, vibrato_hz=5, glide=0.2, scoop=0, attack=0.02, intonation=0, drift=0, slurs=1, late=late
    )
    line = np.array([[0.2, 1.0, 60.0, 0.8], [1.0, 2.0, 64.0, 0.8]])
    t = control_times(2 * RATE)
    pitch = pitch_curve(line, t, phrasing, np.random.default_rng(0))
    assert t[np.argmax(pitch >= 62)] == pytest.approx(1.0 + midway, abs=0.06)


@pytest.mark.parametrize("seed", range(6))
def test_negatives_are_finite_and_not_too_loud(seed):
    y = negative(RATE, np.random.default_rng(seed))
    assert y.dtype == np.float32
    assert np.isfinite(y).all()
    assert np.abs(y).max() < 2


@pytest.mark.parametrize("key", sorted(_RECIPES))
def test_every_drum_sounds_at_once(key):
    hit = strike(_RECIPES[key], np.random.default_rng(key), seconds=0.5)
    assert np.abs(hit).max() == pytest.approx(0.3, abs=1e-3)
    assert np.argmax(np.abs(hit)) < RATE // 5


@pytest.mark.parametrize("group", ["piano", "organ", "solo strings", "chromatic"])
def test_patches_are_in_tune(group):
    samples = Patch(group, np.random.default_rng(5)).note(57, 90, 0.5)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 4 * len(samples)))
    hz = np.arange(len(spectrum)) * RATE / (4 * len(samples))
    near = (hz > 210) & (hz < 230)
    assert hz[near][np.argmax(spectrum[near])] == pytest.approx(220, rel=0.02)
