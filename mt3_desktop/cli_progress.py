"""How far a command is, on a terminal: a bar for people, JSON lines for programs, nothing for a log file."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from mt3_desktop.core.progress import Progress, Stage, clock, every

BAR_CELLS = 24
_MIN_SECONDS_FOR_ESTIMATE = 5.0
_MIN_SEGMENTS_FOR_ESTIMATE = 3

_SENTENCES = {
    Stage.FETCH: "downloading",
    Stage.VERIFY: "checking the download",
    Stage.LOAD: "loading the model",
    Stage.READ: "reading",
    Stage.TRANSCRIBE: "listening",
}


class ProgressView(Protocol):
    """Shows the progress of one thing after the other."""

    def start(self, name: str) -> None:
        """Begin with the next thing."""
        ...

    def show(self, progress: Progress) -> None:
        """Show how far it is."""
        ...

    def clear(self) -> None:
        """Take the bar away, so that a line can be printed."""
        ...


class Silence:
    """Shows nothing: what is written to a file or a pipe shall stay readable."""

    def start(self, name: str) -> None:
        """Nothing."""

    def show(self, progress: Progress) -> None:
        """Nothing."""

    def clear(self) -> None:
        """Nothing."""


class Bar:
    """One line that is drawn over and over on a terminal, at most ten times a second."""

    def __init__(self, stream: TextIO, *, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now
        self._name = ""
        self._drawn = 0
        self._stage: Stage | None = None
        self._stage_start = 0.0
        self._stage_done = 0.0
        self._limited = every(0.1, self._draw, clock=now)

    def start(self, name: str) -> None:
        """Begin with the next thing."""
        self.clear()
        self._name, self._stage = name, None

    def show(self, progress: Progress) -> None:
        """Draw the bar, if it is time."""
        if progress.stage is not self._stage:
            self._stage, self._stage_start, self._stage_done = progress.stage, self._now(), progress.done
        self._limited(progress)

    def clear(self) -> None:
        """Wipe the line."""
        if self._drawn:
            self._stream.write("\r" + " " * self._drawn + "\r")
            self._stream.flush()
            self._drawn = 0

    def _draw(self, progress: Progress) -> None:
        if progress.stage is Stage.DONE:
            self.clear()
            return
        width = shutil.get_terminal_size().columns - 1
        line = _fitted(self._name, self._text(progress), width)
        self._stream.write("\r" + line.ljust(min(self._drawn, width)))
        self._stream.flush()
        self._drawn = len(line)

    def _text(self, progress: Progress) -> str:
        words = [_SENTENCES[progress.stage]]
        if progress.note and progress.stage in (Stage.FETCH, Stage.LOAD):
            words.append(progress.note)
        fraction = progress.fraction
        if fraction is not None:
            full = round(fraction * BAR_CELLS)
            words.append(f"[{'#' * full}{'.' * (BAR_CELLS - full)}] {fraction:4.0%}")
        amount = _amount(progress)
        if amount:
            words.append(amount)
        left = self._seconds_left(progress)
        if left is not None:
            words.append(f"{clock(left)} left")
        return "  ".join(words)

    def _seconds_left(self, progress: Progress) -> float | None:
        """From the pace of this stage, once there is enough to tell it."""
        elapsed, done = self._now() - self._stage_start, progress.done - self._stage_done
        is_early = elapsed < _MIN_SECONDS_FOR_ESTIMATE and not (
            progress.stage is Stage.TRANSCRIBE and done >= _MIN_SEGMENTS_FOR_ESTIMATE
        )
        if is_early or done <= 0 or not progress.total:
            return None
        return (progress.total - progress.done) * elapsed / done


class JsonLines:
    """One JSON object a line, for programs that run this one: `{"event": "progress", …}`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._name = ""
        self._limited = every(0.1, self._write_progress)

    def start(self, name: str) -> None:
        """Begin with the next thing."""
        self._name = name
        self.write("started", file=name)

    def show(self, progress: Progress) -> None:
        """Write a line, if it is time."""
        self._limited(progress)

    def clear(self) -> None:
        """Nothing: lines stay."""

    def write(self, event: str, **values: object) -> None:
        """Write a line about something else."""
        self._stream.write(json.dumps({"event": event, **values}, ensure_ascii=True) + "\n")
        self._stream.flush()

    def _write_progress(self, progress: Progress) -> None:
        self.write(
            "progress",
            file=self._name,
            stage=progress.stage.value,
            done=round(progress.done, 3),
            total=None if progress.total is None else round(progress.total, 3),
            unit=progress.unit,
        )


def view_for(stream: TextIO) -> ProgressView:
    """A bar where somebody watches, else nothing."""
    return Bar(stream) if stream.isatty() else Silence()


def _amount(progress: Progress) -> str:
    """How much of how much, in words: "3 of 41", "12 of 184 MB", "1:30 of 4:02"."""
    total = progress.total
    if progress.unit == "bytes":
        done = f"{progress.done / 1e6:.0f}"
        return f"{done} of {total / 1e6:.0f} MB" if total else f"{done} MB"
    if progress.unit == "seconds":
        return f"{clock(progress.done)} of {clock(total)}" if total else clock(progress.done)
    if progress.unit == "segments" and total:
        return f"{progress.done:.0f} of {total:.0f}"
    return ""


def _fitted(name: str, text: str, width: int) -> str:
    """Name and text in one line; the name gives way first."""
    room = width - len(text) - 2
    if room < 8:
        return text[:width]
    shown = name if len(name) <= room else f"{name[: room - 3]}..."
    return f"{shown}  {text}"
