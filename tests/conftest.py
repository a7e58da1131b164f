"""Every test gets a home of its own, no screen, and a log without surprises."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import pytest

if TYPE_CHECKING:
    from mt3_desktop.core.store.locations import Locations

TESTS = Path(__file__).parent
SHARED_GOLDEN = TESTS.parent.parent / "shared" / "golden"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a QApplication; leave out what this machine cannot do."""
    is_x11 = os.environ["QT_QPA_PLATFORM"] == "xcb"
    has_hand = shutil.which("xdotool") is not None
    for item in items:
        if "qapp" in getattr(item, "fixturenames", ()):
            item.add_marker("gui")
        if item.get_closest_marker("x11") and not (is_x11 and has_hand):
            item.add_marker(
                pytest.mark.skip(reason="needs an X screen and xdotool: dev.py test runs it there")
            )
        if item.get_closest_marker("network"):
            item.add_marker(pytest.mark.skip(reason="needs the internet"))
        if item.get_closest_marker("cuda") and not _has_cuda():
            item.add_marker(pytest.mark.skip(reason="needs an NVIDIA GPU"))


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's home for this test: nobody's settings or checkpoints are touched."""
    path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("MT3_DESKTOP_HOME", str(path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(path / "config"))
    monkeypatch.delenv("MT3_CHECKPOINT_DIR", raising=False)
    return path


@pytest.fixture
def locations(home: Path) -> Locations:
    """The folders under `home`."""
    from mt3_desktop.core.store.locations import Locations

    return Locations(home)


@pytest.fixture(scope="session")
def golden() -> Callable[[str], Path]:
    """A golden file by its name: from `tests/golden`, else from the larger set beside the project.

    The test is skipped where neither has it.
    """

    def find(name: str) -> Path:
        for root in (TESTS / "golden", SHARED_GOLDEN):
            if (root / name).exists():
                return root / name
        pytest.skip(f"golden data {name} is not here")

    return find


class _Collector(logging.Handler):
    """Keeps the records that nobody announced."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.unexpected: list[logging.LogRecord] = []
        self.announced: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if not any(text in message for text in self.announced):
            self.unexpected.append(record)


@pytest.fixture(autouse=True)
def expect_log() -> Iterator[Callable[[str], None]]:
    """Fail a test that logs a warning or worse without announcing it: `expect_log("part of the text")`."""
    collector = _Collector()
    logger = logging.getLogger("mt3_desktop")
    logger.addHandler(collector)
    yield collector.announced.append
    logger.removeHandler(collector)
    messages = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in collector.unexpected]
    assert not messages, "unexpected log lines: " + "; ".join(messages)


@pytest.fixture(autouse=True)
def no_thread_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop every QThread started in a test, then fail that test by name.

    A QThread alive at the end would abort the whole run without a summary.
    """
    if "PySide6" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QThread

    started: list[QThread] = []
    start = QThread.start

    def remember(self: QThread, *arguments: QThread.Priority) -> None:
        started.append(self)
        start(self, *arguments)

    monkeypatch.setattr(QThread, "start", remember)
    yield
    left = []
    for thread in started:
        try:
            if not thread.isRunning():
                continue
            left.append(thread.objectName() or type(thread).__name__)
            thread.requestInterruption()
            thread.quit()
            assert thread.wait(10_000), "a QThread would not stop"
        except RuntimeError:  # its C++ half is gone already
            continue
    assert not left, f"still running at the end of the test: {left}"
