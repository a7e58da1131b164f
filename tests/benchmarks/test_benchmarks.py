"""The benchmarks' own parts: the made-up recording, the random checkpoint, the comparison."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from benchmarks import editing, figures, latency, startup
from benchmarks.__main__ import measure_apart
from benchmarks.checkpoints import write_mr_mt3, write_mt3
from benchmarks.song import RATE, write_song
from mt3_desktop.core.families import mr_mt3, mt3
from mt3_desktop.core.nn.weights import read_facts


def test_a_recording_is_the_same_every_time_and_longer_ones_begin_alike(tmp_path: Path) -> None:
    short, long = (write_song(tmp_path / f"{seconds}.f32", seconds) for seconds in (60, 61.5))
    assert len(long) == 61.5 * RATE
    np.testing.assert_array_equal(long[: len(short)], short)
    assert 0.1 < abs(short).max() < 2


def test_figures_are_compared_with_the_last(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    figures.save(path, {"mt3, 30 s": {"cpu s": 20.0, "peak MB": 900.0}})
    figures.save(path, {"lite, 30 s": {"cpu s": 2.0}})
    before = {"mt3, 30 s": {"cpu s": 20.0}}
    figures.print_table(
        {"mt3, 30 s": {"cpu s": 15.0, "peak MB": 900.0}}, before, compared=("cpu s", "peak MB")
    )
    printed = capsys.readouterr().out
    assert "0.75x" in printed
    assert path.read_text().index("lite") < path.read_text().index("mt3")


@pytest.mark.slow
def test_random_checkpoints_are_of_the_published_layout_and_end_their_segments(tmp_path: Path) -> None:
    path = write_mt3(tmp_path / "mt3", tokens=20)
    assert mt3.recognises(read_facts(path)) is not None
    assert abs(path.stat().st_size - mt3.FAMILY.specs[0].checkpoint.size_bytes) < 200_000
    memory = mr_mt3.recognises(read_facts(write_mr_mt3(tmp_path / "mr", tokens=20)))
    assert memory is not None
    assert memory.options["memory_length"] == 64
    write_song(tmp_path / "song.f32", 3.0)
    song = str(tmp_path / "song.f32")
    measured = measure_apart(
        {"model": "mt3_pytorch", "weights": str(path), "song": song, "device": "cpu", "threads": 1}
    )
    assert 1 <= measured.tokens[0] < 400
    assert measured.total_cpu >= measured.first_cpu > 0
    assert measured.stages["decoder"] > measured.stages["front end"] > 0


def test_nothing_starts_with_torch(tmp_path: Path) -> None:
    found = startup.measure(["models", "list"], tmp_path)
    assert found["torch"] == 0
    assert found["cpu s"] > 0
    assert found["wall s"] > 0


@pytest.mark.slow
def test_a_first_song_is_followed_to_its_end(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "song.wav", write_song(tmp_path / "song.f32", 3.0), RATE)
    found = startup.first_use(tmp_path / "song.wav", tmp_path / "home")
    assert 0 < found["painted s"] < found["first note s"] <= found["finished s"]


@pytest.mark.slow
def test_a_first_song_that_cannot_be_heard_is_no_figure(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(b"no sound")
    with pytest.raises(RuntimeError, match="not heard to its end"):
        startup.first_use(tmp_path / "song.wav", tmp_path / "home")


def test_a_busy_event_loop_is_late(qtbot: QtBot) -> None:
    def work() -> None:
        busy_until = time.perf_counter() + 0.08
        while time.perf_counter() < busy_until:
            pass

    QTimer.singleShot(20, work)
    turns = iter(range(20))
    found = latency.lateness(lambda: next(turns, None) is None)
    assert found["max ms"] >= 50
    assert found["p50 ms"] < 50
    assert found["seconds"] >= 0.08


@pytest.mark.slow
def test_every_edit_of_a_long_song_is_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setattr(editing, "LATER_MS", 0)
    assert editing.main(["--notes", "2500", "--repeats", "1"]) == 0
    printed = capsys.readouterr().out
    cases = {line.split(": ")[1].split("  ")[0] for line in printed.splitlines() if line.startswith("2,500:")}
    assert {"show", "delete 1,000", "undo move one", "select all", "delete one, cleaned", "segment"} <= cases
    assert {"core clean up", "core another sensitivity", "core save"} <= cases
