from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.settings import MeasuredSpeed, SettingsStore
from mt3_desktop.app.speeds import SpeedMeter
from tests.helpers.fake_family import Scene
from tests.helpers.tones import sine, write_audio


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.ini")


@pytest.fixture
def meter(queue: JobQueue, settings: SettingsStore) -> SpeedMeter:
    return SpeedMeter(queue, settings)


def run(qtbot: QtBot, queue: JobQueue, song: Path, device: str = "auto") -> int:
    (job_id,) = queue.submit([song], "fake", device)
    qtbot.waitUntil(lambda: not queue.is_busy)
    return job_id


def test_nothing_is_known_before_the_first_song(meter: SpeedMeter) -> None:
    assert meter.of("fake", "auto") is None


def test_a_finished_song_is_a_measurement(
    meter: SpeedMeter, settings: SettingsStore, queue: JobQueue, qtbot: QtBot, song: Path
) -> None:
    job_id = run(qtbot, queue, song)

    job = queue.job(job_id)
    assert job.speed is not None
    assert job.speed >= 4.0 / job.seconds_taken  # loading is not the model's work
    assert settings.value.speeds == (MeasuredSpeed("fake", "auto", round(job.speed, 4)),)
    assert meter.of("fake", "cpu") is None


def test_a_short_song_does_not_replace_a_measurement_and_a_long_one_does(
    meter: SpeedMeter, settings: SettingsStore, queue: JobQueue, qtbot: QtBot, song: Path, tmp_path: Path
) -> None:
    other = MeasuredSpeed("fake", "cpu", 2.0)
    settings.update(speeds=(MeasuredSpeed("fake", "auto", 1.5), other))

    run(qtbot, queue, song)
    assert meter.of("fake", "auto") == 1.5

    run(qtbot, queue, write_audio(tmp_path / "long.wav", sine(12.0)))
    assert meter.of("fake", "auto") not in (None, 1.5)
    assert other in settings.value.speeds
    assert len(settings.value.speeds) == 2


def test_what_did_not_finish_is_not_measured(
    meter: SpeedMeter, settings: SettingsStore, queue: JobQueue, qtbot: QtBot, scene: Scene, song: Path
) -> None:
    scene.errors[1] = ZeroDivisionError("in the middle")
    job_id = run(qtbot, queue, song)
    assert settings.value.speeds == ()

    scene.errors.clear()
    queue.resume(job_id)
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert len(settings.value.speeds) == 1


def test_speeds_are_there_in_the_next_run(tmp_path: Path) -> None:
    first = SettingsStore(tmp_path / "settings.ini")
    speeds = (MeasuredSpeed("lite", "auto", 12.5), MeasuredSpeed("mt3, the first", "cuda", 80.0))
    first.update(speeds=speeds)
    first.close()

    assert SettingsStore(tmp_path / "settings.ini").value.speeds == speeds
