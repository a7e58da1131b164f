"""What is known about a model before anything is loaded: data, no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class HttpMirror:
    """A file behind a plain URL."""

    url: str

    @property
    def label(self) -> str:
        """The server's name, for messages."""
        return self.url.split("/")[2]


@dataclass(frozen=True, slots=True)
class LfsMirror:
    """A file in a Git-LFS store: its address is asked for by content hash, without git.

    Attributes:
        repository: URL of the repository, without ".git".
    """

    repository: str

    @property
    def label(self) -> str:
        """The server's name, for messages."""
        return self.repository.split("/")[2]


Mirror = HttpMirror | LfsMirror


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A published file of weights.

    Attributes:
        sha256: hex digest of the content; "" where it was never published: then the hash of the first
            complete download is recorded and holds from there on.
        size_bytes: exact size.
        filename: the name its authors gave it.
        mirrors: where to get it, best first.
        licence: as its authors state it; "none stated" is a legitimate value.
        is_hash_inferred: the hash is deduced, not published: the picker says so.
    """

    sha256: str
    size_bytes: int
    filename: str
    mirrors: tuple[Mirror, ...]
    licence: str
    is_hash_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a model can do, for its card."""

    drums: bool
    singing: bool
    instruments: bool
    velocities: bool
    confidence: bool = False


OptionValue = int | float | str


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """What an option of a model is, in words for users.

    Attributes:
        title: its name.
        explanation: what it does, a sentence or two.
        choices: its values, each with what it means in a few words; none where it is a number.
        bounds: the least and the greatest whole number, or None.
        is_of_file: it belongs to a file of weights as its sizes do: only files of the user's may need it.
    """

    title: str
    explanation: str
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    bounds: tuple[int, int] | None = None
    is_of_file: bool = False

    def accepts(self, value: OptionValue) -> bool:
        """Whether it can have this value."""
        if self.bounds is not None:
            return isinstance(value, int) and self.bounds[0] <= value <= self.bounds[1]
        return not self.choices or value in self.choices

    @property
    def range_text(self) -> str:
        """Its values, in words."""
        if self.bounds is not None:
            return f"Choose {self.bounds[0]} to {self.bounds[1]}."
        return f"There are: {', '.join(self.choices)}."


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of the catalogue.

    Attributes:
        id: what users type: `mt3_pytorch`.
        family: name of the `ModelFamily` that builds it.
        title: what users read.
        summary: one line: what it is good for.
        checkpoint: the file of weights, or None where the weights are part of the program.
        sample_rate: samples per second that the network wants.
        segment_samples: samples of one segment.
        context_seconds: how much sound before and after a passage its notes depend on.
        abilities: what it can do.
        licence: licence of the weights, as stated by their authors.
        is_stateful: segments must be decoded in order (a memory goes from one to the next).
        options: constants of the family, for example the memory length.
        assumed: names of options that a file of weights does not tell: they have their usual value.
    """

    id: str
    family: str
    title: str
    summary: str
    checkpoint: Checkpoint | None
    sample_rate: int
    segment_samples: int
    abilities: Abilities
    licence: str
    is_stateful: bool = False
    context_seconds: float = 0.0
    options: Mapping[str, OptionValue] = field(default_factory=lambda: MappingProxyType({}))
    assumed: tuple[str, ...] = ()

    @property
    def is_built_in(self) -> bool:
        """Whether the weights come with the program."""
        return self.checkpoint is None
