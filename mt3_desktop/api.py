"""MT3 Desktop from Python.

from mt3_desktop import load_model

with load_model("mt3_pytorch") as model:
    result = model.transcribe(audio, sr=44100)  # a numpy array, or a path
result.save("out.mid")
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy.typing as npt

from mt3_desktop.core import audio as recordings
from mt3_desktop.core import families, pipeline
from mt3_desktop.core.catalogue import Catalogue
from mt3_desktop.core.progress import CancelToken, Report, ignore
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.values import AudioClip, SegmentNotes, Transcription

if TYPE_CHECKING:
    from mt3_desktop.core.model import LoadedModel
    from mt3_desktop.core.specs import ModelSpec


class Transcriber:
    """A loaded model. Made by `load_model`; give its memory back with `close` or a `with` block.

    May be called from several threads: it hears one recording at a time, and the others wait.
    """

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._owner: int | None = None

    @property
    def spec(self) -> ModelSpec:
        """What is known about the model: its title, abilities, licence."""
        return self._model.spec

    def transcribe(
        self,
        audio: npt.ArrayLike | str | Path,
        sr: float | None = None,
        *,
        start: float = 0.0,
        stop: float | None = None,
        accept_damaged: bool = False,
        accept_silent: bool = False,
        cancel: CancelToken | None = None,
        report: Report = ignore,
    ) -> Transcription:
        """The notes of a recording.

        Args:
            audio: samples, (n,) mono or (n, channels) or (channels, n), float in about [-1, 1] or integer;
                or the path of an audio or video file.
            sr: samples per second of an array, which must be said: a wrong guess would give notes of another
                pitch and length without a word. A file knows its own.
            start: where the passage begins that is to be heard, in seconds. Notes keep the times that they
                have in the recording; one that sounds here already begins here.
            stop: where it ends; None is the end of the recording.
            accept_damaged: take what can be decoded of a file that breaks off, instead of raising
                `DamagedAudio`.
            accept_silent: listen to a silent file too, instead of raising `SilentAudio`.
            cancel: stops the work from another thread by its `cancel()`.
            report: told how far the work is.

        Raises:
            MT3Error: what is wrong with the recording or the machine.
            ValueError: if the array makes no sense as audio, or comes without `sr`, or if there is no passage
                from `start` to `stop`.
            Cancelled: after `cancel.cancel()`.
        """
        cancel = cancel or CancelToken()
        span = Span(start, stop)
        heard = pipeline.heard_for(span, self.spec)
        clip = self._clip(
            audio,
            sr,
            cancel,
            report,
            span=heard,
            needed=span,
            accept_damaged=accept_damaged,
            accept_silent=accept_silent,
        )
        with self._alone():
            parts = (span.part_of(heard.placed(p)) for p in self._model.stream(clip, cancel=cancel))
            told = pipeline.told(parts, report)
            return pipeline.collect(told, clip, self.spec.id, span=span, heard=heard)

    def stream(
        self, audio: npt.ArrayLike | str | Path, sr: float | None = None, *, cancel: CancelToken | None = None
    ) -> Iterator[SegmentNotes]:
        """The notes of a recording, segment by segment, as soon as they are known.

        The model is taken until the iterator is read to its end, closed, or dropped. Arguments and errors are
        those of `transcribe`; those about the recording are raised at once, not at the first segment.
        """
        cancel = cancel or CancelToken()
        return self._segments(self._clip(audio, sr, cancel, ignore), cancel)

    def close(self) -> None:
        """Give the model's memory back; the transcriber cannot be used afterwards."""
        with self._alone():
            self._model.close()

    def __enter__(self) -> Transcriber:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _segments(self, clip: AudioClip, cancel: CancelToken) -> Iterator[SegmentNotes]:
        with self._alone():
            yield from self._model.stream(clip, cancel=cancel)

    def _clip(
        self,
        audio: npt.ArrayLike | str | Path,
        sr: float | None,
        cancel: CancelToken,
        report: Report,
        *,
        span: Span = WHOLE,
        needed: Span | None = None,
        accept_damaged: bool = False,
        accept_silent: bool = False,
    ) -> AudioClip:
        rate = self.spec.sample_rate
        if not isinstance(audio, (str, Path)):
            if sr is None:
                raise ValueError("an array does not tell its sample rate: transcribe(audio, sr=44100)")
            return recordings.from_array(audio, sr, rate, span=span, needed=needed)
        return recordings.read(
            audio,
            rate,
            span=span,
            needed=needed,
            cancel=cancel,
            report=report,
            accept_damaged=accept_damaged,
            accept_silent=accept_silent,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the model; a thread that already does would wait for itself for ever, so it is told."""
        if self._owner == threading.get_ident():
            raise RuntimeError("this model is still streaming: read the stream to its end, or close it")
        with self._lock:
            self._owner = threading.get_ident()
            try:
                yield
            finally:
                self._owner = None


def list_models(*, home: str | Path | None = None) -> tuple[ModelSpec, ...]:
    """Every model that can be loaded, the built-in one first, those that the user imported last.

    Args:
        home: the program's folder, if not the usual one.
    """
    return Catalogue(_store(home)).specs()


def download_model(
    model_id: str,
    *,
    home: str | Path | None = None,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Path:
    """Fetch a model's checkpoint ahead of time; one that is here already costs nothing.

    Args:
        model_id: as `list_models` names it.
        home: the program's folder, if not the usual one.
        report: told how far the download is.
        cancel: stops it from another thread; what has arrived is kept for the next attempt.

    Returns:
        The file of weights, or `Path()` for a built-in model, whose weights come with the program.

    Raises:
        UnknownModel: if there is no such model.
        DownloadFailed, DiskFull, NotWritable: if it cannot be fetched.
        Cancelled: after `cancel.cancel()`.
    """
    store = _store(home)
    resolved = pipeline.Resolved(Catalogue(store).spec(model_id))
    return pipeline.weights_of(resolved, store, report=report, cancel=cancel)


def load_model(
    model: str | Path = "lite",
    *,
    device: str = "auto",
    auto_download: bool = True,
    home: str | Path | None = None,
) -> Transcriber:
    """Load a model.

    Args:
        model: an id, as `list_models` names it, or the path of a checkpoint (a file, or a folder with one) of
            any known family and any size.
        device: "auto" takes the best there is; else "cpu", "cuda", "mps".
        auto_download: fetch the checkpoint if it is not here.
        home: the program's folder, if not the usual one.

    Raises:
        UnknownModel: if there is neither such an id nor such a file.
        ModelMissing: if it is not here and `auto_download` is False; the hint names the command that gets it.
        MT3Error: if it cannot be fetched or loaded.
    """
    store = _store(home)
    resolved = pipeline.resolve(str(model), store=store)
    weights = pipeline.weights_of(resolved, store, auto_download=auto_download)
    return Transcriber(families.family_of(resolved.spec).build(resolved.spec, weights, device))


def transcribe(
    audio: npt.ArrayLike | str | Path,
    sr: float | None = None,
    *,
    start: float = 0.0,
    stop: float | None = None,
    model: str | Path = "lite",
    device: str = "auto",
    auto_download: bool = True,
    home: str | Path | None = None,
) -> Transcription:
    """The notes of one recording; for several, `load_model` once.

    Args:
        audio: samples or a path, as in `Transcriber.transcribe`.
        sr: samples per second of an array; a file knows its own.
        start: the beginning of the passage that is to be heard, in seconds.
        stop: its end; None is the end of the recording.
        model: as in `load_model`, as are the others.
        device: where to compute.
        auto_download: fetch the checkpoint if it is not here.
        home: the program's folder, if not the usual one.
    """
    with load_model(model, device=device, auto_download=auto_download, home=home) as transcriber:
        return transcriber.transcribe(audio, sr, start=start, stop=stop)


def _store(home: str | Path | None) -> CheckpointStore:
    return CheckpointStore(Locations.default(Path(home) if home is not None else None))
