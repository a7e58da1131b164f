"""What is said about running songs to who does not look: screen readers, other windows, the power saver."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QWidget

from mt3_desktop.app.job import JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.keep_awake import KeepAwake
from mt3_desktop.app.settings import Settings, SettingsStore
from mt3_desktop.app.wording import counted
from mt3_desktop.core.progress import Stage
from mt3_desktop.gui.message_bar import announce

QUARTERS = 4


class JobNews(QObject):
    """Watches a queue: announces start, quarters and end; keeps the computer awake meanwhile, if wanted."""

    def __init__(
        self, queue: JobQueue, settings: SettingsStore, window: QWidget, awake: KeepAwake | None = None
    ) -> None:
        """Begin to watch.

        Args:
            queue: the songs.
            settings: whether the computer is to be kept awake.
            window: who speaks, and owner.
            awake: keeps the computer awake.
        """
        super().__init__(window)
        self._queue = queue
        self._settings = settings
        self._window = window
        self._awake = awake or KeepAwake()
        self._quarters: dict[int, int] = {}  # running job → the last quarter that was told
        queue.job_changed.connect(self._on_job_changed)
        queue.job_ended.connect(self._on_job_ended)
        queue.activity_changed.connect(self._on_activity_changed)
        settings.changed.connect(self._on_settings_changed)

    def close(self) -> None:
        """Let the computer sleep, whatever runs."""
        self._awake.release()

    @Slot(int)
    def _on_job_changed(self, job_id: int) -> None:
        job = self._queue.job(job_id)
        if job.state is not JobState.RUNNING:
            return
        if job_id not in self._quarters:
            self._quarters[job_id] = 0
            announce(self._window, f"{job.path.stem}: transcription started")
        progress = job.progress
        if progress is None or progress.stage is not Stage.TRANSCRIBE or progress.fraction is None:
            return
        quarter = int(progress.fraction * QUARTERS)
        if self._quarters[job_id] < quarter < QUARTERS:
            self._quarters[job_id] = quarter
            announce(self._window, f"{job.path.stem}: {quarter / QUARTERS:.0%}")

    @Slot(int)
    def _on_job_ended(self, job_id: int) -> None:
        self._quarters.pop(job_id, None)
        job, n_notes = self._queue.job(job_id), self._queue.document(job_id).n_notes
        if job.state is JobState.DONE and n_notes:
            announce(self._window, f"{job.path.stem} is done: {counted(n_notes, 'note')}")

    @Slot(bool)
    def _on_activity_changed(self, is_busy: bool) -> None:
        self._hold_or_release()
        if not is_busy and not self._window.isActiveWindow():
            QApplication.alert(self._window)  # the task bar's way to say so, which the user can switch off

    @Slot(object, object)
    def _on_settings_changed(self, old: Settings, new: Settings) -> None:
        if old.keep_awake != new.keep_awake:
            self._hold_or_release()

    def _hold_or_release(self) -> None:
        """Keep the computer awake while something runs and the user has nothing against it."""
        if self._queue.is_busy and self._settings.value.keep_awake:
            self._awake.hold()
        else:
            self._awake.release()
