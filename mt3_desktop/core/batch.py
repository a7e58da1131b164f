"""Files from sound to notes, through all stages: what the window's worker and the command line call.

Files that wait for the same model are heard together, where the model can listen to several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from mt3_desktop.core import audio
from mt3_desktop.core.model import Ending, Heard, Hearing, LoadedModel, SharedModel, one_by_one
from mt3_desktop.core.pipeline import ModelPool, Request, collect, heard_for, hold_of, resolve, weights_of
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Report, Stage, ignore
from mt3_desktop.core.seam import Seam
from mt3_desktop.core.span import Span
from mt3_desktop.core.specs import ModelSpec
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.values import AudioClip, SegmentNotes, Transcription

OnSegment = Callable[[SegmentNotes], None]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One of several files, and who is told about it.

    Attributes:
        request: which file, which model.
        report: told about each stage.
        on_segment: gets the notes of each segment as soon as they are known. Together with the notes of
            `request.resume` they are all the notes of the result.
        cancel: stops this file alone; what `on_segment` got until then is what was found.
    """

    request: Request
    report: Report = ignore
    on_segment: OnSegment | None = None
    cancel: CancelToken = field(default_factory=CancelToken)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of a file.

    Attributes:
        task: which file.
        result: the notes; or `Cancelled`, an `MT3Error` that says what is wrong with the file, the model or
            the machine, or whatever else came unforeseen.
    """

    task: Task
    result: Transcription | Exception


def transcribe_file(
    request: Request,
    *,
    store: CheckpointStore,
    pool: ModelPool,
    report: Report = ignore,
    on_segment: OnSegment | None = None,
    cancel: CancelToken | None = None,
) -> Transcription:
    """Transcribe one file: fetch the model if need be, read the sound, load the model, listen.

    Args:
        request: which file, which model.
        store: where checkpoints are and come from.
        pool: keeps the loaded model for the next file.
        report: as in `Task`, as are the others.
        on_segment: gets the notes of each segment.
        cancel: checked throughout.

    Raises:
        MT3Error: what is wrong with the file, the model or the machine, as a sentence.
        Cancelled: after `cancel.cancel()`.
    """
    task = Task(request, report, on_segment, cancel or CancelToken())
    (outcome,) = transcribe_files(iter([task]), store=store, pool=pool)
    if isinstance(outcome.result, Exception):
        raise outcome.result
    return outcome.result


def transcribe_files(
    tasks: Iterator[Task | None], *, store: CheckpointStore, pool: ModelPool
) -> Generator[Outcome, None, None]:
    """Transcribe files, several at a time where the model can; the failure of one does not stop the rest.

    An iterator that is not read to its end keeps the model lent until it is closed.

    Args:
        tasks: files for the same model, device and options. Drawn from only when there is room for another;
            None where there is none for now: as long as others are at work it may be asked again.
        store: where checkpoints are and come from.
        pool: keeps the loaded model for the files to come.

    Yields:
        What became of each file, once, in the order in which they end.
    """
    while (task := next(tasks, None)) is not None:
        yield from _Loan(tasks, store, pool).outcomes(task)


class _File:
    """A file that is being heard."""

    def __init__(self, task: Task, clip: AudioClip, model_id: str, heard: Span) -> None:
        resume = task.request.resume
        self.task = task
        self.hearing = Hearing(clip, task.cancel, 0 if resume is None else resume.first_segment)
        self._model_id = model_id
        self._heard = heard
        self._seam = None if resume is None else Seam(resume.sounding)
        self._parts: list[SegmentNotes] = []

    def begin(self) -> None:
        """Tell that from here on it is the model's time."""
        self.task.report(Progress(Stage.TRANSCRIBE, self.hearing.first_segment, None, "segments"))

    def take(self, part: SegmentNotes) -> None:
        """Keep a segment, and tell about it."""
        part = self.task.request.span.part_of(self._heard.placed(part))
        if self._seam is not None:
            part = self._seam.joined(part)
        self._parts.append(part)
        if self.task.on_segment is not None:
            self.task.on_segment(part)
        self.task.report(Progress(Stage.TRANSCRIBE, part.index + 1, part.count, "segments"))

    def result(self) -> Transcription:
        """All of it."""
        self.task.report(Progress(Stage.DONE))
        request = self.task.request
        return collect(
            self._parts,
            self.hearing.clip,
            self._model_id,
            span=request.span,
            heard=self._heard,
            resume=request.resume,
        )


class _Loan:
    """One loan of a model, with the files that are heard meanwhile; an error of the model ends it."""

    def __init__(self, tasks: Iterator[Task | None], store: CheckpointStore, pool: ModelPool) -> None:
        self._tasks = tasks
        self._store = store
        self._pool = pool
        self._files: dict[Hearing, _File] = {}
        self._unread: list[Outcome] = []
        self._has_begun = False

    def outcomes(self, first: Task) -> Iterator[Outcome]:
        """What becomes of a file, and of those that are drawn while the model is lent."""
        try:
            yield from self._heard(first)
        except Exception as error:  # noqa: BLE001 - it is handed on, as the outcome of the files it hit
            hit = [file.task for file in self._files.values()] if self._has_begun else [first]
            yield from self._told()
            yield from (Outcome(task, error) for task in hit)

    def _heard(self, first: Task) -> Iterator[Outcome]:
        request = first.request
        resolved = resolve(request.model, request.options, store=self._store)
        audio.probe(request.path)  # a file that cannot be read shall not cost a download first
        weights = weights_of(
            resolved,
            self._store,
            auto_download=request.auto_download,
            report=first.report,
            cancel=first.cancel,
        )
        file = _read(first, resolved.spec)
        hold = hold_of(resolved, self._store)
        with self._pool.acquire(
            resolved.spec, weights, request.device, hold=hold, report=first.report, cancel=first.cancel
        ) as model:
            for hearing, told in _all_heard(model, self._hearings(file, resolved.spec)):
                yield from self._told()
                if isinstance(told, SegmentNotes):
                    self._files[hearing].take(told)
                else:
                    ended = self._files.pop(hearing)
                    yield Outcome(ended.task, Cancelled() if told is Ending.CANCELLED else ended.result())
            yield from self._told()

    def _hearings(self, first: _File, spec: ModelSpec) -> Iterator[Hearing | None]:
        self._has_begun = True
        yield self._begun(first)
        for task in self._tasks:
            if task is None:
                yield None
                continue
            try:
                file = _read(task, spec)
            except Exception as error:  # noqa: BLE001 - the files that are being heard are not to blame
                self._unread.append(Outcome(task, error))
            else:
                yield self._begun(file)

    def _begun(self, file: _File) -> Hearing:
        self._files[file.hearing] = file
        file.begin()
        return file.hearing

    def _told(self) -> Iterator[Outcome]:
        """The files that could not be read."""
        while self._unread:
            yield self._unread.pop(0)


def _read(task: Task, spec: ModelSpec) -> _File:
    request, heard = task.request, heard_for(task.request.span, spec)
    clip = audio.read(
        request.path,
        spec.sample_rate,
        span=heard,
        needed=request.span,
        report=task.report,
        cancel=task.cancel,
        accept_damaged=request.accept_damaged,
        accept_silent=request.accept_silent,
    )
    return _File(task, clip, spec.id, heard)


def _all_heard(model: LoadedModel, hearings: Iterator[Hearing | None]) -> Iterator[Heard]:
    if isinstance(model, SharedModel):
        return model.stream_all(hearings)
    return one_by_one(model, hearings)
