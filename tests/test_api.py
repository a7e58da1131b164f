"""The Python interface: arrays and paths in, notes out; from several threads, and stopped from another."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import mt3_desktop
from mt3_desktop import Cancelled, CancelToken, MT3Error, Transcriber, list_models, load_model, transcribe
from mt3_desktop.core.errors import ModelMissing, UnknownModel
from mt3_desktop.core.resources import resource
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.values import Note, sort_key
from tests.helpers.fake_family import SCRIPT, Scene, fake_family, fake_spec, install
from tests.helpers.tones import sine, tone_song, write_audio

NO_MIRROR = Checkpoint("ab" * 32, 1000, "fake.pth", (), "CC0-1.0")
NOTES = tuple(sorted(SCRIPT, key=sort_key))
SONG = tone_song(SCRIPT, 44100, duration=5.0)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene()
    install(monkeypatch, fake_family(scene, fake_spec(), fake_spec("remote", checkpoint=NO_MIRROR)))
    return scene


def test_public_names_exist_and_are_described() -> None:
    for name in mt3_desktop.__all__:
        assert getattr(mt3_desktop, name).__doc__
    assert set(mt3_desktop.__all__) <= set(dir(mt3_desktop))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = mt3_desktop.no_such_name


def test_the_line_that_published_toolkits_teach(scene: Scene, tmp_path: Path) -> None:
    model = load_model("fake", auto_download=True)
    midi = model.transcribe(SONG, sr=44100)
    assert midi.save(tmp_path / "out.mid").read_bytes().startswith(b"MThd")
    assert midi.notes == NOTES
    assert len(midi.to_pretty_midi().instruments) == 4


@pytest.mark.parametrize(
    "audio", [SONG, np.stack([SONG, SONG]), np.stack([SONG, SONG], axis=1), SONG.tolist()]
)
def test_arrays_of_any_shape(scene: Scene, audio: np.ndarray) -> None:
    with load_model("fake") as model:
        result = model.transcribe(audio, sr=44100)
    assert result.notes == NOTES
    assert result.duration == pytest.approx(5.0, abs=1e-4)
    assert scene.closed == 1


@pytest.mark.parametrize("kind", [str, Path])
def test_path_of_a_file(scene: Scene, tmp_path: Path, kind: type) -> None:
    path = write_audio(tmp_path / "song.flac", SONG)
    result = transcribe(kind(path), model="fake")
    assert (result.notes, result.source) == (NOTES, "song.flac")


def test_stream_gives_segments_as_they_come(scene: Scene) -> None:
    with load_model("fake") as model:
        stream = model.stream(SONG, 44100)
        first = next(stream)
        assert scene.heard == []  # nothing beyond the first was asked for
        rest = list(stream)
    assert [part.index for part in (first, *rest)] == [0, 1, 2]
    assert sorted((note for part in (first, *rest) for note in part.notes), key=sort_key) == list(NOTES)


def test_models_are_listed(scene: Scene) -> None:
    assert [spec.id for spec in list_models()] == ["fake", "remote"]


def test_missing_model_names_the_command(scene: Scene) -> None:
    with pytest.raises(ModelMissing, match="mt3-desktop models get remote"):
        load_model("remote", auto_download=False)


def test_unknown_model(scene: Scene) -> None:
    with pytest.raises(UnknownModel, match="Did you mean fake"):
        load_model("fak")


def test_errors_have_one_root(scene: Scene, tmp_path: Path) -> None:
    with load_model("fake") as model, pytest.raises(MT3Error, match="Can't find"):
        model.transcribe(tmp_path / "gone.wav")


def test_bad_recording_is_said_before_the_first_segment(scene: Scene) -> None:
    with load_model("fake") as model, pytest.raises(ValueError, match="shape"):
        model.stream(np.zeros((2, 2, 2)), 44100)


def test_damaged_and_silent_files_can_be_accepted(scene: Scene, tmp_path: Path) -> None:
    silent = write_audio(tmp_path / "rest.wav", sine(1.0, level=0))
    cut = write_audio(tmp_path / "cut.wav", SONG)
    cut.write_bytes(cut.read_bytes()[:300_000])
    with load_model("fake") as model:
        for path in (silent, cut):
            with pytest.raises(MT3Error):
                model.transcribe(path)
        assert model.transcribe(silent, accept_silent=True).duration == 1.0
        assert model.transcribe(cut, accept_damaged=True).duration == pytest.approx(3.4, abs=0.1)


# --- threads ---


def test_many_threads_get_what_one_gets(scene: Scene) -> None:
    songs = [sine(seconds) for seconds in (1, 2, 3, 4, 5, 6)]
    with load_model("fake") as model:
        alone = [model.transcribe(song, 44100) for song in songs]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda song: model.transcribe(song, 44100), songs))
    assert together == alone


def test_segments_of_two_threads_do_not_mix(scene: Scene) -> None:
    with load_model("fake") as model, ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(model.transcribe, SONG, 44100)
    assert scene.heard == [0, 1, 2] * 4


def test_other_thread_stops_it(scene: Scene) -> None:
    scene.gate = threading.Semaphore(0)
    cancel = CancelToken()
    with load_model("fake") as model, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(model.transcribe, SONG, 44100, cancel=cancel)
        cancel.cancel()
        with pytest.raises(Cancelled):
            waiting.result(10)
        scene.gate = None
        assert model.transcribe(SONG, 44100).notes == NOTES


def test_second_call_during_a_stream_of_the_same_thread_is_an_error(scene: Scene) -> None:
    with load_model("fake") as model:
        stream = model.stream(SONG, 44100)
        next(stream)
        with pytest.raises(RuntimeError, match="still streaming"):
            model.transcribe(SONG, 44100)
        stream.close()
        assert model.transcribe(SONG, 44100).notes == NOTES


def test_dropped_stream_frees_the_model(scene: Scene) -> None:
    with load_model("fake") as model:
        next(model.stream(SONG, 44100))
        gc.collect()
        assert model.transcribe(SONG, 44100).notes == NOTES


def test_failed_call_frees_the_model(scene: Scene) -> None:
    scene.errors[1] = ValueError("bug")
    model: Transcriber = load_model("fake")
    with pytest.raises(ValueError, match="bug"):
        model.transcribe(SONG, 44100)
    scene.errors.clear()
    assert model.transcribe(SONG, 44100).notes == NOTES


def test_an_array_without_its_rate_is_refused(scene: Scene) -> None:
    with load_model("fake") as model:
        with pytest.raises(ValueError, match="does not tell its sample rate"):
            model.transcribe(SONG)
        with pytest.raises(ValueError, match="does not tell its sample rate"):
            model.stream(SONG)
        assert model.transcribe(SONG, sr=44100).notes == NOTES


def test_a_passage_has_the_notes_that_the_whole_has_there() -> None:
    """The built-in model tells instruments by the music around them, so it must hear some."""
    song = resource("example.ogg")
    with load_model("lite") as model:
        whole = model.transcribe(song)
        passage = model.transcribe(song, start=4.0, stop=6.5)
    expected = [note for note in whole.notes if 4.0 <= note.onset < 6.5]
    begun = [note for note in passage.notes if note.onset > 4.0]
    assert passage.duration == 6.5
    assert len(expected) > 10
    same = {_place(note) for note in expected} & {_place(note) for note in begun}
    assert len(same) >= 0.95 * len(expected)
    assert len(begun) <= len(expected) + 1
    assert passage.notes == tuple(sorted(passage.notes, key=sort_key))
    assert all(4.0 <= note.onset < note.offset <= 6.5 for note in passage.notes)


def _place(note: Note) -> tuple[float, int, int, bool]:
    return round(note.onset, 2), note.pitch, note.program, note.is_drum
