"""Keeps the computer from falling asleep while a song is transcribed, by what each system has for it."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys

log = logging.getLogger(__name__)

WAIT_SECONDS = 2.0

# Each holds the computer awake as long as its last word runs. `cat` runs until its input is closed, which
# the system does even when this program is killed.
_COMMANDS = {
    "linux": (
        "systemd-inhibit",
        "--what=idle:sleep",
        "--who=MT3 Desktop",
        "--why=A song is being transcribed",
        "cat",
    ),
    "darwin": ("caffeinate", "-i", "cat"),
}
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


def command_for(platform: str) -> tuple[str, ...]:
    """The command that keeps a system awake; empty where there is none, or no command is needed."""
    return _COMMANDS.get(platform, ())


class KeepAwake:
    """A wish to stay awake, which is a courtesy: where a system knows no such wish, nothing happens."""

    def __init__(self, command: tuple[str, ...] = command_for(sys.platform)) -> None:
        """Want nothing yet.

        Args:
            command: holds the computer awake until its input is closed.
        """
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_holding(self) -> bool:
        """Whether a process holds the computer awake."""
        return self._process is not None and self._process.poll() is None

    def hold(self) -> None:
        """Stay awake from now on."""
        if sys.platform == "win32":
            _tell_windows(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED)
        elif self._process is None and self._command and shutil.which(self._command[0]):
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                log.info("the computer may fall asleep: %s", error)

    def release(self) -> None:
        """Sleep may come again."""
        if sys.platform == "win32":
            _tell_windows(_ES_CONTINUOUS)
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            log.info("%s does not end by itself", self._command[0])
            process.kill()
            process.wait()


def _tell_windows(flags: int) -> None:
    """Set what this thread needs of the computer; always the same thread, as Windows counts by thread."""
    if sys.platform == "win32":  # where alone ctypes has windll
        import ctypes

        ctypes.windll.kernel32.SetThreadExecutionState(flags)
