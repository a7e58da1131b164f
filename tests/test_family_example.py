"""The example package brings a family that keeps the contract, with what it wraps replaced by a stand-in."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mt3_desktop.core.audio import from_array
from mt3_desktop.core.errors import ModelMissing
from mt3_desktop.core.model import ModelFamily
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.values import AudioClip

FOLDER = Path(__file__).parent.parent / "examples" / "family_from_elsewhere"


@pytest.fixture
def family() -> ModelFamily:
    spec = importlib.util.spec_from_file_location("mt3_basic_pitch", FOLDER / "mt3_basic_pitch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FAMILY


@pytest.fixture
def basic_pitch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A `basic_pitch` that hears middle C wherever a sample is 1; gives the seconds of each file it heard."""
    heard: list[float] = []

    def predict(
        path: Path, _model: object
    ) -> tuple[object, object, list[tuple[float, float, int, float, None]]]:
        sys.stdout.write("Predicting MIDI")
        samples, rate = soundfile.read(path)
        heard.append(len(samples) / rate)
        onsets = np.flatnonzero(samples > 0.99) / rate
        return None, None, [(onset, onset + 0.5, 60, 0.5, None) for onset in onsets]

    package, inference = types.ModuleType("basic_pitch"), types.ModuleType("basic_pitch.inference")
    package.__spec__ = importlib.util.spec_from_loader("basic_pitch", None)
    package.ICASSP_2022_MODEL_PATH = "model"
    inference.predict, inference.Model = predict, lambda path: path
    monkeypatch.setitem(sys.modules, "basic_pitch", package)
    monkeypatch.setitem(sys.modules, "basic_pitch.inference", inference)
    return heard


def clicks(*seconds: float, total: float) -> AudioClip:
    samples = np.zeros(round(total * 22050), dtype=np.float32)
    for second in seconds:
        samples[round(second * 22050)] = 1
    return from_array(samples, 22050, 22050)


def test_entry_point_names_the_family(family: ModelFamily) -> None:
    text = (FOLDER / "pyproject.toml").read_text(encoding="utf-8")
    assert '[project.entry-points."mt3_desktop.families"]\nbasic_pitch = "mt3_basic_pitch:FAMILY"' in text
    assert isinstance(family, ModelFamily)


def test_every_note_is_heard_once(
    family: ModelFamily, basic_pitch: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    onsets = [0.5, 29.0, 30.5, 59.9, 60.0, 69.5]
    model = family.build(family.specs[0], Path(), "cpu")
    parts = list(model.stream(clicks(*onsets, total=70), cancel=CancelToken()))
    assert [part.index for part in parts] == [0, 1, 2]
    assert [note.onset for part in parts for note in part.notes] == pytest.approx(onsets, abs=1e-4)
    assert max(basic_pitch) <= 34
    assert capsys.readouterr().out == ""


def test_it_can_go_on_and_stop(family: ModelFamily, basic_pitch: list[float]) -> None:
    model = family.build(family.specs[0], Path(), "cpu")
    cancel = CancelToken()
    stream = model.stream(clicks(1, 31, 61, total=70), cancel=cancel, first_segment=1)
    assert next(stream).notes[0].onset == pytest.approx(31)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(stream)


def test_what_is_missing_is_named(family: ModelFamily, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "basic_pitch", None)
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "basic_pitch" else real(name)
    )
    with pytest.raises(ModelMissing, match=r'pip install "basic-pitch\[onnx\]"'):
        family.build(family.specs[0], Path(), "cpu")
