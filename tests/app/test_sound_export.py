"""Songs as WAV files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from mt3_desktop.app.sound_export import SoundExport, export_sound
from mt3_desktop.core.errors import AudioNotFound, NotWritable
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Note
from tests.helpers.tiny_soundfont import one_tone

RATE = 44_100
NOTES = (Note(0.5, 0.7, 69, 127, 0), Note(1.0, 1.2, 69, 127, 33))


@pytest.fixture
def song(tmp_path) -> SoundExport:
    return SoundExport(NOTES, tracks_of(NOTES), one_tone(tmp_path / "tone.sf2"))


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "original.wav"
    soundfile.write(path, np.full((3 * RATE, 2), 0.25), RATE, subtype="FLOAT")
    return path


def written(path):
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert (rate, sound.shape[1]) == (RATE, 2)
    return sound


def onsets(sound):
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    return loud[np.diff(loud, prepend=-RATE) > RATE // 20] / RATE


def test_the_notes_are_in_the_file_at_their_times(song, tmp_path):
    sound = written(export_sound(tmp_path / "out.wav", song))
    np.testing.assert_allclose(onsets(sound[:, 0]), [0.5, 1.0], atol=1e-3)
    assert len(sound) == round((1.2 + 1.5) * RATE)


def test_a_muted_track_is_not_in_the_file(song, tmp_path):
    tracks = tuple(replace(track, muted=track.instrument.program == 33) for track in song.tracks)
    sound = written(export_sound(tmp_path / "out.wav", replace(song, tracks=tracks)))
    np.testing.assert_allclose(onsets(sound[:, 0]), [0.5], atol=1e-3)


def test_the_mix_has_the_original_and_the_notes(song, recording, tmp_path):
    sound = written(export_sound(tmp_path / "out.wav", replace(song, original=recording, is_split=True)))
    assert len(sound) == 3 * RATE
    np.testing.assert_allclose(sound[:, 0], 0.25, atol=1e-4)
    np.testing.assert_allclose(onsets(sound[:, 1]), [0.5, 1.0], atol=1e-3)


def test_a_span_is_cut_out(song, tmp_path):
    sound = written(export_sound(tmp_path / "out.wav", replace(song, span=(0.9, 1.5))))
    assert len(sound) == round(0.6 * RATE)
    np.testing.assert_allclose(onsets(sound[:, 0]), [0.1], atol=1e-3)


def test_progress_reaches_the_end(song, tmp_path):
    said = []
    export_sound(tmp_path / "out.wav", song, report=said.append)
    assert said[-1].fraction == 1.0


def test_a_cancelled_export_leaves_the_old_file(song, tmp_path):
    path = tmp_path / "out.wav"
    path.write_bytes(b"old")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        export_sound(path, song, cancel=token)
    assert path.read_bytes() == b"old"
    assert not list(tmp_path.glob(".mt3-*"))


def test_a_missing_original_is_named(song, tmp_path):
    with pytest.raises(AudioNotFound, match=r"gone\.wav"):
        export_sound(tmp_path / "out.wav", replace(song, original=tmp_path / "gone.wav"))


def test_a_missing_folder_is_a_sentence(song, tmp_path):
    with pytest.raises(NotWritable):
        export_sound(tmp_path / "nowhere" / "out.wav", song)


def test_no_notes_are_an_empty_file(song, tmp_path):
    assert len(written(export_sound(tmp_path / "out.wav", replace(song, notes=())))) == 0
