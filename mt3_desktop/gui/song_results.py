"""Keeps the tabs above the roll showing the results of the song on show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Slot

from mt3_desktop.app.job import Job, JobState
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.jobs_model import share
from mt3_desktop.app.song import Song
from mt3_desktop.app.wording import counted, menu_text
from mt3_desktop.gui.result_bar import ResultBar, ResultTab


class SongResults(QObject):
    """Connects the queue with the tabs."""

    def __init__(
        self, queue: JobQueue, bar: ResultBar, model_title: Callable[[str], str], parent: QObject
    ) -> None:
        """Show nothing yet.

        Args:
            queue: the songs with their results.
            bar: the tabs.
            model_title: a model's id → what users read.
            parent: owner.
        """
        super().__init__(parent)
        self._queue = queue
        self._bar = bar
        self._title = model_title
        self._song: Song | None = None
        bar.chosen.connect(queue.show_result)
        queue.job_added.connect(self.refresh)
        queue.job_removed.connect(self.refresh)
        queue.job_changed.connect(self.refresh)
        queue.result_chosen.connect(self.refresh)

    def show(self, song: Song | None) -> None:
        """Show the results of a song, or nothing."""
        self._song = song
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say anew how many notes there are, as after an edit."""
        if self._song is None or self._song not in self._queue.songs:
            self._bar.set_results((), 0)
            return
        jobs = self._queue.results(self._song)
        titles = result_titles(jobs, self._title)
        tabs = [ResultTab(job.id, menu_text(f"{titles[job.id]} · {self._standing(job)}")) for job in jobs]
        self._bar.set_results(tabs, self._queue.current(self._song).id)

    def _standing(self, job: Job) -> str:
        """How far a result is, in a word or two."""
        fraction = share(job.progress)
        if job.state is JobState.RUNNING and fraction is not None:
            return f"{fraction:.0%}"
        n_notes = self._queue.document(job.id).n_notes
        is_there = job.state is JobState.DONE or n_notes
        return counted(n_notes, "note") if is_there else job.state.value


def result_titles(jobs: Iterable[Job], model_title: Callable[[str], str]) -> dict[int, str]:
    """Job id → what the result is called: after its model, the second of the same model "… (2)".

    Args:
        jobs: the results of a song, in their order.
        model_title: a model's id → what users read.
    """
    titles, seen = {}, Counter[str]()
    for job in jobs:
        title = model_title(job.model_id)
        seen[title] += 1
        titles[job.id] = title if seen[title] == 1 else f"{title} ({seen[title]})"
    return titles
