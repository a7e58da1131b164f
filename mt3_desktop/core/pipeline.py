"""What a transcription needs and gives: the model that was asked for, its weights, its loan, its result."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from mt3_desktop.core import families
from mt3_desktop.core.catalogue import Catalogue, recognise, require_intact, with_options
from mt3_desktop.core.errors import ModelMissing, OutOfMemory
from mt3_desktop.core.model import LoadedModel
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, ignore
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.specs import ModelSpec
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.imported import WEIGHTS_SUFFIXES
from mt3_desktop.core.values import AudioClip, Note, SegmentNotes, Transcription, sort_key

log = logging.getLogger(__name__)

_WAIT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Resume:
    """Where an interrupted run stood.

    Attributes:
        first_segment: the first segment that was not heard.
        notes: final notes of the segments before it, and those around a passage that is heard anew.
        sounding: notes that were still open there; with no segment heard, those that sound where the passage
            begins.
        invalid_events: as in `Transcription`, so far.
        dropped_events: as in `Transcription`, so far.
    """

    first_segment: int
    notes: tuple[Note, ...] = ()
    sounding: tuple[Note, ...] = ()
    invalid_events: int = 0
    dropped_events: int = 0

    @classmethod
    def after(cls, parts: Iterable[SegmentNotes], before: Resume | None = None) -> Resume:
        """Where a run stands that has given `parts`, and was itself resumed at `before`."""
        resume = before or cls(0)
        for part in parts:
            resume = cls(
                first_segment=part.index + 1,
                notes=(*resume.notes, *part.notes),
                sounding=part.sounding,
                invalid_events=resume.invalid_events + part.invalid_events,
                dropped_events=resume.dropped_events + part.dropped_events,
            )
        return resume


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be transcribed, and how.

    Attributes:
        path: an audio or video file.
        model: a model's id, or the path of a checkpoint (file, or folder with one).
        device: "auto", "cpu", "cuda", "mps", …
        options: values that replace those of the model's spec.
        span: the passage that is heard. Times stay those of the recording; segments are those of the passage.
        accept_damaged: take what can be decoded of a file that breaks off.
        accept_silent: transcribe a recording of silence.
        auto_download: fetch a checkpoint that is not here.
        resume: where to go on after an interrupted run of the same file, passage and model, or None.
    """

    path: Path
    model: str = "lite"
    device: str = "auto"
    options: Mapping[str, int | float | str] = field(default_factory=lambda: MappingProxyType({}))
    span: Span = WHOLE
    accept_damaged: bool = False
    accept_silent: bool = False
    auto_download: bool = True
    resume: Resume | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A model that was asked for.

    Attributes:
        spec: its catalogue entry, or one made for a file of the user's.
        weights: the user's own file or folder, or None for a model of the catalogue.
    """

    spec: ModelSpec
    weights: Path | None = None


_PoolKey = tuple[ModelSpec, Path, str]
_Hold = Callable[[], AbstractContextManager[None]]


class ModelPool:
    """Keeps the model that was used last, because loading one takes seconds; lends it to one at a time.

    May be used from several threads: whoever comes second waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: LoadedModel | None = None
        self._key: _PoolKey | None = None
        self._held = ExitStack()

    @contextmanager
    def acquire(
        self,
        spec: ModelSpec,
        weights: Path,
        device: str,
        *,
        hold: _Hold = nullcontext,
        report: Report = ignore,
        cancel: CancelToken | None = None,
    ) -> Iterator[LoadedModel]:
        """Lend a model, loading it if it is not the one at hand.

        A model that ran out of memory is given up, so that the next attempt finds the memory free.

        Args:
            spec: which model.
            weights: its file, or `Path()` for a built-in one.
            device: where to compute.
            hold: entered as long as the model stays loaded, so that nobody deletes its file.
            report: told about `Stage.LOAD`.
            cancel: checked while waiting for the one before.

        Raises:
            UnknownModel: if the package that brought its family is gone.
            DamagedCheckpoint: if its weights cannot be loaded.
            DeviceUnavailable: if the device is not on this machine.
            OutOfMemory: if there is not enough memory for it.
            Cancelled: while waiting for the one before.
        """
        self._wait(cancel or CancelToken())
        try:
            yield self._loaded((spec, weights, device), hold, report)
        except OutOfMemory:
            self._drop()
            raise
        finally:
            self._lock.release()

    def warm_up(self, model: str, *, store: CheckpointStore, device: str = "auto") -> None:
        """Load a model that is on this computer already, so that the first job need not wait for it.

        Raises:
            MT3Error: as `acquire`; `ModelMissing` if it would have to be fetched.
        """
        resolved = resolve(model, store=store)
        weights = weights_of(resolved, store, auto_download=False)
        with self.acquire(resolved.spec, weights, device, hold=hold_of(resolved, store)):
            log.debug("%s is loaded", resolved.spec.id)

    def close(self) -> None:
        """Give the model back, waiting for whoever is using it."""
        with self._lock:
            self._drop()

    def _wait(self, cancel: CancelToken) -> None:
        while not self._lock.acquire(timeout=_WAIT_SECONDS):
            cancel.check()

    def _loaded(self, key: _PoolKey, hold: _Hold, report: Report) -> LoadedModel:
        spec, weights, device = key
        if self._model is None or self._key != key:
            self._drop()
            report(Progress(Stage.LOAD, note=spec.title))
            with ExitStack() as held:
                held.enter_context(hold())
                self._model = families.family_of(spec).build(spec, weights, device)
                self._held = held.pop_all()
            self._key = key
        return self._model

    def _drop(self) -> None:
        model, self._model, self._key = self._model, None, None
        if model is not None:
            model.close()
        self._held.close()


def resolve(
    model: str,
    options: Mapping[str, int | float | str] | None = None,
    *,
    store: CheckpointStore | None = None,
) -> Resolved:
    """Find out what a model's name means.

    Args:
        model: an id of the catalogue, or the path of a file of weights or of a folder with one.
        options: values that replace those of the spec.
        store: where the user's imported models are looked up; None knows only those of the families.

    Raises:
        UnknownModel: if there is neither such an id nor such a file.
        DamagedCheckpoint: if the file cannot be read as weights.
        UnknownCheckpoint: if it can, but no family knows it.
        InvalidOption: if a value is none of those that there are.
    """
    path = Path(model).expanduser()
    specs = Catalogue(store).specs() if store is not None else families.specs()
    known = {spec.id: spec for spec in specs}
    if model in known:
        resolved = Resolved(known[model])
    elif _means_a_file(model, path):
        resolved = Resolved(recognise(path), path)
    else:
        resolved = Resolved(families.spec(model))  # raises, and names similar ids
    if not options:
        return resolved
    return replace(resolved, spec=with_options(resolved.spec, options))


def weights_of(
    resolved: Resolved,
    store: CheckpointStore,
    *,
    auto_download: bool = True,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Path:
    """The file of a model's weights, fetched if need be; `Path()` for a built-in model.

    Raises:
        ModelMissing: if it is not here and may not be fetched.
        DamagedCheckpoint: if a file of the user's is not what was saved.
        DownloadFailed, DiskFull, NotWritable: if it cannot be fetched.
        Cancelled: after `cancel.cancel()`.
    """
    spec = resolved.spec
    if resolved.weights is not None:
        require_intact(resolved.weights, cancel or CancelToken())
        return resolved.weights
    if spec.checkpoint is None:
        return Path()
    if auto_download:
        return store.ensure(spec.checkpoint, title=spec.title, report=report, cancel=cancel)
    present = store.find(spec.checkpoint, report=report, cancel=cancel)
    if present is None:
        raise ModelMissing(
            f"{spec.title} is not on this computer.", hint=f"Get it with: mt3-desktop models get {spec.id}"
        )
    return present


def hold_of(resolved: Resolved, store: CheckpointStore) -> _Hold:
    """What keeps the store from deleting a model's file while it is loaded; nothing for files not its own."""
    checkpoint = resolved.spec.checkpoint
    if checkpoint is None or resolved.weights is not None:
        return nullcontext
    return partial(store.hold, checkpoint)


def heard_for(span: Span, spec: ModelSpec) -> Span:
    """What a model is to hear for a passage; its segments are those of the whole recording."""
    return span.with_context(segment=spec.segment_samples / spec.sample_rate, context=spec.context_seconds)


def collect(
    parts: Iterable[SegmentNotes],
    clip: AudioClip,
    model_id: str,
    *,
    span: Span = WHOLE,
    heard: Span = WHOLE,
    resume: Resume | None = None,
) -> Transcription:
    """All segments of a run as one transcription.

    Args:
        parts: the segments, in time order.
        clip: what was heard.
        model_id: who heard it.
        span: which passage of the recording was asked for; the result lasts to its end.
        heard: which passage the clip is, with the sound around it.
        resume: what an earlier run had found before these segments.
    """
    whole = Resume.after(parts, resume)
    return Transcription(
        notes=tuple(sorted(whole.notes, key=sort_key)),
        duration=min(heard.start + clip.duration, math.inf if span.stop is None else span.stop),
        model_id=model_id,
        source=clip.name,
        invalid_events=whole.invalid_events,
        dropped_events=whole.dropped_events,
    )


def told(
    parts: Iterable[SegmentNotes],
    report: Report,
    on_segment: Callable[[SegmentNotes], None] | None = None,
) -> Iterator[SegmentNotes]:
    """Pass segments on, and tell about each."""
    for part in parts:
        if on_segment is not None:
            on_segment(part)
        report(Progress(Stage.TRANSCRIBE, part.index + 1, part.count, "segments"))
        yield part
    report(Progress(Stage.DONE))


def _means_a_file(model: str, path: Path) -> bool:
    """Whether a model's name is meant as a path, rather than as an id with a typing mistake."""
    return path.exists() or path.suffix.lower() in WEIGHTS_SUFFIXES or "/" in model or "\\" in model
