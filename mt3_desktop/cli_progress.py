"""How far a command is, on a terminal: a bar for people, JSON lines for programs, nothing for a log file."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TextIO

from mt3_desktop.core.progress import Progress, Report, Stage, clock, every, ignore

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
    """Shows the progress of things that go on one after the other, or side by side."""

    def start(self, name: str) -> Report:
        """Begin with a thing; what is reported to the result is its progress."""
        ...

    def finish(self, name: str) -> None:
        """Show nothing more of a thing."""
        ...

    def clear(self) -> None:
        """Take the bar away, so that a line can be printed."""
        ...


class Silence:
    """Shows nothing: what is written to a file or a pipe shall stay readable."""

    def start(self, name: str) -> Report:
        """Nothing."""
        return ignore

    def finish(self, name: str) -> None:
        """Nothing."""

    def clear(self) -> None:
        """Nothing."""


class Bar:
    """One line that is drawn over and over on a terminal, at most ten times a second.

    Of several recordings that are heard side by side it shows how far they are together.
    """

    def __init__(self, stream: TextIO, *, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now
        self._drawn = 0
        self._running: dict[str, Progress | None] = {}
        self._pace: tuple[tuple[str, ...], Stage] | None = None  # what the estimate is of
        self._pace_start = 0.0
        self._pace_done = 0.0
        self._limited = every(0.1, self._draw, clock=now)

    def start(self, name: str) -> Report:
        """Begin with a thing."""
        self.clear()
        self._running[name] = None
        return partial(self._show, name)

    def finish(self, name: str) -> None:
        """Leave a thing out from now on."""
        self._running.pop(name, None)

    def clear(self) -> None:
        """Wipe the line."""
        if self._drawn:
            self._stream.write("\r" + " " * self._drawn + "\r")
            self._stream.flush()
            self._drawn = 0

    def _show(self, name: str, progress: Progress) -> None:
        """Draw the bar, if it is time."""
        self._running[name] = progress
        listening = [
            one for one in self._running.values() if one is not None and one.stage is Stage.TRANSCRIBE
        ]
        shown = _together(listening) if len(listening) > 1 else progress
        pace = (tuple(self._running), shown.stage)
        if pace != self._pace:
            self._pace, self._pace_start, self._pace_done = pace, self._now(), shown.done
        self._limited(shown)

    def _draw(self, progress: Progress) -> None:
        if progress.stage is Stage.DONE:
            self.clear()
            return
        width = shutil.get_terminal_size().columns - 1
        name = (
            next(iter(self._running), "") if len(self._running) == 1 else f"{len(self._running)} recordings"
        )
        line = _fitted(name, self._text(progress), width)
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
        elapsed, done = self._now() - self._pace_start, progress.done - self._pace_done
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

    def start(self, name: str) -> Report:
        """Begin with a thing: what is reported to the result becomes a line, if it is time."""
        self.write("started", file=name)
        return every(0.1, partial(self._write_progress, name))

    def finish(self, name: str) -> None:
        """Nothing: `write` tells how it went."""

    def clear(self) -> None:
        """Nothing: lines stay."""

    def write(self, event: str, **values: object) -> None:
        """Write a line about something else."""
        self._stream.write(json.dumps({"event": event, **values}, ensure_ascii=True) + "\n")
        self._stream.flush()

    def _write_progress(self, name: str, progress: Progress) -> None:
        self.write(
            "progress",
            file=name,
            stage=progress.stage.value,
            done=round(progress.done, 3),
            total=None if progress.total is None else round(progress.total, 3),
            unit=progress.unit,
        )


def view_for(stream: TextIO) -> ProgressView:
    """A bar where somebody watches, else nothing."""
    return Bar(stream) if stream.isatty() else Silence()


def _together(progresses: Sequence[Progress]) -> Progress:
    """How far recordings are that are heard side by side; those of unknown length are left out."""
    known = [one for one in progresses if one.total is not None]
    total = sum(one.total or 0 for one in known) if known else None
    return Progress(Stage.TRANSCRIBE, sum(one.done for one in known), total, "segments")


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
