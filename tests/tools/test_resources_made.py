"""The scripts that made the built-in sounds, on fonts of a few bytes; and what they made."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import soundfile

from mt3_desktop.core.resources import resource
from mt3_desktop.core.soundfont import DRUM_BANK, SoundFont
from tests.helpers.tiny_soundfont import INSTRUMENT, SAMPLE, TinyFont, TinySample, keys, sine

ROOT = Path(__file__).parent.parent.parent
KEYS = 43


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import cut_soundfont

    yield cut_soundfont
    del sys.modules["cut_soundfont"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An instrument with a sample every two semitones, a kit, and a bank that is not General MIDI."""
    samples = [TinySample(sine(4000), root=root, loop=(500, 3500)) for root in range(60, 72, 2)]
    zones = [{KEYS: keys(60 + 2 * i, 61 + 2 * i), 54: 1, SAMPLE: i} for i in range(6)]
    kit = [{KEYS: keys(36, 36), SAMPLE: 6}]
    samples.append(TinySample(np.concatenate([sine(2000), np.zeros(30_000, np.int16)]), root=36))
    presets = {(0, 0): [{INSTRUMENT: 0}], (8, 0): [{INSTRUMENT: 0}], (DRUM_BANK, 0): [{INSTRUMENT: 1}]}
    return TinyFont(samples, [zones, kit], presets).write(tmp_path / "source.sf2")


def test_a_cut_font_plays_every_key_with_fewer_samples(script, source, tmp_path):
    script.cut(source, tmp_path / "cut.sf3")
    before, after = SoundFont.open(source), SoundFont.open(tmp_path / "cut.sf3")
    assert set(after.presets) == {(0, 0), (DRUM_BANK, 0)}
    played = {key: after.voices(0, 0, key, 100) for key in range(60, 72)}
    assert all(len(voices) == 1 for voices in played.values())
    assert len({voices[0].tone.sample for voices in played.values()}) < 6
    assert all(abs(voices[0].tone.cents) <= 100 * (script.REACH + 1) for voices in played.values())
    loop = after.sample(played[60][0].tone.sample)
    assert (loop.loop_start, loop.loop_end, len(loop.frames)) == (500, 3500, 4000)
    kit_before, kit_after = (font.voices(DRUM_BANK, 0, 36, 100)[0].tone.sample for font in (before, after))
    assert len(after.sample(kit_after).frames) < 3000 < len(before.sample(kit_before).frames)


def test_the_same_source_gives_the_same_bytes(script, source, tmp_path):
    script.cut(source, tmp_path / "a.sf3")
    script.cut(source, tmp_path / "b.sf3")
    assert (tmp_path / "a.sf3").read_bytes() == (tmp_path / "b.sf3").read_bytes()


def test_a_stream_with_another_serial_number_is_still_valid(script):
    stream = io.BytesIO()
    soundfile.write(stream, np.sin(np.arange(20_000) / 20), 44_100, format="OGG", subtype="VORBIS")
    changed = script.with_serial(stream.getvalue(), 7)
    np.testing.assert_array_equal(
        soundfile.read(io.BytesIO(changed))[0], soundfile.read(io.BytesIO(stream.getvalue()))[0]
    )


def test_the_example_is_short_and_has_three_instruments_and_drums():
    sound, rate = soundfile.read(resource("example.ogg"))
    assert 10 <= len(sound) / rate <= 15
    assert 0.5 < np.abs(sound).max() <= 1.0
    midi = pretty_midi.PrettyMIDI(str(resource("example.mid")))
    assert {(track.program, track.is_drum) for track in midi.instruments} == {
        (0, False), (33, False), (73, False), (0, True),
    }  # fmt: skip
    assert midi.get_end_time() < len(sound) / rate


def test_the_notes_of_the_example_are_where_its_file_says():
    sound, rate = soundfile.read(resource("example.ogg"))
    loud = np.flatnonzero(np.abs(sound).max(axis=1) > 0.02)[0] / rate
    midi = pretty_midi.PrettyMIDI(str(resource("example.mid")))
    first = min(note.start for track in midi.instruments for note in track.notes)
    assert loud == pytest.approx(first, abs=0.02)


def test_the_licence_of_the_built_in_font_lies_beside_it():
    text = resource("gm.LICENSE.txt").read_text(encoding="utf-8")
    assert "Frank Wen" in text
    assert "Permission is hereby granted" in text
