"""How fast each model is on this computer, measured whenever a song is done."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from mt3_desktop.app.job import JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.settings import MeasuredSpeed, SettingsStore

MIN_SOUND_SECONDS = 10.0
"""A shorter song says little; it counts only as long as there is no better measurement."""


class SpeedMeter(QObject):
    """Writes the speed of every finished song into the settings."""

    def __init__(self, queue: JobQueue, settings: SettingsStore, parent: QObject | None = None) -> None:
        """Begin to watch.

        Args:
            queue: the songs.
            settings: keep the speeds.
            parent: owner.
        """
        super().__init__(parent)
        self._queue = queue
        self._settings = settings
        queue.job_ended.connect(self._on_job_ended)

    def of(self, model_id: str, device: str) -> float | None:
        """Seconds of sound per second of work, or None before the first song.

        Args:
            model_id: the model.
            device: as jobs name it: "auto", "cpu", "cuda" or "mps".
        """
        speeds = self._settings.value.speeds
        return next((one.speed for one in speeds if (one.model_id, one.device) == (model_id, device)), None)

    @Slot(int)
    def _on_job_ended(self, job_id: int) -> None:
        job = self._queue.job(job_id)
        if job.state is not JobState.DONE or job.speed is None:
            return
        is_short = self._queue.document(job_id).duration < MIN_SOUND_SECONDS
        if is_short and self.of(job.model_id, job.device) is not None:
            return
        others = (
            one
            for one in self._settings.value.speeds
            if (one.model_id, one.device) != (job.model_id, job.device)
        )
        measured = MeasuredSpeed(job.model_id, job.device, round(job.speed, 4))
        self._settings.update(speeds=(*others, measured))
