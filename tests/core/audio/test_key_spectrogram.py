from __future__ import annotations

import numpy as np
import pytest

from mt3_desktop.core.audio.key_spectrogram import (
    BINS_PER_PITCH,
    LOWEST_PITCH,
    MAX_FRAMES,
    N_PITCHES,
    key_spectrogram,
)
from mt3_desktop.core.progress import Cancelled, CancelToken

RATE = 16_000


def tone(pitch: float, seconds: float = 1.0, amplitude: float = 0.5) -> np.ndarray:
    time = np.arange(int(RATE * seconds)) / RATE
    return (amplitude * np.sin(2 * np.pi * 440.0 * 2 ** ((pitch - 69) / 12) * time)).astype(np.float32)


def rows(levels: np.ndarray) -> np.ndarray:
    return levels.reshape(N_PITCHES, BINS_PER_PITCH, -1).max(axis=1)


@pytest.mark.parametrize("pitch", [33, 45, 57, 60, 62, 69, 81, 86, 96, 105])
def test_a_tone_lies_on_its_key(pitch):
    found = key_spectrogram(tone(pitch), RATE)
    middle = rows(found.levels)[:, 25].astype(int)
    assert middle.argmax() + LOWEST_PITCH == pitch
    assert found.levels[(pitch - LOWEST_PITCH) * BINS_PER_PITCH + 1, 25] == found.levels[:, 25].max()


@pytest.mark.parametrize("pitch", [60, 72, 84, 96])
def test_two_keys_beside_a_tone_are_dark(pitch):
    middle = rows(key_spectrogram(tone(pitch), RATE).levels)[:, 25].astype(int)
    row = pitch - LOWEST_PITCH
    assert middle[row] - max(middle[row - 3], middle[row + 3]) > 100


def test_a_note_is_seen_when_it_sounds():
    silence = np.zeros(RATE, np.float32)
    found = key_spectrogram(np.concatenate([silence, tone(81), silence]), RATE)
    row = rows(found.levels)[81 - LOWEST_PITCH].astype(int)
    assert found.seconds == 0.02
    assert found.levels.shape[1] == 150
    assert row[:45].max() < 60
    assert row[53:97].min() > 200
    assert row[108:].max() < 60


def test_a_quiet_recording_is_seen_as_well():
    loud, quiet = (key_spectrogram(tone(69, amplitude=a), RATE).levels for a in (0.5, 0.01))
    assert np.abs(loud.astype(int) - quiet.astype(int)).max() <= 2


def test_silence_is_dark():
    assert key_spectrogram(np.zeros(RATE, np.float32), RATE).levels.max() == 0


def test_very_short_and_empty_sound():
    assert key_spectrogram(tone(69)[:100], RATE).levels.shape == (N_PITCHES * BINS_PER_PITCH, 1)
    assert key_spectrogram(np.zeros(0, np.float32), RATE).levels.shape[1] == 1


def test_pitches_above_half_the_rate_are_dark():
    levels = key_spectrogram(tone(69), 4_000).levels
    assert levels[(100 - LOWEST_PITCH) * BINS_PER_PITCH :].max() == 0


def test_hours_get_coarser_frames(monkeypatch):
    from mt3_desktop.core.audio import key_spectrogram as module

    monkeypatch.setattr(module, "MAX_FRAMES", 100)
    found = key_spectrogram(tone(69, seconds=10.0), RATE)
    assert MAX_FRAMES > 100
    assert (found.levels.shape[1], found.seconds) == (100, pytest.approx(0.1))


def test_it_can_be_cancelled():
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        key_spectrogram(tone(69), RATE, cancel=cancel)


def test_it_cannot_be_written_to():
    assert not key_spectrogram(tone(69), RATE).levels.flags.writeable
