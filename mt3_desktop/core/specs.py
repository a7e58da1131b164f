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
        abilities: what it can do.
        licence: licence of the weights, as stated by their authors.
        is_stateful: segments must be decoded in order (a memory goes from one to the next).
        options: constants of the family, for example the memory length.
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
    options: Mapping[str, int | float | str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_built_in(self) -> bool:
        """Whether the weights come with the program."""
        return self.checkpoint is None
