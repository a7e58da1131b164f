"""The seam between the program and the models: sound in, notes out.

`lite` has no tokens, and a model from another package may have neither tokens nor segments of a fixed
length; so the seam is notes. The token families share `core/transcriber.py` below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.specs import ModelSpec, OptionFacts
from mt3_desktop.core.values import AudioClip, SegmentNotes


class LoadedModel(Protocol):
    """What a loaded model is to the rest of the program."""

    @property
    def spec(self) -> ModelSpec:
        """The catalogue entry it was built from."""
        ...

    def stream(
        self, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        """Transcribe, segment by segment in time order.

        Args:
            clip: mono sound at `spec.sample_rate`.
            cancel: checked at least once per decoding step.
            first_segment: where to go on after an interrupted run: earlier segments are not computed.

        Yields:
            One `SegmentNotes` per segment from `first_segment` on.

        Raises:
            Cancelled: after `cancel.cancel()`.
            OutOfMemory: if the device has not enough memory.
        """
        ...

    def close(self) -> None:
        """Give the memory back; the model cannot be used afterwards."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """One of several recordings that a model is to listen to; each is its own, whatever it sounds like.

    Attributes:
        clip: mono sound at the model's sample rate.
        cancel: stops this one alone; looked at once per decoding step at least.
        first_segment: where to go on after an interrupted run.
    """

    clip: AudioClip
    cancel: CancelToken = field(default_factory=CancelToken)
    first_segment: int = 0


class Ending(Enum):
    """How a hearing came to its end."""

    COMPLETE = "complete"
    CANCELLED = "cancelled"


Heard = tuple[Hearing, SegmentNotes | Ending]
"""A segment of one of several recordings, or how that recording ended."""


@runtime_checkable
class SharedModel(Protocol):
    """A loaded model that listens to several recordings together faster than to one after the other."""

    def stream_all(self, hearings: Iterator[Hearing | None]) -> Iterator[Heard]:
        """Transcribe recordings, each with the very notes that it would get alone.

        Args:
            hearings: drawn from only when there is room for another; None where there is none for now, which
                may be asked again later.

        Yields:
            The segments of each hearing in time order, then once how it ended; hearings in any order.

        Raises:
            OutOfMemory: if the device has not enough memory; then all hearings that have not ended are lost.
        """
        ...


def one_by_one(model: LoadedModel, hearings: Iterator[Hearing | None]) -> Iterator[Heard]:
    """What `SharedModel.stream_all` gives, from a model that listens to one recording at a time."""
    while (hearing := next(hearings, None)) is not None:
        try:
            parts = model.stream(hearing.clip, cancel=hearing.cancel, first_segment=hearing.first_segment)
            yield from ((hearing, part) for part in parts)
        except Cancelled:
            yield hearing, Ending.CANCELLED
        else:
            yield hearing, Ending.COMPLETE


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """What can be said about a file of weights without loading it.

    Attributes:
        shapes: tensor name → shape, wrappers such as "state_dict" removed but prefixes kept.
        config: what the file or a `config.json` beside it states (hyper-parameters).
        filename: its name; some authors say the memory length there only.
        size_bytes: size of the file.
        sha256: hash of its content, or "" where not computed.
    """

    shapes: Mapping[str, tuple[int, ...]]
    config: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    filename: str = ""
    size_bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ModelFamily:
    """A kind of model: its catalogue entries and how to build one.

    Attributes:
        name: matches `ModelSpec.family`.
        specs: the published models of this kind.
        build: (spec, checkpoint file, device) → model. The file is `Path()` for built-in models. Imports
            torch inside. Raises `DamagedCheckpoint`, `OutOfMemory`.
        recognises: facts about an unknown file → a spec for it, or None if it is not of this kind.
        options: what users read about the options of its specs, by name; others take any value.
    """

    name: str
    specs: tuple[ModelSpec, ...]
    build: Callable[[ModelSpec, Path, str], LoadedModel]
    recognises: Callable[[CheckpointFacts], ModelSpec | None]
    options: Mapping[str, OptionFacts] = field(default_factory=lambda: MappingProxyType({}))
