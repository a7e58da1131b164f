"""The last line of the window: a hint on the left, what the worker does on the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs_model import phase, share
from mt3_desktop.app.wording import counted
from mt3_desktop.core.progress import Stage, clock
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import icon

STEPS = 1000
EXACT_BELOW = 10.0
"""Times real time that are said with a decimal."""


class StatusLine(QWidget):
    """Context help, and the songs at work: one with its phase, several as a number; share and time left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standing = ""
        self._hint = QLabel()
        self._hint.setProperty("role", "caption")
        self._hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._hint.setAccessibleName("Hint")
        self._state = plain_label()
        self._state.setAccessibleName("Job state")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(180)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self.stop_button = QToolButton()
        self.stop_button.setIcon(icon("stop"))
        self.stop_button.setAccessibleName("Cancel transcription")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 4)
        row.setSpacing(10)
        row.addWidget(self._hint, 1)
        row.addWidget(self._state)
        row.addWidget(self._bar)
        row.addWidget(self.stop_button)
        self.setFixedHeight(34)
        self.show_jobs(())

    @property
    def text(self) -> str:
        """What is said about the job."""
        return self._state.text()

    def set_hint(self, text: str) -> None:
        """Say what can be done now, whatever the mouse is over."""
        self._standing = text
        self._hint.setText(text)

    def show_tip(self, text: str) -> None:
        """Say what the mouse can do where it is; "": it is nowhere special."""
        self._hint.setText(text or self._standing)

    @property
    def hint(self) -> str:
        """What is said about the mouse."""
        return self._hint.text()

    def show_jobs(self, jobs: Sequence[Job], *, n_waiting: int = 0) -> None:
        """Show how the songs at work do.

        Args:
            jobs: those that run or stop; they are heard side by side.
            n_waiting: jobs behind them.
        """
        self._bar.setVisible(bool(jobs))
        self.stop_button.setVisible(bool(jobs))
        if not jobs:
            self._state.setText("Ready")
            return
        running = _running(jobs)
        fraction = joint_share(running)
        self._bar.setRange(0, 0 if fraction is None else STEPS)
        if fraction is not None:
            self._bar.setValue(round(fraction * STEPS))
        is_several = len(running) + n_waiting > 1
        self.stop_button.setEnabled(bool(running))
        self.stop_button.setToolTip(f"Stop{' all songs' if is_several else ''} and keep the notes so far")
        self._state.setText(describe_run(jobs, n_waiting=n_waiting))
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def joint_share(running: Sequence[Job]) -> float | None:
    """How far songs are together, 0-1, each weighed by its length; None where nothing is measured yet.

    A song whose length is not known yet, as it is still read, counts as not begun and as long as the others.
    """
    if len(running) == 1:
        return share(running[0].progress)
    progresses = [job.progress for job in running]
    measured = [
        (one.done, one.total) for one in progresses if one is not None and one.stage is Stage.TRANSCRIBE
    ]
    done = sum(done for done, _total in measured)
    total = sum(total or 0.0 for _done, total in measured)
    return done / total * len(measured) / len(running) if total else None


def describe_run(jobs: Sequence[Job], *, n_waiting: int = 0) -> str:
    """The songs at work in a line: "Nocturne: Segment 18 of 41 · 43% · 0:48 left · 3.1× real time".

    Args:
        jobs: at least one that runs or stops.
        n_waiting: jobs behind them.
    """
    running = _running(jobs)
    named = running or jobs
    name = named[0].path.stem if len(named) == 1 else counted(len(named), "song")
    if not running:
        return f"{name}: stopping…"
    fraction, left = joint_share(running), _seconds_left(running)
    parts = [] if len(running) > 1 and fraction is not None else [phase(running[0].progress)]
    if fraction is not None:
        parts.append(f"{fraction:.0%}")
    if left is not None:
        parts.append(f"{clock(left)} left")
    if all(job.pace is not None for job in running):
        parts.append(f"{_times(sum(job.pace or 0.0 for job in running))} real time")
    if n_waiting:
        parts.append(f"{n_waiting} waiting")
    return f"{name}: " + " · ".join(parts)


def _times(pace: float) -> str:
    return f"{pace:.1f}×" if pace < EXACT_BELOW else f"{pace:.0f}×"


def _running(jobs: Sequence[Job]) -> list[Job]:
    return [job for job in jobs if job.state is JobState.RUNNING]


def _seconds_left(running: Sequence[Job]) -> float | None:
    """How long the one takes that takes longest; None unless each knows."""
    known = [
        job.seconds_left
        for job in running
        if job.seconds_left is not None
        and job.progress is not None
        and job.progress.stage is Stage.TRANSCRIBE
    ]
    return max(known) if len(known) == len(running) else None
