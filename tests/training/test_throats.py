"""Recorded throats, with a speaker who says "ssa" and "ma" over and over."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="install the training extra")
pytest.importorskip("numba", reason="install the training extra")

from training import RATE
from training.__main__ import main
from training.bank import Bank
from training.legato import control_times
from training.singing import draw_singer, sing
from training.speakers import nonsense
from training.throats import HELD_OUT, N_POINTS, SPECTRUM_HZ, load_throats, speak, words

HISS, VOWEL, HUM, PAUSE = 20, 40, 16, 10
LINE = np.array([[0.5, 1.0, 60.0, 0.8], [1.0, 1.5, 64.0, 0.8], [2.0, 2.6, 57.0, 0.8]])


@pytest.fixture
def speakers(tmp_path):
    """One speaker to train with, and one an octave higher who is held out."""
    low = -(((np.log2(SPECTRUM_HZ / 600)) / 0.8) ** 2)  # a vowel: one wide formant
    high = np.where(SPECTRUM_HZ > 3000, -2.0, -8.0)
    rows, breath, hz, phones = [], [], [], []
    for number in range(2):
        octave = 1 + number
        for _ in range(6):
            for length, spectrum, noise, pitch, vowel in (
                (HISS, high, 1.0, 0.0, 0),
                (VOWEL, low, 0.05, 120.0 * octave, 1),
                (HUM, low - 3, 0.05, 120.0 * octave, 0),
                (VOWEL, low, 0.05, 130.0 * octave, 1),
            ):
                phones.append((number, len(hz), len(hz) + length, vowel))
                rows += [spectrum] * length
                breath += [np.full(N_POINTS, noise)] * length
                hz += [pitch] * length
            rows += [np.full(N_POINTS, -12.0)] * PAUSE
            breath += [np.ones(N_POINTS)] * PAUSE
            hz += [0.0] * PAUSE
    path = tmp_path / "speakers.npz"
    np.savez(
        path,
        spectrum=np.array(rows, np.float16),
        breath=np.array(breath, np.float16),
        hz=np.array(hz, np.float32),
        phones=np.array(phones),
        names=np.array(["anyone", HELD_OUT[0]]),
    )
    return path


def loudness(samples, first, last):
    return float(np.sqrt((samples[round(first * RATE) : round(last * RATE)] ** 2).mean()))


def test_a_syllable_is_its_consonants_and_the_vowel_after_them(speakers):
    (throat,) = load_throats(speakers)
    consonants = throat.syllables[:, 1] - throat.syllables[:, 0]
    assert sorted(set(consonants.tolist())) == [HUM, HISS]
    assert set((throat.syllables[:, 2] - throat.syllables[:, 1]).tolist()) == {VOWEL - 1}
    assert throat.pitch == pytest.approx(69 + 12 * np.log2(125 / 440), abs=0.8)


def test_the_held_out_are_not_trained_with(speakers):
    (trained,), (held,) = load_throats(speakers), load_throats(speakers, held_out=True)
    assert held.pitch == pytest.approx(trained.pitch + 12, abs=0.1)


def test_consonants_come_before_their_notes_and_vowels_last_as_long_as_these(speakers):
    (throat,) = load_throats(speakers)
    t = control_times(3 * RATE)
    said = words(LINE, t, throat, 0.0, np.random.default_rng(2))
    is_vowel = np.zeros(len(throat.hz), bool)
    for _, first, last in throat.syllables.tolist():
        is_vowel[first : last + 1] = True
    held = is_vowel[said.frame.astype(int)]
    for onset, offset, _, _ in LINE.tolist():
        assert held[(t > onset + 0.01) & (t < offset - 0.17)].all()
    assert said.consonant[t < 0.2].max() == 0
    assert said.consonant[(t > 0.4) & (t < 0.5)].max() == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_throat_sings_the_pitches_of_its_line(speakers, seed):
    (throat,) = load_throats(speakers)
    rng = np.random.default_rng(seed)
    samples = sing(LINE, 3 * RATE, draw_singer(rng, 60.0, throat), rng)
    assert loudness(samples, 0.0, 0.2) < 0.05 * loudness(samples, 0.6, 0.9)
    assert loudness(samples, 2.8, 3.0) < 0.05 * loudness(samples, 0.6, 0.9)
    for onset, offset, pitch, _ in LINE.tolist():
        held = samples[round((onset + 0.2) * RATE) : round((offset - 0.1) * RATE)]
        spectrum = np.abs(np.fft.rfft(held * np.hanning(len(held)), 4 * RATE))
        hz = 440 * 2 ** ((pitch - 69) / 12)
        near = spectrum[round(3.76 * hz) : round(4.24 * hz)].max()
        between = spectrum[round(1.4 * 4 * hz) : round(1.6 * 4 * hz)].max()
        assert near > 3 * between


def test_speech_says_what_was_said(speakers):
    samples = speak(2 * RATE, load_throats(speakers), np.random.default_rng(0))
    assert len(samples) == 2 * RATE
    assert np.abs(samples).max() == pytest.approx(1.0)
    assert samples.std() > 0.05


def test_a_bank_is_joined_with_speakers(speakers, bank, tmp_path):
    np.save(tmp_path / "own.npy", bank.samples[:-2])
    rows = np.array([[0, 0, 60, 0, 0, 100, 1.0, 0.1]])
    np.savez(tmp_path / "own.npz", rows=rows, rel=np.zeros((0, 3)), n_fonts=1, n_kits=1)
    joined = Bank.load([tmp_path / "own", speakers.with_suffix("")])
    assert len(joined.throats) == 1
    assert len(joined.samples) == len(bank.samples)


def test_a_speaker_who_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="kal_diphone does not speak; Debian has it in festvox-kallpc16k"):
        main(["bank", str(tmp_path / "speakers"), "--speakers"])
    assert not list(tmp_path.glob("*.npz"))


def test_nonsense_has_vowels_to_sing():
    said = nonsense(np.random.default_rng(0))
    assert said.endswith(".")
    assert sum(letter in "aeiou" for letter in said) >= 8
