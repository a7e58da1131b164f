from __future__ import annotations

import sys

import pytest

from mt3_desktop.app.keep_awake import KeepAwake, command_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has a call instead of a command")

UNTIL_CLOSED = (sys.executable, "-c", "import sys; sys.stdin.read()")
"""As `cat`: runs until its input is closed."""


def test_the_command_runs_as_long_as_is_asked_for() -> None:
    awake = KeepAwake(UNTIL_CLOSED)
    assert not awake.is_holding

    awake.hold()
    awake.hold()
    assert awake.is_holding

    awake.release()
    awake.release()
    assert not awake.is_holding


def test_a_system_without_such_a_command_is_left_alone() -> None:
    awake = KeepAwake(("no-such-command-here", "cat"))

    awake.hold()

    assert not awake.is_holding
    awake.release()


def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mt3_desktop.app.keep_awake.WAIT_SECONDS", 0.05)
    awake = KeepAwake((sys.executable, "-c", "import time; time.sleep(60)"))
    awake.hold()

    awake.release()

    assert not awake.is_holding


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_each_command_ends_with_its_input(platform: str) -> None:
    assert command_for(platform)[-1] == "cat"
