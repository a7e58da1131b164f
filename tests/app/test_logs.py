from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning

from mt3_desktop.app.logs import LogFiles


@pytest.fixture
def caught() -> list[BaseException]:
    return []


@pytest.fixture
def logs(tmp_path: Path, caught: list[BaseException]) -> Iterator[LogFiles]:
    logs = LogFiles(tmp_path / "logs", caught.append)
    yield logs
    logs.close()


def text(tmp_path: Path) -> str:
    return (tmp_path / "logs" / "mt3-desktop.log").read_text(encoding="utf-8")


def test_what_is_logged_is_in_the_file(logs: LogFiles, tmp_path: Path) -> None:
    logging.getLogger("mt3_desktop.somewhere").info("a song of %d seconds", 42)

    assert "a song of 42 seconds" in text(tmp_path)


def test_an_exception_that_nobody_caught_is_logged_and_told(
    logs: LogFiles, tmp_path: Path, caught: list[BaseException], expect_log: Callable[[str], None]
) -> None:
    expect_log("nobody caught this")
    error = ValueError("surprise")

    sys.excepthook(ValueError, error, None)

    assert caught == [error]
    assert "ValueError: surprise" in text(tmp_path)


def test_so_is_one_in_a_thread(
    logs: LogFiles, tmp_path: Path, caught: list[BaseException], expect_log: Callable[[str], None]
) -> None:
    expect_log("nobody caught this")

    def fail() -> None:
        raise ValueError("in a thread")

    thread = threading.Thread(target=fail, name="side")
    thread.start()
    thread.join()

    assert [str(error) for error in caught] == ["in a thread"]
    assert "in thread side" in text(tmp_path)


def test_messages_of_qt_are_in_the_log(
    logs: LogFiles, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("from Qt")

    qWarning("a warning from Qt")

    assert "WARNING" in text(tmp_path)
    assert "a warning from Qt" in text(tmp_path)


def test_closing_puts_the_hooks_back(tmp_path: Path, caught: list[BaseException]) -> None:
    before = (sys.excepthook, threading.excepthook)
    logs = LogFiles(tmp_path / "logs", caught.append)
    assert sys.excepthook is not before[0]

    logs.close()

    assert (sys.excepthook, threading.excepthook) == before


def test_a_folder_that_cannot_be_made_does_not_stop_the_program(
    tmp_path: Path, caught: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("in the way")

    logs = LogFiles(tmp_path / "logs", caught.append)
    logs.close()

    assert "no log file" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_silences_the_log_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mt3-desktop.log").symlink_to("/dev/full")
    logs = LogFiles(tmp_path, lambda _error: None)
    logging.getLogger("mt3_desktop.somewhere").info("a line that finds no room")
    logs.close()
    assert capsys.readouterr().err == ""
