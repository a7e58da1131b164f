"""The SoundFont player and the bank made with it, on a small font that Debian packages."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy", reason="install the training extra")
pytest.importorskip("numba", reason="install the training extra")
pytest.importorskip("tinysoundfont", reason="pip install --no-deps tinysoundfont")

from training import RATE, soundfonts
from training.bank import Bank, BankWriter
from training.composition.piece import Piece
from training.lines import line_clips
from training.soundfonts import Player, add_font
from training.validation import render_clips

FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")

pytestmark = pytest.mark.skipif(not FONT.exists(), reason="apt-get install timgm6mb-soundfont")


def loudest_hz(samples, rate):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * rate / len(samples)


def test_notes_sound_at_their_times_and_pitches():
    player = Player(FONT)
    samples = player.play(Piece(np.array([[0.5, 1.0, 69, 100, 0]], np.float32), (73,)))
    start, end = int(0.5 * player.rate), int(1.0 * player.rate)
    assert np.abs(samples[: start - 10]).max() < 1e-3
    sounding = samples[start + player.rate // 10 : end]
    assert loudest_hz(sounding, player.rate) % 440 == pytest.approx(0, abs=8) or loudest_hz(
        sounding, player.rate
    ) % 440 == pytest.approx(440, abs=8)
    assert np.abs(samples[end + player.rate // 2 :]).max() < np.abs(samples).max() / 10


def test_a_bent_note_moves_and_the_next_one_does_not():
    player = Player(FONT)
    player.select(0, 80, is_drum=False)
    bend = np.concatenate([np.zeros(100), np.full(100, 7.0)])
    samples = player.bent(0, 57, 100, bend, 200)
    assert len(samples) == player.rate
    half = player.rate // 2
    before = loudest_hz(samples[half // 2 : half], player.rate)
    after = loudest_hz(samples[half + half // 2 :], player.rate)
    assert after / before == pytest.approx(2 ** (7 / 12), rel=0.01)
    unbent = player.note(0, 57, 100, 0.5)[half // 2 :]
    assert loudest_hz(unbent, player.rate) == pytest.approx(before, rel=0.01)


def test_a_bank_of_a_font_holds_its_programs_and_kits(tmp_path, monkeypatch):
    monkeypatch.setattr(soundfonts, "USED_PROGRAMS", (0, 40))
    monkeypatch.setattr(soundfonts, "KITS", (0,))
    writer = BankWriter(1, 1)
    add_font(writer, FONT, font=0, step=24)
    writer.write(tmp_path / "font")
    bank = Bank.load([tmp_path / "font"])
    assert bank.has(0, 0)
    assert bank.has(0, 40)
    assert not bank.has(0, 1)
    assert bank.kits == ((0, 128),)
    assert 0.03 <= bank.release[0, 0] <= 6.0
    row = bank.index[0, 40, 79, 1]
    cut = bank.samples[bank.start[row] : bank.start[row] + bank.length[row]].astype(float)
    assert loudest_hz(cut[RATE // 4 : RATE], RATE) > 300


def test_clips_for_validation_have_notes_that_fit_their_sound():
    clips = render_clips(FONT, per_kind=1, seconds=4.0)
    assert {clip.kind for clip in clips} >= {"piano", "drums", "negative"}
    for clip in clips:
        assert np.isfinite(clip.samples).all()
        if clip.notes:
            assert clip.notes[-1].onset < len(clip.samples) / RATE


def test_lines_for_validation_come_in_every_kind():
    clips = line_clips(FONT, per_kind=1, seconds=4.0)
    assert [clip.kind for clip in clips] == ["slurred", "sung", "singer"]
    for clip in clips:
        assert np.isfinite(clip.samples).all()
        assert clip.notes[-1].offset < len(clip.samples) / RATE
