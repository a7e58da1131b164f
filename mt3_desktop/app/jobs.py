"""Jobs: the results of the window's songs, each with its state and its document; made in turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import UNFINISHED, Job, JobState
from mt3_desktop.app.messages import UserMessage
from mt3_desktop.app.run import Run, Throughput
from mt3_desktop.app.runner import Runner
from mt3_desktop.app.song import Song
from mt3_desktop.app.song_list import Result, SongList
from mt3_desktop.app.takes import around
from mt3_desktop.core.pipeline import ModelPool
from mt3_desktop.core.progress import Progress, Stage
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import SegmentNotes, Transcription


class JobQueue(QObject):
    """All songs of the window with their results; owns the runner.

    A job is one result of a song: what one model makes of it. One of a song's results is the current one:
    shown, heard and exported. What the worker says of a job that is gone is dropped.

    Signals:
        job_added: (job_id: int).
        job_changed: (job_id: int).
        job_removed: (job_id: int) after it is gone.
        result_chosen: (job_id: int) another result of its song is the current one now.
        order_changed: () songs were moved.
        activity_changed: (is_busy: bool) whether a job runs.
        job_ended: (job_id: int) it is done, failed or cancelled.
        devices_found: (devices: tuple[FoundDevice, ...]) what can compute here; once a model was loaded.
    """

    job_added = Signal(int)
    job_changed = Signal(int)
    job_removed = Signal(int)
    result_chosen = Signal(int)
    order_changed = Signal()
    activity_changed = Signal(bool)
    job_ended = Signal(int)
    devices_found = Signal(object)

    def __init__(self, store: CheckpointStore, pool: ModelPool, parent: QObject | None = None) -> None:
        """Start the thread, idle.

        Args:
            store: where checkpoints come from.
            pool: keeps the loaded model between jobs.
            parent: owner.
        """
        super().__init__(parent)
        self._list = SongList()
        self._removed: dict[int, Result] = {}
        self._ids = count(1)
        self._throughput = Throughput()
        self._runner = runner = Runner(store, pool, self)
        runner.began.connect(self._on_began)
        runner.segment_decoded.connect(self._on_segment_decoded)
        runner.progressed.connect(self._on_progressed)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)
        runner.activity_changed.connect(self.activity_changed)
        runner.devices_found.connect(self.devices_found)

    # --- what is here ---

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, song by song."""
        return tuple(result.job for result in self._list)

    @property
    def songs(self) -> tuple[Song, ...]:
        """The songs, in the order of the library."""
        return tuple(listed.song for listed in self._list.songs)

    def song_at(self, path: Path) -> Song | None:
        """The song whose recording lies there, or None."""
        listed = self._list.at(path)
        return None if listed is None else listed.song

    def results(self, song: Song) -> tuple[Job, ...]:
        """The jobs of a song, in the order in which they were asked for.

        Raises:
            KeyError: if the song is gone.
        """
        return tuple(result.job for result in self._list.listed(song).results)

    def current(self, song: Song) -> Job:
        """The job whose result is shown, heard and exported.

        Raises:
            KeyError: if the song is gone.
        """
        return self._list.listed(song).current.job

    def job(self, job_id: int) -> Job:
        """A job by its id.

        Raises:
            KeyError: if it is gone.
        """
        return self._list.result(job_id).job

    def document(self, job_id: int) -> TranscriptionDocument:
        """The document of a job.

        Raises:
            KeyError: if the job is gone.
        """
        return self._list.result(job_id).document

    def __contains__(self, job_id: object) -> bool:
        """Whether a job is on the list."""
        return any(result.job.id == job_id for result in self._list)

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._runner.is_busy

    @property
    def n_unfinished(self) -> int:
        """How many jobs run, or wait for their turn or their model."""
        return sum(job.state in UNFINISHED for job in self.jobs)

    # --- what can be asked for ---

    def add(self, paths: Iterable[Path], model_id: str, device: str = "auto") -> tuple[int, ...]:
        """Put songs on the list without starting them; one that is there already gets another result.

        Returns:
            The ids of the jobs.
        """
        return tuple(
            self._insert(
                Job(next(self._ids), path, model_id, device),
                TranscriptionDocument(self.song_at(path) or Song(path, self), model_id, self),
            )
            for path in paths
        )

    def submit(self, paths: Iterable[Path], model_id: str, device: str = "auto") -> tuple[int, ...]:
        """Put songs on the list and have them transcribed in turn.

        Returns:
            Their ids.
        """
        job_ids = self.add(paths, model_id, device)
        for job_id in job_ids:
            self.start(job_id)
        return job_ids

    def start(
        self, job_id: int, *, model_id: str | None = None, device: str | None = None, span: Span = WHOLE
    ) -> int:
        """Have a song, or a passage of it, transcribed from its beginning.

        A result that has notes is kept: the song gets another one beside it, so nothing is ever lost by
        trying another model. With a passage, that has the notes around it of what the model heard before.

        Args:
            job_id: the song.
            model_id: another model than before.
            device: another device than before.
            span: the passage.

        Returns:
            The id of the job that was queued.
        """
        entry = self._list.result(job_id)
        job = entry.job
        if not job.can_start:
            return job_id
        job = replace(job, model_id=model_id or job.model_id, device=device or job.device)
        if entry.document.n_notes or entry.document.is_complete:
            job = replace(
                job,
                id=next(self._ids),
                seconds_taken=0.0,
                speed=None,
                message=None,
                was_recovered=False,
                state=JobState.READY,
            )
            self._insert(job, self._beginning(entry, job.model_id, span))
        elif (entry.document.model_id, entry.document.span) != (
            job.model_id,
            span,
        ) or entry.document.heard_until > 0:
            entry.document = self._beginning(entry, job.model_id, span)
        self._set(replace(job, state=JobState.QUEUED, message=None, progress=None, seconds_taken=0.0))
        self._offer()
        return job.id

    def resume(
        self,
        job_id: int,
        *,
        device: str | None = None,
        accepts_damaged: bool = False,
        accepts_silent: bool = False,
    ) -> None:
        """Go on where a job stopped, with the notes that it has; from the start if it has none.

        Args:
            job_id: the song.
            device: another device than before.
            accepts_damaged: take what can be decoded of a file that breaks off.
            accepts_silent: listen to a recording of silence.
        """
        job = self.job(job_id)
        if job.state is JobState.DONE or not (job.can_start or job.state is JobState.WAITING):
            return
        self._set(
            replace(
                job,
                device=device or job.device,
                accepts_damaged=job.accepts_damaged or accepts_damaged,
                accepts_silent=job.accepts_silent or accepts_silent,
                state=JobState.QUEUED,
                message=None,
                progress=None,
                was_recovered=False,
            )
        )
        self._offer()

    def leave_at_that(self, job_id: int) -> None:
        """Keep the notes of a job that failed, and say no more about it; it can go on later."""
        job = self.job(job_id)
        if job.state is JobState.FAILED:
            was_begun = self.document(job_id).heard_until > 0
            self._set(replace(job, state=JobState.CANCELLED if was_begun else JobState.READY, message=None))

    def keep(self, job_id: int) -> None:
        """Take a recovered result for what it is; it is a song like any other from now on."""
        self._set(replace(self.job(job_id), was_recovered=False))

    def wait_for_model(self, job_id: int, progress: Progress | None = None) -> None:
        """Let a song wait until its model is here; then `resume` it.

        Args:
            job_id: the song.
            progress: how far the download is, if that is known.
        """
        job = self.job(job_id)
        if job.can_start or job.state is JobState.WAITING:
            self._set(replace(job, state=JobState.WAITING, message=None, progress=progress))

    def cancel(self, job_id: int) -> None:
        """Stop a job and keep its notes so far."""
        job = self.job(job_id)
        if job_id in self._runner.running:
            self._runner.cancel(job_id)
            self._set(replace(job, state=JobState.STOPPING, seconds_left=None))
        elif job.state in (JobState.QUEUED, JobState.WAITING):
            was_begun = self.document(job_id).heard_until > 0
            state = JobState.CANCELLED if was_begun else JobState.READY
            self._set(replace(job, state=state, progress=None))
            self._offer()

    def cancel_all(self) -> None:
        """Stop the running jobs and take the waiting ones out of the queue."""
        for job in self.jobs:
            if job.state in (JobState.QUEUED, JobState.WAITING):
                self.cancel(job.id)
        for job_id in self._runner.running:
            if job_id in self:
                self.cancel(job_id)

    def show_result(self, job_id: int) -> None:
        """Make a result the current one of its song.

        Raises:
            KeyError: if it is gone.
        """
        listed, wanted = self._list.of(job_id), self._list.result(job_id)
        if listed.current is not wanted:
            listed.current = wanted
            self.result_chosen.emit(job_id)

    def remove(self, job_id: int) -> None:
        """Take a result off the list, and its song with the last one; `restore` brings it back."""
        if self.job(job_id).state in UNFINISHED:
            self.cancel(job_id)
        result = self._list.take_away(job_id)
        if result.job.is_active:  # its end will be dropped as stale
            result.job = replace(result.job, state=JobState.CANCELLED, progress=None)
        self._removed[job_id] = result
        self.job_removed.emit(job_id)

    def restore(self, job_id: int) -> None:
        """Bring a removed result back to where it was.

        Raises:
            KeyError: if it was not removed.
        """
        self._list.put_back(self._removed.pop(job_id))
        self.job_added.emit(job_id)

    def move(self, job_id: int, steps: int) -> None:
        """Move a song up (negative) or down the list; the queue follows the list."""
        if self._list.move(job_id, steps):
            self.order_changed.emit()
            self._offer()

    def relocate(self, job_id: int, path: Path) -> None:
        """Tell where the recording of a song lies now."""
        listed = self._list.of(job_id)
        listed.song.relocate(path)
        for result in listed.results:
            self._set(replace(result.job, path=path))
        self._offer()

    def adopt(self, document: TranscriptionDocument, state: JobState, *, was_recovered: bool) -> int:
        """Put a result from a session on the list.

        Returns:
            The id of its job.
        """
        job = Job(next(self._ids), document.path, document.model_id, state=state, was_recovered=was_recovered)
        document.setParent(self)
        return self._insert(job, document)

    def warm_up(self, model_id: str, device: str = "auto") -> None:
        """Load a model that is already on this computer, unless the worker has something better to do."""
        self._runner.warm_up(model_id, device)

    def close(self) -> bool:
        """Stop the running jobs and their thread, and wait for both.

        Returns:
            Whether the thread ended; if not, the process has to be ended without destroying it.
        """
        return self._runner.close()

    # --- what the runner says ---

    @Slot(object)
    def _on_began(self, run: Run) -> None:
        job = self.job(run.job_id)
        self._set(replace(job, state=JobState.RUNNING, progress=None, seconds_left=None))

    @Slot(object, object)
    def _on_segment_decoded(self, run: Run, part: SegmentNotes) -> None:
        entry = self._live(run)
        if entry is None:
            return
        start = entry.document.span.start
        if entry.document.duration == 0 and part.end > start:  # until the end says it exactly
            entry.document.set_duration(start + (part.end - start) * part.count / (part.index + 1))
        entry.document.append(part)

    @Slot(object, object)
    def _on_progressed(self, run: Run, progress: Progress) -> None:
        entry = self._live(run)
        if entry is None:
            return
        left = pace = None
        if progress.stage is Stage.TRANSCRIBE:
            document = entry.document
            self._throughput.begin(run, max(document.heard_until, document.span.start))
            left = run.time_left.update(progress.done, progress.total)
            pace = self._throughput.pace(run, document.passage_until)
        self._set(replace(entry.job, progress=progress, seconds_left=left, pace=pace))

    @Slot(object, object)
    def _on_finished(self, run: Run, result: Transcription) -> None:
        entry = self._live(run)
        if entry is not None:
            is_to_end = entry.document.span.stop is None
            known = 0.0 if is_to_end else entry.document.duration
            entry.document.set_duration(max(known, result.duration))
            entry.document.complete()
        self._end(run, JobState.DONE)

    @Slot(object, object)
    def _on_failed(self, run: Run, message: UserMessage) -> None:
        self._end(run, JobState.FAILED, message)

    @Slot(object)
    def _on_cancelled(self, run: Run) -> None:
        self._end(run, JobState.CANCELLED)

    # --- inside ---

    def _live(self, run: Run) -> Result | None:
        """The result that a run is about, or None if it was removed meanwhile."""
        return self._list.result(run.job_id) if run.job_id in self else None

    def _beginning(self, entry: Result, model_id: str, span: Span) -> TranscriptionDocument:
        """What a model that hears a song begins with: nothing, or the notes around the passage."""
        song = entry.document.song
        document = TranscriptionDocument(song, model_id, self, span=span)
        known = (entry, *reversed(self._list.listed(song).results))
        heard = (one for one in known if one.document.model_id == model_id and one.document.n_notes)
        base = None if span.is_whole else next(heard, None)
        if base is not None:
            document.restore(around(span, base.document.kept))
        return document

    def _insert(self, job: Job, document: TranscriptionDocument) -> int:
        self._list.add(Result(job, document))
        self.job_added.emit(job.id)
        return job.id

    def _set(self, job: Job) -> None:
        result = self._list.result(job.id)
        if result.job != job:
            result.job = job
            self.job_changed.emit(job.id)

    def _offer(self) -> None:
        """Let what is queued wait for the worker, in the order of the list."""
        queued = [result for result in self._list if result.job.state is JobState.QUEUED]
        self._runner.offer({result.job.id: result.request for result in queued})

    def _end(self, run: Run, state: JobState, message: UserMessage | None = None) -> None:
        """The worker is through with a job."""
        entry = self._live(run)
        heard_until = 0.0 if entry is None else entry.document.passage_until
        speed = self._throughput.end(run, heard_until)
        if entry is None:
            return
        self._set(
            replace(
                entry.job,
                state=state,
                progress=None,
                seconds_left=None,
                pace=None,
                seconds_taken=entry.job.seconds_taken + run.seconds,
                speed=speed if state is JobState.DONE else None,
                message=message and replace(message, job_id=run.job_id, path=entry.job.path),
            )
        )
        self.job_ended.emit(run.job_id)
