"""Lines from note to note for validation."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("scipy", reason="install the training extra")
pytest.importorskip("numba", reason="install the training extra")

from training import RATE, lines
from training.instruments import RANGES
from training.lines import FEWEST_NOTES, WIDEST, compose_line, line_clips
from training.throats import N_POINTS, Throat


class SinePlayer:
    """Stands in for the SoundFont player: a sine that follows the bend and comes up slowly."""

    rate = 3 * RATE

    def __init__(self, _font):
        pass

    def select(self, channel, program, *, is_drum):
        assert not is_drum

    def bent(self, channel, pitch, velocity, bend, points_a_second):
        semitones = np.repeat(pitch + bend, self.rate // points_a_second)
        phase = 2 * np.pi * np.cumsum(440 * 2 ** ((semitones - 69) / 12)) / self.rate
        rise = np.minimum(np.arange(len(phase)) / self.rate / 0.2, 1)
        return (np.sin(phase) * rise).astype(np.float32)


@pytest.mark.parametrize("program", [40, 73])
def test_a_composed_line_has_one_note_at_a_time_in_range(program):
    found = [line for seed in range(30) if (line := compose_line(seed, program, 6.0)) is not None]
    assert found
    low, high = RANGES[program]
    for line in found:
        assert len(line) >= FEWEST_NOTES
        assert (line[1:, 0] >= line[:-1, 1]).all()
        assert (line[:, 1] > line[:, 0]).all()
        assert low <= line[:, 2].min() <= line[:, 2].max() <= high
        assert np.ptp(line[:, 2]) <= WIDEST


def test_held_out_speakers_sing_and_speak(monkeypatch):
    monkeypatch.setitem(sys.modules, "training.soundfonts", SimpleNamespace(Player=lambda _font: None))
    monkeypatch.setattr(lines, "PROGRAMS", {"words": (52,)})
    spectrum, breath, hz = np.zeros((100, N_POINTS)), np.full((100, N_POINTS), 0.1), np.full(100, 150.0)
    throat = Throat(spectrum, breath, hz, np.array([[0, 20, 90]]), 50.0)
    monkeypatch.setattr(lines, "load_throats", lambda _path, *, held_out: (throat,) * held_out)
    sung, spoken = line_clips("no font", "some file", per_kind=1, seconds=6.0)
    assert (sung.kind, spoken.kind) == ("words", "negative")
    assert len(sung.notes) >= FEWEST_NOTES
    assert spoken.notes == ()
    assert all(np.abs(clip.samples).max() > 0.1 for clip in (sung, spoken))
    assert line_clips("no font", None, per_kind=1, seconds=6.0) == []


def test_held_lines_sound_where_and_at_the_pitch_their_notes_say(monkeypatch):
    monkeypatch.setitem(sys.modules, "training.soundfonts", SimpleNamespace(Player=SinePlayer))
    monkeypatch.setattr(lines, "PROGRAMS", {"slurred": (71,)})
    (clip,) = line_clips("no font", None, per_kind=1, seconds=6.0)
    level = np.sqrt(np.convolve(clip.samples**2, np.ones(160) / 160, "same"))
    first = clip.notes[0]
    assert level[: round((first.onset - 0.06) * RATE)].max() < 0.05 * level.max()
    assert level[round((first.onset + 0.05) * RATE)] > 0.1 * level.max()
    for note in clip.notes:
        if note.offset - note.onset < 0.3:
            continue
        held = clip.samples[round((note.onset + 0.1) * RATE) : round((note.offset - 0.05) * RATE)]
        spectrum = np.abs(np.fft.rfft(held * np.hanning(len(held)), 4 * RATE))
        assert 69 + 12 * np.log2(np.argmax(spectrum) / 4 / 440) == pytest.approx(note.pitch, abs=0.6)
