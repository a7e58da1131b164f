"""What is the matter with the song on show: said above its notes, and taken back when it no longer holds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from mt3_desktop.app.messages import UserMessage
from mt3_desktop.gui.services import Services


class SongStanding(QObject):
    """Posts the standing message of one job at a time."""

    def __init__(
        self,
        services: Services,
        model_title: Callable[[str], str],
        offered: Callable[[UserMessage], UserMessage],
        parent: QObject,
    ) -> None:
        """Say nothing yet.

        Args:
            services: the songs, the models and the messages.
            model_title: a model's id → what users read.
            offered: a message → the same with the buttons that can do something now.
            parent: owner.
        """
        super().__init__(parent)
        self._queue = services.queue
        self._messages = services.messages
        self._model_title = model_title
        self._offered = offered
        self._job_id: int | None = None
        self._said: UserMessage | None = None
        self._queue.job_changed.connect(self._on_job_changed)
        services.library.model_changed.connect(self._on_model_changed)

    def show(self, job_id: int | None) -> None:
        """Speak of this job from now on; what was said of the one before is gone with its song."""
        self._job_id, self._said = job_id, None
        self._refresh()

    @Slot(int)
    def _on_job_changed(self, job_id: int) -> None:
        if job_id == self._job_id:
            self._refresh()

    @Slot(str)
    def _on_model_changed(self, model_id: str) -> None:
        """A download that is paused, or goes on, has other buttons."""
        job_id = self._job_id
        if job_id is not None and job_id in self._queue and self._queue.job(job_id).model_id == model_id:
            self._refresh()

    def _refresh(self) -> None:
        before, self._said = self._said, self._message()
        if self._said == before:  # a message that was dismissed is not said again
            return
        if self._said is not None:
            self._messages.post(self._said)
        elif before is not None:
            self._messages.retract(before)

    def _message(self) -> UserMessage | None:
        if self._job_id is None or self._job_id not in self._queue:
            return None
        job = self._queue.job(self._job_id)
        heard_until = self._queue.document(job.id).heard_until
        message = job.standing(heard_until, self._model_title(job.model_id))
        return None if message is None else self._offered(message)
