"""Real drops and keys on a virtual X screen: another program drags, xdotool moves the pointer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.gui.roll.view import RollView
from tests.helpers.fake_family import SCRIPT
from tests.helpers.tones import sine, write_audio
from tests.helpers.window import Hands

pytestmark = pytest.mark.x11

SOURCE = Path(__file__).with_name("drag_source.py")
SOURCE_AT = QPoint(1340, 800)


class Pointer:
    """The X pointer, moved in small steps while this process goes on serving its events."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot

    def do(self, *words: object) -> None:
        process = subprocess.Popen(["xdotool", *map(str, words)])
        self._qtbot.waitUntil(lambda: process.poll() is not None, timeout=10_000)
        assert process.returncode == 0

    def drag(self, start: QPoint, end: QPoint, steps: int = 14) -> None:
        self.do("mousemove", start.x(), start.y(), "mousedown", 1)
        for step in range(1, steps + 1):
            place = start + (end - start) * (step / steps)
            self.do("mousemove", place.x(), place.y())
            self._qtbot.wait(30)
        self._qtbot.wait(150)
        self.do("mouseup", 1)


@pytest.fixture
def pointer(qtbot: QtBot) -> Pointer:
    return Pointer(qtbot)


@pytest.fixture
def placed(hands: Hands, qtbot: QtBot) -> Hands:
    """The window in the corner of the screen, with room for the other program beside it."""
    hands.window.resize(1200, 760)
    hands.window.move(0, 0)
    qtbot.wait(200)
    return hands


@contextmanager
def program_with(qtbot: QtBot, *files: Path) -> Iterator[QPoint]:
    """Another program that offers files; gives the place to press."""
    command = [sys.executable, str(SOURCE), str(SOURCE_AT.x()), str(SOURCE_AT.y()), *map(str, files)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        qtbot.wait(300)
        yield SOURCE_AT + QPoint(40, 40)
    finally:
        process.kill()
        process.communicate()


def middle_of(widget: QWidget) -> QPoint:
    return widget.mapToGlobal(widget.rect().center())


def test_a_file_dropped_on_the_empty_window_is_transcribed(
    placed: Hands, pointer: Pointer, qtbot: QtBot, song: Path
) -> None:
    with program_with(qtbot, song) as press:
        pointer.drag(press, QPoint(600, 380))
        qtbot.waitUntil(lambda: len(placed.queue.jobs) == 1, timeout=5_000)
    placed.wait_until_done()

    assert placed.job().path == song
    assert set(placed.document().notes) == set(SCRIPT)


@pytest.mark.parametrize("over", ["roll", "library"])
def test_a_drop_works_over_every_part_of_the_window(
    placed: Hands, pointer: Pointer, qtbot: QtBot, song: Path, tmp_path: Path, over: str
) -> None:
    placed.drop(song)
    placed.wait_until_done()
    second = write_audio(tmp_path / "second.wav", sine(2.0))
    (roll,) = placed.window.findChildren(RollView)
    target = middle_of(roll) if over == "roll" else QPoint(100, 500)

    with program_with(qtbot, second) as press:
        pointer.drag(press, target)
        qtbot.waitUntil(lambda: len(placed.queue.jobs) == 2, timeout=5_000)
    placed.wait_until_done()

    assert placed.job(1).path == second


def test_keys_reach_the_window(placed: Hands, pointer: Pointer, qtbot: QtBot, song: Path) -> None:
    placed.drop(song)
    placed.wait_until_done()
    (roll,) = placed.window.findChildren(RollView)
    place = middle_of(roll)

    pointer.do("mousemove", place.x(), place.y(), "click", 1, "key", "ctrl+a")

    qtbot.waitUntil(lambda: len(roll.selection) == len(SCRIPT), timeout=5_000)
