"""How each model stands, as one value per model; and the look at the disk that tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from mt3_desktop.app.messages import UserMessage
from mt3_desktop.core.catalogue import Catalogue, changeable
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.specs import ModelSpec, OptionFacts
from mt3_desktop.core.store.checkpoints import CheckpointStore
from mt3_desktop.core.store.partial import Leftover


class ModelState(Enum):
    """What a row of the model list says."""

    BUILT_IN = "built in"
    READY = "ready"
    IMPORTED = "imported"
    MISSING = "missing"
    PAUSED = "paused"
    DAMAGED = "damaged"
    QUEUED = "queued"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    REMOVING = "removing"


USABLE = frozenset({ModelState.BUILT_IN, ModelState.READY, ModelState.IMPORTED})
BUSY = frozenset({ModelState.QUEUED, ModelState.DOWNLOADING, ModelState.VERIFYING, ModelState.REMOVING})


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """How one model stands.

    Attributes:
        spec: its catalogue entry.
        state: what is the case, or going on.
        at_rest: what will be the case if what is going on stops now.
        done_bytes: how much of its file is here, or was looked at.
        bytes_per_second: pace of a running download, or None while that is unknown.
        seconds_left: of what is going on, or None.
        checked_at: when the whole file was last compared with its hash, seconds since 1970, or None.
        path: its file, or None.
        note: a few words on what is going on: a server's name, "waiting for …".
        problem: what went wrong last, until the next attempt.
        options: what may be set, by name; the values are in `spec.options`.
    """

    spec: ModelSpec
    state: ModelState
    at_rest: ModelState
    done_bytes: float = 0
    bytes_per_second: float | None = None
    seconds_left: float | None = None
    checked_at: float | None = None
    path: Path | None = None
    note: str = ""
    problem: UserMessage | None = None
    options: Mapping[str, OptionFacts] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def size_bytes(self) -> int:
        """Size of its file; 0 for a built-in model."""
        return self.spec.checkpoint.size_bytes if self.spec.checkpoint else 0

    @property
    def fraction(self) -> float:
        """Share done of a download or a check, 0-1."""
        return min(1.0, self.done_bytes / self.size_bytes) if self.size_bytes else 0.0

    @property
    def is_usable(self) -> bool:
        """Whether it can transcribe now."""
        return self.state in USABLE or (self.path is not None and self.state is ModelState.VERIFYING)

    @property
    def is_busy(self) -> bool:
        """Whether something is going on with it, or will be."""
        return self.state in BUSY


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """How the models folder stands.

    Attributes:
        folder: where it is.
        used_bytes: size of all that is in it.
        free_bytes: free space on its volume.
        leftovers: what no model uses; running downloads are not among them.
        is_fixed: whether the environment dictates it, so that it cannot be moved.
    """

    folder: Path
    used_bytes: int = 0
    free_bytes: int = 0
    leftovers: tuple[Leftover, ...] = ()
    is_fixed: bool = False

    @property
    def leftover_bytes(self) -> int:
        """Size of all left-overs."""
        return sum(leftover.size_bytes for leftover in self.leftovers)


@dataclass(frozen=True, slots=True)
class Survey:
    """A look at the disk.

    Attributes:
        models: every model at rest, in the order of the catalogue.
        folder: the folder.
    """

    models: tuple[ModelStatus, ...]
    folder: FolderStatus


def survey(store: CheckpointStore, catalogue: Catalogue, cancel: CancelToken) -> Survey:
    """Look at every model and at the folder.

    What other programs keep is hashed the first time it is seen, so this belongs into a thread.

    Raises:
        Cancelled: after `cancel.cancel()`.
    """
    imported = {spec.id for spec in catalogue.imported()}
    models = tuple(
        replace(
            _at_rest(store, spec, is_imported=spec.id in imported, cancel=cancel),
            options=changeable(spec, is_imported=spec.id in imported),
        )
        for spec in catalogue.specs()
    )
    folder = FolderStatus(
        folder=store.folder,
        used_bytes=store.used_bytes(),
        free_bytes=store.free_bytes(),
        leftovers=store.leftovers(),
        is_fixed=store.is_fixed,
    )
    return Survey(models, folder)


def _at_rest(
    store: CheckpointStore, spec: ModelSpec, *, is_imported: bool, cancel: CancelToken
) -> ModelStatus:
    """How a model stands when nothing is going on with it."""
    checkpoint = spec.checkpoint
    if checkpoint is None:
        return ModelStatus(spec, ModelState.BUILT_IN, ModelState.BUILT_IN)
    path = store.find(checkpoint, cancel=cancel)
    if path is not None:
        state = ModelState.IMPORTED if is_imported else ModelState.READY
        return ModelStatus(
            spec, state, state, checkpoint.size_bytes, checked_at=store.checked_at(checkpoint), path=path
        )
    if store.is_damaged(checkpoint):
        return ModelStatus(spec, ModelState.DAMAGED, ModelState.DAMAGED)
    kept = store.kept_bytes(checkpoint)
    state = ModelState.PAUSED if kept else ModelState.MISSING
    return ModelStatus(spec, state, state, kept)
