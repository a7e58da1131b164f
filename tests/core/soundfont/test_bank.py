"""Which voices a note gets, and from which recordings."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from mt3_desktop.core.errors import UnreadableSoundFont
from mt3_desktop.core.resources import resource
from mt3_desktop.core.soundfont import DRUM_BANK, LoopMode, SoundFont
from tests.helpers.tiny_soundfont import INSTRUMENT, SAMPLE, TinyFont, TinySample, keys, one_tone, sine

KEYS, VELOCITIES, PAN, ATTENUATION, COARSE, FINE = 43, 44, 17, 48, 51, 52
TONE = TinySample(sine(1000), root=60, correction=-3, loop=(100, 900))


@pytest.fixture(scope="module")
def gm() -> SoundFont:
    return SoundFont.open(resource("gm.sf3"))


def opened(tmp_path: Path, font: TinyFont) -> SoundFont:
    return SoundFont.open(font.write(tmp_path / "tiny.sf2"))


def test_the_built_in_font_has_every_program_and_a_kit(gm):
    assert {(0, program) for program in range(128)} | {(DRUM_BANK, 0)} == set(gm.presets)


@pytest.mark.parametrize("program", range(128))
def test_every_program_of_the_built_in_font_sounds_in_the_middle(gm, program):
    voices = gm.voices(0, program, 60, 100)
    assert voices
    assert max(np.abs(gm.sample(voice.tone.sample).frames).max() for voice in voices) > 0.01


@pytest.mark.parametrize("key", range(35, 82))
def test_every_drum_of_general_midi_sounds(gm, key):
    assert gm.voices(DRUM_BANK, 0, key, 100)


def test_the_built_in_font_is_small():
    assert resource("gm.sf3").stat().st_size <= 10_000_000


def test_preset_and_instrument_values_add_up(tmp_path):
    font = TinyFont(
        [TONE],
        [[{COARSE: 1, FINE: 20, ATTENUATION: 100, SAMPLE: 0}]],
        {(0, 0): [{COARSE: 2, FINE: 5, ATTENUATION: 50, INSTRUMENT: 0}]},
    )
    (voice,) = opened(tmp_path, font).voices(0, 0, 62, 127)
    assert voice.tone.cents == 200 + 300 + 25 - 3
    assert voice.gain == pytest.approx(10 ** (-15 * 0.4 / 20))


def test_a_global_zone_holds_where_a_zone_says_nothing(tmp_path):
    zones = [{PAN: -500, FINE: 7}, {KEYS: keys(0, 60), SAMPLE: 0}, {KEYS: keys(61, 127), FINE: 9, SAMPLE: 0}]
    font = opened(tmp_path, TinyFont([TONE], [zones], {(0, 0): [{INSTRUMENT: 0}]}))
    (low,), (high,) = font.voices(0, 0, 60, 100), font.voices(0, 0, 61, 100)
    assert (low.tone.cents, high.tone.cents) == (7 - 3, 100 + 9 - 3)
    assert (low.left, low.right) == (1.0, 0.0)


def test_key_and_velocity_ranges_choose_the_zones(tmp_path):
    zones = [
        {KEYS: keys(0, 64), VELOCITIES: keys(0, 80), SAMPLE: 0},
        {KEYS: keys(0, 64), VELOCITIES: keys(81, 127), SAMPLE: 1},
        {KEYS: keys(60, 127), SAMPLE: 2},
    ]
    font = opened(tmp_path, TinyFont([TONE] * 3, [zones], {(0, 0): [{INSTRUMENT: 0}]}))
    assert [voice.tone.sample for voice in font.voices(0, 0, 50, 80)] == [0]
    assert [voice.tone.sample for voice in font.voices(0, 0, 62, 81)] == [1, 2]
    assert [voice.tone.sample for voice in font.voices(0, 0, 100, 1)] == [2]


def test_a_preset_cannot_change_what_belongs_to_the_instrument(tmp_path):
    font = TinyFont([TONE], [[{54: 1, 58: 50, SAMPLE: 0}]], {(0, 0): [{54: 3, 58: 40, 57: 9, INSTRUMENT: 0}]})
    (voice,) = opened(tmp_path, font).voices(0, 0, 50, 100)
    assert voice.tone.loop_mode is LoopMode.ALWAYS
    assert voice.tone.cents == -3
    assert voice.exclusive_class == 0


def test_half_the_velocity_is_a_quarter_of_the_amplitude(tmp_path):
    font = SoundFont.open(one_tone(tmp_path / "tiny.sf2"))
    ((full,), (half,)) = font.voices(0, 0, 69, 127), font.voices(0, 0, 69, 64)
    assert full.gain == pytest.approx(1.0)
    assert half.gain == pytest.approx((64 / 127) ** 2, rel=1e-3)


def test_softer_notes_are_darker_unless_the_font_says_no(tmp_path):
    zones = [[{SAMPLE: 0}, {SAMPLE: 0}]]
    off = {(0, 1): [(0x0102, 8, 0, 0x0D02, 0)]}
    font = opened(tmp_path, TinyFont([TONE], zones, {(0, 0): [{INSTRUMENT: 0}]}, off))
    darker, same = font.voices(0, 0, 60, 1)
    assert darker.tone.cutoff == pytest.approx(13500 - 2400 * 126 / 127)
    assert same.tone.cutoff == 13500


def test_a_modulator_from_key_to_pan(tmp_path):
    linear_bipolar_key = 3 | 0x200
    font = opened(
        tmp_path,
        TinyFont(
            [TONE],
            [[{SAMPLE: 0}]],
            {(0, 0): [{INSTRUMENT: 0}]},
            {(0, 0): [(linear_bipolar_key, PAN, 500, 0, 0)]},
        ),
    )
    (low,), (high,) = font.voices(0, 0, 0, 100), font.voices(0, 0, 127, 100)
    assert (low.left, low.right) == (1.0, 0.0)
    assert (high.left, high.right) == (0.0, 1.0)


def test_a_missing_program_is_replaced_by_its_family(tmp_path):
    font = opened(
        tmp_path,
        TinyFont(
            [TONE] * 2,
            [[{SAMPLE: 0}], [{SAMPLE: 1}]],
            {(0, 0): [{INSTRUMENT: 0}], (0, 42): [{INSTRUMENT: 1}]},
        ),
    )
    assert font.voices(0, 40, 60, 100)[0].tone.sample == 1
    assert font.voices(0, 90, 60, 100)[0].tone.sample == 0
    assert font.voices(DRUM_BANK, 0, 36, 100) == ()


def test_envelope_times_follow_the_key(tmp_path):
    zone = {34: 0, 36: -1200, 40: 100, 37: 200, 38: 1200, SAMPLE: 0}
    font = opened(tmp_path, TinyFont([TONE], [[zone]], {(0, 0): [{INSTRUMENT: 0}]}))
    (voice,) = font.voices(0, 0, 72, 100)
    assert voice.volume.attack == 1.0
    assert voice.volume.decay == pytest.approx(0.5 * 2 ** (-1200 / 1200))
    assert voice.volume.sustain == 20.0
    assert voice.volume.release == 2.0


def test_pan_keeps_the_power(gm):
    (voice, *_) = gm.voices(0, 0, 60, 100)
    assert math.hypot(voice.left, voice.right) == pytest.approx(1.0, abs=1e-5)


def test_samples_are_decoded_once_and_locked(gm):
    first = gm.sample(3)
    assert gm.sample(3) is first
    assert not first.frames.flags.writeable


def test_raw_samples_keep_their_loop(tmp_path):
    font = opened(tmp_path, TinyFont([TONE, TONE], [[{SAMPLE: 1}]], {(0, 0): [{INSTRUMENT: 0}]}))
    sample = font.sample(1)
    assert (sample.loop_start, sample.loop_end, sample.rate) == (100, 900, 44_100)
    np.testing.assert_allclose(sample.frames, TONE.frames / 32768)


# --- rubbish ---


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnreadableSoundFont, match=r"gone\.sf2"):
        SoundFont.open(tmp_path / "gone.sf2")


@pytest.mark.parametrize("content", [b"", b"RIFF", b"MThd" * 100, b"RIFF\xff\xff\xff\x7fsfbk" + bytes(200)])
def test_what_is_no_soundfont_is_refused(tmp_path, content):
    path = tmp_path / "bad.sf2"
    path.write_bytes(content)
    with pytest.raises(UnreadableSoundFont, match=r"bad\.sf2"):
        SoundFont.open(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(UnreadableSoundFont):
        SoundFont.open(tmp_path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_file_cut_short_is_refused(tmp_path, share):
    content = resource("gm.sf3").read_bytes()
    path = tmp_path / "cut.sf3"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UnreadableSoundFont):
        SoundFont.open(path)


def test_an_index_that_runs_out_of_its_table_is_refused(tmp_path):
    content = bytearray(TinyFont([TONE], [[{SAMPLE: 0}]], {(0, 0): [{INSTRUMENT: 0}]}).content())
    at = content.index(b"ibag") + 8
    content[at : at + 2] = b"\xff\x00"
    path = tmp_path / "bad.sf2"
    path.write_bytes(content)
    with pytest.raises(UnreadableSoundFont):
        SoundFont.open(path)


def test_links_to_nothing_are_silent(tmp_path):
    font = opened(
        tmp_path,
        TinyFont(
            [TONE], [[{SAMPLE: 7}], [{SAMPLE: 0}]], {(0, 0): [{INSTRUMENT: 0}], (0, 1): [{INSTRUMENT: 99}]}
        ),
    )
    assert font.voices(0, 0, 60, 100) == ()
    assert font.voices(0, 1, 60, 100) == ()


def test_a_sample_beyond_the_file_is_silence(tmp_path):
    content = bytearray(TinyFont([TONE], [[{SAMPLE: 0}]], {(0, 0): [{INSTRUMENT: 0}]}).content())
    at = content.index(b"shdr") + 8 + 20
    content[at : at + 8] = b"\xff\xff\xff\x7f\xff\xff\xff\x7f"
    path = tmp_path / "bad.sf2"
    path.write_bytes(content)
    assert len(SoundFont.open(path).sample(0).frames) == 0


def test_damaged_vorbis_is_a_sentence(tmp_path):
    content = bytearray(resource("gm.sf3").read_bytes())
    at = content.index(b"OggS")
    content[at : at + 2000] = bytes(2000)
    path = tmp_path / "bad.sf3"
    path.write_bytes(content)
    with pytest.raises(UnreadableSoundFont, match=r"bad\.sf3"):
        SoundFont.open(path).sample(0)
