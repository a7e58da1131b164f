"""Two programs on one home folder: the second hands its files to the first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mt3_desktop.app.presence import Presence, hand_over

HAND_OVER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from mt3_desktop.app.presence import Presence, hand_over
app = QCoreApplication([])
root = Path(sys.argv[1])
assert not Presence(root).claim(), "the home is free"
sys.exit(0 if hand_over(root, [Path(name) for name in sys.argv[2:]]) else 3)
"""


@pytest.fixture
def first(qtbot: QtBot, tmp_path: Path) -> Iterator[Presence]:
    presence = Presence(tmp_path / "home")
    assert presence.claim()
    yield presence
    presence.close()


def test_another_program_hands_its_files_over(qtbot: QtBot, first: Presence, tmp_path: Path) -> None:
    calls: list[tuple[Path, ...]] = []
    first.called.connect(calls.append)
    other = subprocess.Popen(
        [sys.executable, "-c", HAND_OVER, str(tmp_path / "home"), "Été ☂.wav"], cwd=tmp_path
    )

    qtbot.waitUntil(lambda: bool(calls), timeout=20_000)

    assert calls == [(tmp_path / "Été ☂.wav",)]
    assert other.wait(20) == 0


def test_who_does_not_answer_is_given_up(first: Presence, tmp_path: Path) -> None:
    first._watcher.blockSignals(True)
    assert not hand_over(tmp_path / "home", [], patience=0.1)
    assert list((tmp_path / "home" / "calls").iterdir()) == []


def test_the_home_is_free_once_the_first_has_gone(first: Presence, tmp_path: Path) -> None:
    first.close()
    again = Presence(tmp_path / "home")

    assert again.claim()
    again.close()


def test_rubbish_at_the_door_is_not_understood(
    first: Presence, tmp_path: Path, caplog: pytest.LogCaptureFixture, expect_log: object
) -> None:
    expect_log("a call is not understood")  # type: ignore[operator]
    calls: list[object] = []
    first.called.connect(calls.append)
    (tmp_path / "home" / "calls" / "a.json").write_text("[1]")

    first.answer()

    assert calls == []


def test_a_home_that_cannot_be_written_is_used_without_a_lock(
    qtbot: QtBot, tmp_path: Path, expect_log: object
) -> None:
    expect_log("can't lock")  # type: ignore[operator]
    (tmp_path / "file").write_text("in the way")
    presence = Presence(tmp_path / "file")

    assert presence.claim()
    presence.close()
