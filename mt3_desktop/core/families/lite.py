"""The small model that comes with the program: frame-wise, trained on synthetic music only.

Not an MT3: it has no tokens. How it was made and how good it is: `resources/lite/MODEL_CARD.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mt3_desktop.core.model import CheckpointFacts, LoadedModel, ModelFamily
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.resources import resource
from mt3_desktop.core.specs import Abilities, ModelSpec
from mt3_desktop.core.values import AudioClip, SegmentNotes

if TYPE_CHECKING:
    from mt3_desktop.core.nn.lite_model import LiteNetwork

FOLDER = "lite"

SPEC = ModelSpec(
    id="lite",
    family="lite",
    title="Small (built in)",
    summary="Fast, needs no download: melody and chord instruments in groups, bass, drums",
    checkpoint=None,
    sample_rate=16_000,
    segment_samples=98_304,
    context_seconds=8.0,  # what a note is played by is decided with the music around it
    abilities=Abilities(drums=True, singing=False, instruments=True, velocities=True, confidence=True),
    licence="Apache-2.0",
)
"""`segment_samples`: from one window to the next; a window is a third longer."""


class LiteModel:
    """The loaded built-in model."""

    def __init__(self, spec: ModelSpec, network: LiteNetwork) -> None:
        self._spec = spec
        self._network: LiteNetwork | None = network

    @property
    def spec(self) -> ModelSpec:
        """See `LoadedModel`."""
        return self._spec

    @property
    def network(self) -> LiteNetwork:
        """The loaded weights.

        Raises:
            ValueError: after `close`.
        """
        if self._network is None:
            raise ValueError("the model was closed")
        return self._network

    def stream(
        self, clip: AudioClip, *, cancel: CancelToken, first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        """See `LoadedModel`."""
        from mt3_desktop.core.nn.device import out_of_memory_translated

        network = self.network
        with out_of_memory_translated(next(network.net.parameters()).device):
            yield from network.stream(clip.samples, check=cancel.check, first_segment=first_segment)

    def close(self) -> None:
        """See `LoadedModel`."""
        self._network = None


def _build(spec: ModelSpec, _checkpoint: Path, device: str) -> LoadedModel:
    from mt3_desktop.core.errors import DamagedCheckpoint
    from mt3_desktop.core.nn.device import out_of_memory_translated, pick_device
    from mt3_desktop.core.nn.lite_model import LiteNetwork

    chosen = pick_device(device)
    try:
        folder = resource(FOLDER)
    except FileNotFoundError as error:
        raise DamagedCheckpoint(
            "The built-in model can't be loaded.", hint="Install the program again.", detail=str(error)
        ) from error
    with out_of_memory_translated(chosen):
        return LiteModel(spec, LiteNetwork.load(folder, chosen))


def _recognises(_facts: CheckpointFacts) -> ModelSpec | None:
    """No file of a user is this model: it comes with the program."""
    return None


FAMILY = ModelFamily(name="lite", specs=(SPEC,), build=_build, recognises=_recognises)
