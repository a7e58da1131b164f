from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.waveforms import Waveforms
from mt3_desktop.core.values import FloatArray
from tests.helpers.tones import sine, write_audio


@pytest.fixture
def waveforms(qapp: object) -> Iterator[Waveforms]:
    waveforms = Waveforms()
    yield waveforms
    assert waveforms.close()


def test_outline_and_spectrogram_of_a_recording(waveforms: Waveforms, qtbot: QtBot, tmp_path: Path):
    path = write_audio(tmp_path / "tone.wav", sine(2.0))
    outlines: list[FloatArray] = []
    waveforms.ready.connect(lambda _path, outline, _seconds: outlines.append(outline))
    with qtbot.waitSignal(waveforms.spectrogram_ready, timeout=20_000) as blocker:
        waveforms.request(path)
    (outline,), spectrogram = outlines, blocker.args[1]
    assert outline.shape == (200, 2)
    assert spectrogram.levels.shape == (264, 100)
    assert spectrogram.levels.max() == 255


def test_only_the_last_one_asked_for_is_told_about(waveforms: Waveforms, qtbot: QtBot, tmp_path: Path):
    first = write_audio(tmp_path / "first.wav", sine(20.0))
    second = write_audio(tmp_path / "second.wav", sine(1.0))
    seen: list[Path] = []
    waveforms.spectrogram_ready.connect(lambda path, _spectrogram: seen.append(path))
    waveforms.request(first)
    with qtbot.waitSignal(waveforms.spectrogram_ready, timeout=20_000):
        waveforms.request(second)
    assert seen == [second]


def test_what_is_no_audio_is_no_waveform(waveforms: Waveforms, qtbot: QtBot, tmp_path: Path):
    rubbish, good = tmp_path / "rubbish.wav", write_audio(tmp_path / "good.wav", sine(1.0))
    rubbish.write_bytes(b"no audio")
    waveforms.request(rubbish)
    with qtbot.waitSignal(waveforms.ready, timeout=20_000) as blocker:
        waveforms.request(good)
    assert blocker.args[0] == good
