"""The last line of the window: a hint on the left, what the worker does on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs_model import phase, share
from mt3_desktop.core.progress import Stage, clock
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import icon

STEPS = 1000


class StatusLine(QWidget):
    """Context help, and the running job with its phase, share and time left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        self.stop_button.setToolTip("Stop and keep the notes so far")
        self.stop_button.setAccessibleName("Cancel transcription")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 4)
        row.setSpacing(10)
        row.addWidget(self._hint, 1)
        row.addWidget(self._state)
        row.addWidget(self._bar)
        row.addWidget(self.stop_button)
        self.setFixedHeight(34)
        self.show_job(None)

    @property
    def text(self) -> str:
        """What is said about the job."""
        return self._state.text()

    def set_hint(self, text: str) -> None:
        """Say what the mouse can do here."""
        self._hint.setText(text)

    def show_job(self, job: Job | None, *, n_waiting: int = 0) -> None:
        """Show how the running job does.

        Args:
            job: the running job, or None.
            n_waiting: jobs behind it.
        """
        self._bar.setVisible(job is not None)
        self.stop_button.setVisible(job is not None)
        if job is None:
            self._state.setText("Ready")
            return
        fraction = share(job.progress)
        is_measured = fraction is not None and job.state is JobState.RUNNING
        self._bar.setRange(0, STEPS if is_measured else 0)
        if is_measured and fraction is not None:
            self._bar.setValue(round(fraction * STEPS))
        self.stop_button.setEnabled(job.state is JobState.RUNNING)
        self._state.setText(describe_run(job, n_waiting=n_waiting))
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def describe_run(job: Job, *, n_waiting: int = 0) -> str:
    """A running job in a line: "Nocturne: segment 18 of 41 · 43 % · 0:48 left · 2 waiting"."""
    if job.state is JobState.STOPPING:
        return f"{job.path.stem}: stopping…"
    parts = [phase(job.progress)]
    fraction = share(job.progress)
    if fraction is not None:
        parts.append(f"{fraction:.0%}")
    if job.seconds_left is not None and job.progress is not None and job.progress.stage is Stage.TRANSCRIBE:
        parts.append(f"{clock(job.seconds_left)} left")
    if n_waiting:
        parts.append(f"{n_waiting} waiting")
    return f"{job.path.stem}: " + " · ".join(parts)
