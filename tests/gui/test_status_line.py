"""What the last line of the window says of the songs at work, and what its button stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Semaphore

import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.app.job import Job, JobState
from mt3_desktop.core.progress import Progress, Stage
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.status_line import StatusLine, describe_run, joint_share
from tests.helpers.fake_family import Scene
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands


@pytest.fixture
def together(scene: Scene) -> Scene:
    """Models that listen to three songs together, and stop after the first segment of each."""
    scene.side_by_side, scene.gate = 3, Semaphore(0)
    return scene


def job(name: str, done: float, total: float = 10, *, left: float | None = None) -> Job:
    progress = Progress(Stage.TRANSCRIBE, done, total, "segments")
    return Job(len(name), Path(name), "m", state=JobState.RUNNING, progress=progress, seconds_left=left)


def test_one_song_is_named_with_its_segment() -> None:
    text = describe_run([job("Nocturne.m4a", 4, left=48.0)], n_waiting=2)
    assert text == "Nocturne: Segment 5 of 10 · 40% · 0:48 left · 2 waiting"


def test_it_says_how_fast_the_songs_are_heard() -> None:
    one, other = replace(job("a", 4), pace=3.14), replace(job("bb", 5), pace=21.0)
    assert describe_run([one]).endswith("40% · 3.1× real time")
    assert describe_run([one, other]).endswith("24× real time")
    assert "real time" not in describe_run([one, job("bb", 5)])


def test_the_hint_is_about_what_the_mouse_is_over(hands: Hands, qtbot: QtBot, song: Path) -> None:
    (line,) = hands.window.findChildren(StatusLine)
    assert "Drop audio" in line.hint
    hands.drop(song)
    hands.wait_until_done()
    (roll,) = hands.window.findChildren(RollView)
    standing = line.hint
    assert "Ctrl+K" in standing

    def over(widget: QWidget) -> str:
        middle = QPointF(widget.rect().center())
        QApplication.sendEvent(widget, QEnterEvent(middle, middle, widget.mapToGlobal(middle)))
        return line.hint

    assert over(roll.area).startswith("Drag selects")
    roll.state.set_drawing(True)
    assert over(roll.area).startswith("Click or drag to draw")
    assert over(roll.ruler).startswith("Click to go there · drag to loop")
    QApplication.sendEvent(roll.ruler, QEvent(QEvent.Type.Leave))
    assert line.hint == standing


def test_several_songs_are_counted_and_take_as_long_as_the_longest() -> None:
    songs = [job("a", 5, 10, left=20.0), job("bb", 10, 90, left=75.0)]
    assert describe_run(songs, n_waiting=1) == "2 songs: 15% · 1:15 left · 1 waiting"


def test_the_joint_share_is_weighed_by_length() -> None:
    assert joint_share([job("a", 10, 10), job("bb", 0, 90)]) == pytest.approx(0.1)


def test_a_song_that_is_still_read_counts_as_not_begun() -> None:
    read = Job(9, Path("c"), "m", state=JobState.RUNNING, progress=Progress(Stage.READ, 1, 1))
    assert joint_share([job("a", 5, 10), read]) == pytest.approx(0.25)
    assert joint_share([read, read]) is None


def test_the_time_left_is_not_said_before_every_song_knows_its_own() -> None:
    assert "left" not in describe_run([job("a", 5, left=3.0), job("bb", 1)])


def test_a_song_that_stops_is_not_counted_among_those_at_work() -> None:
    stopping = Job(3, Path("c.wav"), "m", state=JobState.STOPPING)
    assert describe_run([stopping, job("a", 4)]).startswith("a: Segment 5")
    assert describe_run([stopping]) == "c: stopping…"
    assert describe_run([stopping, stopping]) == "2 songs: stopping…"


def test_the_button_stops_all_songs_and_the_line_counts_them(
    qtbot: QtBot, together: Scene, hands: Hands, tmp_path: Path
) -> None:
    paths = [write_audio(tmp_path / f"{name}.wav", sine(4.0)) for name in "abc"]
    assert together.gate is not None
    try:
        hands.drop(*paths)
        (line,) = hands.window.findChildren(StatusLine)
        qtbot.waitUntil(lambda: line.text.startswith("3 songs"))
        assert line.stop_button.toolTip() == "Stop all songs and keep the notes so far"
        (bar,) = line.findChildren(QProgressBar)
        assert bar.isVisible()

        line.stop_button.click()
        assert not any(one.state in (JobState.RUNNING, JobState.QUEUED) for one in hands.queue.jobs)
        assert not line.stop_button.isEnabled()
    finally:
        together.gate.release(100)
    hands.wait_until_done()
    assert all(one.can_start for one in hands.queue.jobs)
    assert line.text == "Ready"
