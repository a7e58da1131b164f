"""Notes become sound: at the right frame, at the right pitch, once."""

from __future__ import annotations

import numpy as np
import pytest

from mt3_desktop.core.resources import resource
from mt3_desktop.core.soundfont import SoundFont
from mt3_desktop.core.synth import Part, Synth, soft_limit, song_blocks
from mt3_desktop.core.values import Note
from tests.helpers.tiny_soundfont import INSTRUMENT, SAMPLE, TinyFont, TinySample, keys, one_tone, sine

RATE = 44_100
A4 = Note(1.0, 1.5, 69, 127, 0)


@pytest.fixture(scope="module")
def gm() -> Synth:
    return Synth(SoundFont.open(resource("gm.sf3")), RATE)


@pytest.fixture
def pure(tmp_path) -> Synth:
    """A sine of 441 Hz at key 69 with no attack and no release to speak of."""
    return Synth(SoundFont.open(one_tone(tmp_path / "tone.sf2")), RATE)


def peak_hertz(sound, rate=RATE):
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * len(sound)))
    return float(np.argmax(spectrum)) * rate / (8 * len(sound))


def whole(synth: Synth, part: Part):
    return synth.render(part, 0, part.end)


@pytest.mark.parametrize("onset", [0.0, 0.25, 1.0, 1.234567, 59.99])
def test_an_onset_is_at_its_exact_frame(pure, onset):
    part = pure.part([Note(onset, onset + 0.1, 69, 127, 0)])
    at = round(onset * RATE)
    sound = pure.render(part, at - 100, at + 100)[:, 0]
    assert np.all(sound[:100] == 0)
    assert np.flatnonzero(np.abs(sound) > 0.01)[0] == pytest.approx(101, abs=1)  # a sine begins at zero


@pytest.mark.parametrize(
    ("pitch", "hertz"), [(45, 110.25), (57, 220.5), (69, 441.0), (76, 660.8), (93, 1764.0)]
)
def test_pitches_are_right(pure, pitch, hertz):
    sound = whole(pure, pure.part([Note(0.0, 1.0, pitch, 127, 0)]))[2000:40_000, 0]
    assert 1200 * abs(np.log2(peak_hertz(sound) / hertz)) < 3


@pytest.mark.parametrize("program", [0, 19, 24, 40, 48, 56, 65, 73, 80])
def test_instruments_of_the_built_in_font_are_in_tune(gm, program):
    sound = whole(gm, gm.part([Note(0.0, 2.0, 69, 100, program)]))[:, 0]
    spectrum = np.abs(np.fft.rfft(sound[11_025:77_175] * np.hanning(66_150)))
    near = slice(round(415 * 1.5), round(466 * 1.5))
    hertz = (near.start + float(np.argmax(spectrum[near]))) / 1.5
    assert 1200 * abs(np.log2(hertz / 440)) < 15


def test_a_loop_has_no_seam(pure):
    sound = whole(pure, pure.part([Note(0.0, 2.0, 69, 127, 0)]))[2000:80_000, 0]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    spectrum[: round(460 * len(sound) / RATE)] = 0
    assert spectrum.max() < 1e-3 * np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).max()


def test_any_slice_is_the_slice_of_the_whole(gm):
    part = gm.part([Note(0.1 * i, 0.1 * i + 0.3, 50 + i, 90, 0) for i in range(20)])
    sound = whole(gm, part)
    np.testing.assert_array_equal(gm.render(part, 12_345, 54_321), sound[12_345:54_321])


def test_blocks_join_to_the_whole(gm):
    part = gm.part([Note(0.1 * i, 0.1 * i + 0.3, 50 + i, 90, 0) for i in range(20)])
    count = -(-part.end // gm.block_frames)
    joined = np.concatenate([gm.block(part, index) for index in range(count)])[: part.end]
    np.testing.assert_array_equal(joined, whole(gm, part))


def test_a_block_is_kept_until_its_notes_change(gm):
    notes = [Note(0.0, 0.2, 60, 90, 0), Note(20.0, 20.2, 60, 90, 0)]
    before = gm.block(gm.part(notes), 0)
    assert gm.block(gm.part(notes), 0) is before
    assert gm.block(gm.part([notes[0], Note(21.0, 21.5, 64, 90, 0)]), 0) is before
    assert gm.block(gm.part([Note(0.0, 0.2, 61, 90, 0), notes[1]]), 0) is not before


def test_half_speed_doubles_the_times_and_keeps_the_pitch(pure):
    part = pure.part([A4], stretch=2.0)
    sound = whole(pure, part)[:, 0]
    heard = np.flatnonzero(np.abs(sound) > 0.01)
    assert heard[0] == pytest.approx(2 * RATE, abs=2)
    assert peak_hertz(sound[heard[0] + 500 : heard[0] + 40_000]) == pytest.approx(441.0, abs=0.5)


def test_a_later_voice_of_its_class_chokes_an_open_hi_hat(tmp_path):
    long, short = TinySample(sine(44_100, hertz=300), root=46), TinySample(sine(400, hertz=3000), root=42)
    zones = [
        {43: keys(46, 46), 57: 1, 38: 1200, SAMPLE: 0},
        {43: keys(42, 42), 57: 1, 38: 1200, SAMPLE: 1},
    ]
    font = TinyFont([long, short], [zones], {(128, 0): [{INSTRUMENT: 0}]}).write(tmp_path / "kit.sf2")
    synth = Synth(SoundFont.open(font), RATE)
    open_hat = Note(0.0, 0.05, 46, 127, 0, is_drum=True)
    alone = whole(synth, synth.part([open_hat]))
    choked = synth.render(synth.part([open_hat, Note(0.2, 0.25, 42, 127, 0, is_drum=True)]), 0, len(alone))
    assert np.abs(alone[12_000:14_000]).max() > 0.05
    assert np.abs(choked[12_000:14_000]).max() == 0.0
    np.testing.assert_array_equal(choked[:8800], alone[:8800])


def test_a_hard_panned_voice_is_on_one_side(tmp_path):
    synth = Synth(SoundFont.open(one_tone(tmp_path / "right.sf2", g17=500)), RATE)
    sound = whole(synth, synth.part([A4]))
    assert np.abs(sound[:, 0]).max() == 0.0
    assert np.abs(sound[:, 1]).max() > 0.2


@pytest.mark.parametrize(("cutoff", "low", "high"), [(13_500, -0.5, 0.5), (6900 - 1200, -16, -9)])
def test_the_filter_takes_what_is_above_its_cutoff(tmp_path, cutoff, low, high):
    """A tone an octave above the cutoff loses about 12 dB."""
    plain = Synth(SoundFont.open(one_tone(tmp_path / "a.sf2")), RATE)
    filtered = Synth(SoundFont.open(one_tone(tmp_path / "b.sf2", g8=cutoff)), RATE)
    before, after = (whole(s, s.part([A4]))[RATE + 4000 : RATE + 20_000].std() for s in (plain, filtered))
    assert low < 20 * np.log10(after / before) < high


def test_a_sweeping_filter_opens(tmp_path):
    path = one_tone(tmp_path / "sweep.sf2", g8=4500, g11=6000, g26=0, g29=0)  # attack of a second, 5 octaves
    synth = Synth(SoundFont.open(path), RATE)
    sound = whole(synth, synth.part([Note(0.0, 1.5, 69, 127, 0)]))[:, 0]
    levels = [sound[at : at + 4000].std() for at in (2000, 20_000, 50_000)]
    assert levels[0] < 0.2 * levels[2]
    assert levels[0] < levels[1] < levels[2]


def test_vibrato_moves_the_pitch(tmp_path):
    path = one_tone(tmp_path / "vibrato.sf2", g6=100, g24=-851, g23=-12000)  # ±1 semitone at 5 Hz
    synth = Synth(SoundFont.open(path), RATE)
    sound = whole(synth, synth.part([Note(0.0, 1.0, 69, 127, 0)]))[:, 0]
    crossings = np.flatnonzero((sound[:-1] < 0) & (sound[1:] >= 0))
    hertz = RATE / np.diff(crossings[5:300])
    assert hertz.max() == pytest.approx(441 * 2 ** (1 / 12), rel=0.01)
    assert hertz.min() == pytest.approx(441 * 2 ** (-1 / 12), rel=0.01)


def test_a_sample_that_loops_until_release_ends_with_its_tail(tmp_path):
    frames = np.concatenate([sine(1000, hertz=441), sine(3000, hertz=1764)])
    zones = [{54: 3, 38: 1200, SAMPLE: 0}]
    font = TinyFont([TinySample(frames, loop=(0, 1000))], [zones], {(0, 0): [{INSTRUMENT: 0}]})
    synth = Synth(SoundFont.open(font.write(tmp_path / "tail.sf2")), RATE)
    part = synth.part([Note(0.0, 0.5, 69, 127, 0)])
    sound = synth.render(part, 0, RATE)[:, 0]
    assert peak_hertz(sound[4000:20_000]) == pytest.approx(441, abs=2)
    assert peak_hertz(sound[23_300:25_500]) == pytest.approx(1764, abs=20)
    assert np.abs(sound[28_000:]).max() == 0.0


def test_an_impossible_loop_plays_the_sample_once(tmp_path):
    font = TinyFont(
        [TinySample(sine(2000), loop=(1900, 90_000))], [[{54: 1, SAMPLE: 0}]], {(0, 0): [{INSTRUMENT: 0}]}
    )
    synth = Synth(SoundFont.open(font.write(tmp_path / "odd.sf2")), RATE)
    sound = synth.render(synth.part([Note(0.0, 1.0, 69, 127, 0)]), 0, RATE)[:, 0]
    assert np.abs(sound[:1500]).max() > 0.2
    assert np.abs(sound[2100:]).max() == 0.0


def test_a_song_for_a_file_never_exceeds_full_scale(gm):
    crowd = gm.part([Note(0.0, 1.0, pitch, 127, 56) for pitch in range(50, 80)])
    sound = np.concatenate(list(song_blocks(gm, [(crowd, 2.0)], RATE)))
    assert len(sound) == RATE
    assert 0.95 < np.abs(sound).max() <= 1.0


def test_the_limiter_leaves_quiet_sound_alone():
    quiet = np.linspace(-0.79, 0.79, 1001, dtype=np.float32)
    np.testing.assert_array_equal(soft_limit(quiet.copy()), quiet)
    loud = soft_limit(np.array([-9.0, -1.0, 0.0, 1.0, 9.0], dtype=np.float32))
    assert np.all(np.diff(loud) > 0)
    assert np.abs(loud).max() <= 1.0


def test_other_rates_keep_time_and_pitch():
    synth = Synth(SoundFont.open(resource("gm.sf3")), 48_000)
    sound = synth.render(synth.part([A4]), 0, 96_000)[:, 0]
    assert np.all(sound[:48_000] == 0)
    assert peak_hertz(sound[52_000:70_000], 48_000) == pytest.approx(440, abs=3)


def test_no_notes_are_silence(gm):
    part = gm.part([])
    assert part.end == 0
    assert not gm.render(part, 0, 1000).any()
