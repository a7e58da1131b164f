"""Recordings to listen to: any place, in stereo, at the card's rate, at any speed."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from mt3_desktop.core.audio.attacks import PreEchoLimiter
from mt3_desktop.core.audio.stereo import open_recording
from mt3_desktop.core.audio.stretch import StretchedRecording
from mt3_desktop.core.errors import AudioNotFound, UnsupportedAudio
from mt3_desktop.core.resources import resource

RATE = 44_100
BURSTS = (0.5, 1.2, 2.0, 3.3, 4.1)


@pytest.fixture
def bursts(tmp_path):
    """Five seconds with short bursts of noise, louder on the left, at 48 kHz."""
    rng = np.random.default_rng(5)
    sound = np.zeros((48_000 * 5, 2))
    for at in BURSTS:
        burst = 0.3 * rng.standard_normal(4000) * np.exp(-np.arange(4000) / 800)
        sound[round(at * 48_000) :][:4000] += burst[:, None] * [1.0, 0.5]
    path = tmp_path / "bursts.wav"
    soundfile.write(path, sound, 48_000, subtype="FLOAT")
    return path


def starts(sound, times):
    """Where sound rises near some times, in seconds."""
    level = np.convolve(np.abs(sound), np.ones(128) / 128, "same")
    found = []
    for time in times:
        first = round((time - 0.15) * RATE)
        near = level[first : first + round(0.3 * RATE)]
        found.append((first + int(np.argmax(near > 0.5 * near.max()))) / RATE)
    return np.array(found)


def test_the_same_rate_gives_the_samples_of_the_file(tmp_path):
    sound = np.random.default_rng(1).uniform(-1, 1, (100_000, 2)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    recording = open_recording(tmp_path / "a.wav", RATE)
    np.testing.assert_array_equal(recording.read(40_000, 95_000), sound[40_000:95_000])
    assert recording.duration == pytest.approx(100_000 / RATE)
    recording.close()


def test_outside_the_recording_is_silence(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full((1000, 2), 0.5), RATE, subtype="FLOAT")
    recording = open_recording(tmp_path / "a.wav", RATE)
    sound = recording.read(-100, 1100)
    assert not sound[:100].any()
    assert not sound[1100:].any()
    np.testing.assert_allclose(sound[100:1100], 0.5)
    assert not recording.read(10_000, 10_100).any()
    recording.close()


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000, 11_025])
def test_another_rate_joins_without_a_seam(tmp_path, rate):
    time = np.arange(4 * rate) / rate
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * time), rate, subtype="FLOAT")
    recording = open_recording(tmp_path / "a.wav", RATE)
    sound = recording.read(RATE // 2, 7 * RATE // 2)[:, 0]
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE // 2, 7 * RATE // 2) / RATE)
    np.testing.assert_allclose(sound, expected, atol=2e-3)
    recording.close()


@pytest.mark.parametrize("n_channels", [1, 2, 6])
def test_any_number_of_channels_is_stereo(tmp_path, n_channels):
    soundfile.write(tmp_path / "a.wav", np.full((RATE, n_channels), 0.25), RATE, subtype="FLOAT")
    recording = open_recording(tmp_path / "a.wav", RATE)
    np.testing.assert_allclose(recording.read(0, 100), 0.25)
    recording.close()


def test_what_is_not_a_number_is_silent(tmp_path):
    sound = np.full((1000, 2), np.nan, dtype=np.float32)
    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    recording = open_recording(tmp_path / "a.wav", RATE)
    assert not recording.read(0, 1000).any()
    recording.close()


def test_the_example_can_be_heard():
    recording = open_recording(resource("example.ogg"), RATE)
    assert 10 <= recording.duration <= 15
    assert np.abs(recording.read(0, RATE)).max() > 0.1
    recording.close()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(AudioNotFound, match=r"gone\.wav"):
        open_recording(tmp_path / "gone.wav", RATE)


def test_what_is_no_sound_is_refused(tmp_path):
    path = tmp_path / "text.wav"
    path.write_bytes(b"not sound at all" * 100)
    with pytest.raises(UnsupportedAudio):
        open_recording(path, RATE)


@pytest.mark.parametrize(
    ("speed", "tolerance"), [(0.25, 0.010), (0.5, 0.005), (0.75, 0.005), (1.5, 0.005), (2.0, 0.005)]
)
def test_a_stretched_recording_keeps_its_times(bursts, speed, tolerance):
    recording = open_recording(bursts, RATE)
    stretched = StretchedRecording(recording, speed=speed, rate=RATE)
    length = round(4.8 / speed * RATE)
    sound = np.concatenate([stretched.read(at, min(at + 3000, length)) for at in range(0, length, 3000)])
    times = np.array(BURSTS) / speed
    np.testing.assert_allclose(starts(sound[:, 0], times), times, atol=tolerance)
    assert sound[:, 0].std() > 1.5 * sound[:, 1].std()
    recording.close()


def test_a_quarter_of_the_speed_sounds_the_same_each_time(bursts):
    recording = open_recording(bursts, RATE)
    first, again = (StretchedRecording(recording, speed=0.25, rate=RATE).read(0, 4 * RATE) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    recording.close()


def test_a_stretched_recording_keeps_its_pitch(tmp_path):
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 500 * np.arange(RATE * 3) / RATE), RATE)
    recording = open_recording(tmp_path / "a.wav", RATE)
    sound = StretchedRecording(recording, speed=0.6, rate=RATE).read(RATE, 2 * RATE)[:, 0]
    assert np.argmax(np.abs(np.fft.rfft(sound))) == pytest.approx(500, abs=2)
    recording.close()


def test_reading_again_gives_the_same_and_jumping_lands_right(bursts):
    recording = open_recording(bursts, RATE)
    stretched = StretchedRecording(recording, speed=0.5, rate=RATE)
    first = stretched.read(20_000, 60_000)
    np.testing.assert_array_equal(stretched.read(20_000, 60_000), first)
    far = stretched.read(round(6.0 * RATE), round(7.2 * RATE))[:, 0]
    level = np.convolve(np.abs(far), np.ones(128) / 128, "same")
    assert 6.0 + np.argmax(level > 0.5 * level.max()) / RATE == pytest.approx(6.6, abs=0.005)
    recording.close()


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.5, 2.0])
def test_nothing_is_heard_before_its_time(tmp_path, speed):
    """Plucked strings after silence: even the faintest beginning of a stretched attack is in its place."""
    onsets = np.array([0.5, 1.3, 2.1, 2.9])
    time = np.arange(RATE // 2) / RATE
    sound = np.zeros(RATE * 4)
    for onset, hertz in zip(onsets, (110, 262, 440, 880), strict=True):
        pluck = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in (1, 2, 3)) * np.exp(-12 * time)
        sound[round(onset * RATE) :][: len(pluck)] += 0.3 * pluck
    soundfile.write(tmp_path / "plucks.wav", sound, RATE, subtype="FLOAT")
    recording = open_recording(tmp_path / "plucks.wav", RATE)

    heard = np.abs(
        StretchedRecording(recording, speed=speed, rate=RATE).read(0, round(4 / speed * RATE))[:, 0]
    )

    for onset in onsets / speed:
        start = round((onset - 0.15) * RATE)
        around = heard[start : start + round(0.3 * RATE)]
        first = np.argmax(around > 0.03 * around.max()) / RATE - 0.15
        assert first == pytest.approx(0.0, abs=0.006)
    recording.close()


def test_a_soft_pad_does_not_cover_for_early_attacks(tmp_path):
    """A hit over low tones that sound already: what of it lies above them begins in its place."""
    time = np.arange(RATE * 3) / RATE
    sound = sum(0.02 * np.sin(2 * np.pi * hertz * time) for hertz in (131, 196, 262, 523))
    hit = np.random.default_rng(2).standard_normal(RATE) * np.exp(-18 * time[:RATE])
    sound[RATE : 2 * RATE] += 0.2 * hit
    soundfile.write(tmp_path / "hit.wav", sound, RATE, subtype="FLOAT")
    recording = open_recording(tmp_path / "hit.wav", RATE)
    heard = StretchedRecording(recording, speed=0.25, rate=RATE).read(3 * RATE, 5 * RATE)[:, 0]
    recording.close()

    spectrum = np.fft.rfft(heard)
    spectrum[: 3000 * 2] = 0.0
    above = np.abs(np.fft.irfft(spectrum))[: round(1.1 * RATE)]
    first = 3.0 + np.argmax(above > 0.1 * above.max()) / RATE
    assert first == pytest.approx(4.0, abs=0.008)


def test_a_steady_sound_is_not_turned_down(tmp_path, monkeypatch):
    time = np.arange(RATE * 3) / RATE
    chord = sum(0.1 * np.sin(2 * np.pi * hertz * time) for hertz in (41, 110, 313, 1500))
    soundfile.write(tmp_path / "chord.wav", chord, RATE, subtype="FLOAT")
    recording = open_recording(tmp_path / "chord.wav", RATE)

    given, made = [], []
    limit = PreEchoLimiter.limit

    def watch(limiter, piece, start):
        given.append(piece.copy())
        made.append(limit(limiter, piece, start))
        return made[-1]

    monkeypatch.setattr(PreEchoLimiter, "limit", watch)
    StretchedRecording(recording, speed=0.25, rate=RATE).read(4 * RATE, 8 * RATE)

    ahead, n_piece = PreEchoLimiter.AHEAD_FRAMES, len(given[0])
    sound = np.concatenate(given)[:-ahead]
    lost = np.concatenate(made)[ahead:] - sound
    steady = slice(2 * n_piece, -n_piece)  # not where it begins and ends
    assert lost[steady].std() < 0.003 * sound[steady].std()  # 50 dB below
    recording.close()
