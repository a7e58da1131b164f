"""The mix, frame by frame, without a thread: a test takes frames and lets the mixer work."""

from __future__ import annotations

import numpy as np
import pytest

from mt3_desktop.app.mixer import AHEAD_SECONDS, SAFETY_SECONDS, Mixer
from mt3_desktop.app.ring import Ring
from mt3_desktop.core.soundfont import SoundFont
from mt3_desktop.core.synth import Synth
from mt3_desktop.core.values import Instrument, Note
from tests.helpers.tiny_soundfont import one_tone

RATE = 44_100
BLOCK = 441  # ten milliseconds
PIANO, BASS = Instrument(0), Instrument(33)
SAFETY = round(SAFETY_SECONDS * RATE)


class Ramp:
    """A recording whose frame n is n/10⁶ in both channels, so that a frame tells where it came from."""

    duration = 8.0

    def read(self, start, stop):
        ramp = np.arange(start, stop, dtype=np.float32) * np.float32(1e-6)
        ramp[np.arange(start, stop) >= self.duration * RATE] = 0
        return np.repeat(ramp[:, None], 2, axis=1)

    def close(self):
        pass


@pytest.fixture
def mixer(tmp_path) -> Mixer:
    synth = Synth(SoundFont.open(one_tone(tmp_path / "tone.sf2")), RATE)
    mixer = Mixer(synth, Ring(4 * RATE))
    mixer.change(volume=1.0)
    return mixer


def listen(mixer: Mixer, seconds: float):
    """Take ten milliseconds at a time, with the mixer working in between."""
    heard = []
    for _ in range(round(seconds * 100)):
        mixer.work()
        out = np.zeros((BLOCK, 2), dtype=np.float32)
        mixer.ring.fill(out)
        heard.append(out)
    return np.concatenate(heard)


def onsets(sound, threshold=0.05):
    loud = np.flatnonzero(np.abs(sound) > threshold)
    return loud[np.diff(loud, prepend=-RATE) > RATE // 20]


def notes(*times: float, program: int = 0, length: float = 0.1):
    return tuple(Note(at, at + length, 69, 127, program) for at in times)


def play(mixer: Mixer, **changes):
    mixer.change(is_playing=True, **changes)


def test_nothing_is_heard_before_play(mixer):
    mixer.change(original=Ramp(), duration=8.0, notes={PIANO: notes(0.0)}, levels={PIANO: 1.0})
    assert not listen(mixer, 0.3).any()


def test_notes_are_at_their_exact_frames(mixer):
    play(mixer, notes={PIANO: notes(0.2, 0.5, 1.1)}, levels={PIANO: 1.0}, duration=2.0)
    found = onsets(listen(mixer, 1.5)[:, 0], 0.01)
    np.testing.assert_allclose(found - SAFETY, [0.2 * RATE, 0.5 * RATE, 1.1 * RATE], atol=2)


def test_original_and_notes_are_together_to_the_frame(mixer):
    play(mixer, original=Ramp(), duration=8.0, notes={PIANO: notes(0.5)}, levels={PIANO: 1.0}, is_split=True)
    sound = listen(mixer, 1.0)
    onset = onsets(sound[:, 1], 0.01)[0]
    assert sound[onset, 0] * 1e6 == pytest.approx(0.5 * RATE, abs=3)


def test_a_seek_goes_to_the_exact_frame(mixer):
    play(mixer, original=Ramp(), duration=8.0, balance=0.0)
    listen(mixer, 0.5)
    mixer.seek(3.0)
    sound = listen(mixer, 0.5)[:, 0]
    np.testing.assert_allclose(
        sound[SAFETY + 500 : SAFETY + 600] * 1e6, 3 * RATE + np.arange(500, 600), atol=0.1
    )


def test_the_position_is_that_of_the_frame(mixer):
    play(mixer, original=Ramp(), duration=8.0, balance=0.0)
    mixer.seek(2.0)
    assert mixer.position(0) == 2.0  # asked for, not heard yet
    sound = listen(mixer, 1.0)[:, 0]
    for frame in (10_000, 30_000, 44_000):
        assert mixer.position(frame) * RATE == pytest.approx(sound[frame] * 1e6, abs=1)


def test_a_mute_is_heard_within_the_safety_distance(mixer):
    long = notes(0.0, length=5.0)
    play(mixer, notes={PIANO: long, BASS: notes(0.0, program=33, length=5.0)}, levels={PIANO: 1.0, BASS: 1.0})
    before = listen(mixer, 1.0)[-2000:, 0].std()
    mixer.change(levels={BASS: 1.0})
    after = listen(mixer, 0.3)[:, 0]
    changed = SAFETY + round(0.006 * RATE)
    assert after[: SAFETY - 500].std() == pytest.approx(before, rel=0.05)
    assert after[changed : changed + 2000].std() == pytest.approx(before / 2, rel=0.05)


def test_a_change_of_level_does_not_move_the_song(mixer):
    play(mixer, original=Ramp(), duration=8.0, balance=0.0)
    listen(mixer, 0.5)
    mixer.change(volume=0.9)
    mixer.change(volume=1.0)
    sound = listen(mixer, 0.5)[:, 0] * 1e6
    np.testing.assert_allclose(np.diff(sound), 1.0, atol=0.05)


def test_a_loop_returns_to_its_first_frame_each_time(mixer):
    play(mixer, original=Ramp(), duration=8.0, balance=0.0, loop=(1.0, 1.5))
    mixer.seek(1.0)
    sound = listen(mixer, 2.0)[SAFETY:, 0] * 1e6
    half = RATE // 2
    for turn in range(3):
        middle = sound[turn * half + 1000 : turn * half + 1100]
        np.testing.assert_allclose(middle, RATE + np.arange(1000, 1100), atol=0.1)
    assert mixer.position(SAFETY + half + 4410) == pytest.approx(1.1, abs=1e-3)


def test_a_loop_has_no_click(mixer):
    play(mixer, original=Ramp(), duration=8.0, balance=0.0, loop=(1.0, 1.5))
    mixer.seek(1.0)
    sound = listen(mixer, 1.0)[SAFETY + 500 :, 0]
    fade = round(0.006 * RATE)
    assert np.abs(np.diff(sound)).max() < 1.2 * 0.5 * RATE * 1e-6 / fade


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_at_another_speed_notes_keep_their_pitch_and_move_in_time(mixer, speed):
    play(mixer, notes={PIANO: notes(0.4, 0.8)}, levels={PIANO: 1.0}, duration=2.0, speed=speed)
    sound = listen(mixer, 2.5 if speed < 1 else 0.8)[:, 0]
    found = onsets(sound, 0.01)
    np.testing.assert_allclose((found - SAFETY) / RATE, [0.4 / speed, 0.8 / speed], atol=1e-4)
    spectrum = np.abs(np.fft.rfft(sound[found[0] + 200 : found[0] + 2000] * np.hanning(1800), 1 << 16))
    assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(441, abs=5)


def test_a_change_of_speed_keeps_the_place(mixer):
    play(mixer, original=Ramp(), duration=8.0)
    listen(mixer, 1.0)
    before = mixer.position(mixer.ring.taken)
    mixer.change(speed=0.5)
    listen(mixer, 1.0)
    assert mixer.position(mixer.ring.taken) == pytest.approx(before + 0.5, abs=SAFETY_SECONDS)


def test_notes_that_arrive_while_playing_are_heard(mixer):
    play(mixer, notes={PIANO: notes(0.1)}, levels={PIANO: 1.0}, duration=5.0)
    listen(mixer, 0.5)
    mixer.change(notes={PIANO: notes(0.1, 0.9)})
    assert len(onsets(listen(mixer, 0.8)[:, 0])) == 1


def test_a_pause_stops_at_once_and_play_goes_on_from_there(mixer):
    play(mixer, original=Ramp(), duration=8.0, balance=0.0)
    listen(mixer, 1.0)
    mixer.change(is_playing=False)
    rest = listen(mixer, 0.5)[:, 0]
    stopped = SAFETY + round(0.006 * RATE)
    assert not rest[stopped:].any()
    place = mixer.position(mixer.ring.taken)
    mixer.change(is_playing=True)
    sound = listen(mixer, 0.3)[:, 0] * 1e6
    assert sound[SAFETY + 1000] == pytest.approx(place * RATE + 1000, abs=2)


def test_an_underrun_costs_silence_and_not_song(mixer):
    play(mixer, original=Ramp(), duration=8.0, balance=0.0)
    before = listen(mixer, 0.5)[:, 0]
    out = np.zeros((RATE, 2), dtype=np.float32)
    mixer.ring.fill(out)  # a second at once, of which half was mixed
    heard = np.concatenate([before, out[:, 0], listen(mixer, 0.5)[:, 0]]) * 1e6
    moving = heard[heard > 0][300:]  # after the fade at the start
    assert np.diff(moving).max() < 1.1


def test_the_song_ends_after_its_last_note(mixer):
    play(mixer, notes={PIANO: notes(0.2)}, levels={PIANO: 1.0})
    listen(mixer, 2.5)
    assert mixer.ended_at is not None
    assert mixer.position(mixer.ended_at) == pytest.approx(0.3 + 1.5, abs=0.05)


def test_a_clicked_note_sounds_while_the_song_stands(mixer):
    mixer.sound(Note(7.0, 7.2, 69, 127, 0))
    sound = listen(mixer, 1.0)[:, 0]
    assert onsets(sound, 0.01)[0] == pytest.approx(SAFETY, abs=5)
    assert not sound[SAFETY + round(0.4 * RATE) :].any()


def test_split_puts_each_on_its_own_side(mixer):
    play(mixer, notes={PIANO: notes(0.0, length=2.0)}, levels={PIANO: 1.0}, is_split=True, duration=2.0)
    sound = listen(mixer, 0.5)
    assert not sound[:, 0].any()
    assert sound[:, 1].std() > 0.1


@pytest.mark.parametrize(
    ("balance", "original", "synth"), [(0.0, True, False), (0.5, True, True), (1.0, False, True)]
)
def test_the_balance_goes_from_original_to_notes(mixer, balance, original, synth):
    long = {PIANO: notes(0.0, length=3.0)}
    play(
        mixer, original=Ramp(), duration=8.0, notes=long, levels={PIANO: 1.0}, balance=balance, is_split=True
    )
    sound = listen(mixer, 0.6)[SAFETY + 500 :]
    assert bool(sound[:, 0].any()) is original
    assert bool(sound[:, 1].any()) is synth


def test_everything_together_stays_within_full_scale(mixer):
    crowd = {Instrument(program): notes(0.0, length=2.0, program=program) for program in range(30)}
    play(mixer, notes=crowd, levels=dict.fromkeys(crowd, 2.0))
    sound = listen(mixer, 0.5)
    assert 0.9 < np.abs(sound).max() <= 1.0


def test_no_more_is_mixed_ahead_than_half_a_second(mixer):
    play(mixer, original=Ramp(), duration=8.0)
    mixer.work()
    assert mixer.ring.written <= (AHEAD_SECONDS + 0.1) * RATE


def test_an_edit_in_a_long_song_leaves_other_windows_alone(mixer):
    song = tuple(note for at in range(300) for note in notes(float(at)))
    play(mixer, notes={PIANO: song}, levels={PIANO: 1.0})
    mixer.seek(100.0)
    listen(mixer, 0.2)
    parts = dict(mixer._parts.between(100 * RATE, 101 * RATE))
    mixer.change(notes={PIANO: (*song[:-1], Note(299.0, 299.5, 70, 127, 0))})
    listen(mixer, 0.1)
    assert dict(mixer._parts.between(100 * RATE, 101 * RATE)) == parts
