"""MR-MT3: MT3 that remembers the previous segment, so that an instrument stays the same instrument.

What other programs fetch as "MR-MT3" is the file of MT3 itself; this is the network with the memory.

Source: Tan, Chan, Luo, MR-MT3: Memory Retaining Multi-Track Music Transcription (2024).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mt3_desktop.core.errors import MT3Error
from mt3_desktop.core.model import CheckpointFacts, Hearing, LoadedModel, ModelFamily
from mt3_desktop.core.specs import Abilities, Checkpoint, HttpMirror, LfsMirror, ModelSpec, OptionFacts
from mt3_desktop.core.transcriber import Decoded, EventModel, Segment

if TYPE_CHECKING:
    from torch import Tensor

    from mt3_desktop.core.nn.generate import Row
    from mt3_desktop.core.nn.memory import SegmentMemory
    from mt3_desktop.core.nn.mt3 import Mt3Network

MAX_NEW_IDS = 1024
LIGHTNING_PREFIX = "model."
MEMORY_LENGTH = "memory_length"
LOG_RANGE = (-12.0, 5.0)

SIDE_BY_SIDE = 8
"""Recordings decoded together."""

SPEC = ModelSpec(
    id="mr_mt3",
    family="mr_mt3",
    title="MR-MT3",
    summary="MT3 with a memory: keeps instruments apart over a whole song; slower, one segment after another",
    checkpoint=Checkpoint(
        sha256="ff4a8af3f4217c11065cb3853350dcf2414d97e389a616de87aaff459aec4492",
        size_bytes=582_536_411,
        filename="exp_segmemV2_prev_context=64.ckpt",
        mirrors=(
            HttpMirror(
                "https://huggingface.co/gudgud1014/MR-MT3/resolve/main/exp_segmemV2_prev_context=64.ckpt"
            ),
            LfsMirror("https://github.com/ojas-chaturvedi/MR-MT3"),
        ),
        licence="MIT",
        is_hash_inferred=True,
    ),
    sample_rate=16_000,
    segment_samples=32_768,
    abilities=Abilities(drums=True, singing=False, instruments=True, velocities=False),
    licence="MIT",
    is_stateful=True,
    options=MappingProxyType({MEMORY_LENGTH: 64}),
)

OPTIONS: Mapping[str, OptionFacts] = MappingProxyType(
    {
        MEMORY_LENGTH: OptionFacts(
            "Memory length",
            "How much the model remembers from one segment to the next. It was fixed in training, and only "
            "the authors' name for the file says it (“…context=64…”). With another number it runs, but hears "
            "worse. If you don't know, leave 64.",
            bounds=(0, 1024),
            is_of_file=True,
        )
    }
)


class MrMt3Listener:
    """Decodes each recording's segments one after the other, each with the memory of the one before.

    Several recordings go side by side: their rows make one batch.

    Attributes:
        network: the MT3 part of the weights.
        memory: the part that remembers.
    """

    def __init__(self, network: Mt3Network, memory: SegmentMemory) -> None:
        self.network = network
        self.memory = memory

    def n_segments(self, n_samples: int) -> int:
        """See `TokenModel`."""
        return self.network.mel.n_segments(n_samples)

    def decode(self, recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Decoded]:
        """See `TokenModel`. The encoder, which needs no memory, runs ahead by a few segments."""
        from mt3_desktop.core.nn.device import out_of_memory_translated
        from mt3_desktop.core.nn.generate import Limits, Window, greedy
        from mt3_desktop.core.nn.rows import rows_for

        limits = Limits(MAX_NEW_IDS)
        window = Window(rows=SIDE_BY_SIDE, opening=SIDE_BY_SIDE)
        with out_of_memory_translated(self.network.device):
            rows = _NextRows(self.network, self.memory, recordings)
            batch = rows_for(self.network.decoder, window=window.rows)
            for done in greedy(batch, iter(rows), limits=limits, window=window):
                if done.is_cut:
                    yield done.key, None
                else:
                    rows.go_on(done.key, done.ids)
                    yield done.key, (done.ids,)


class _NextRows:
    """The rows that can be decoded now: of each recording the segment behind the one decoded last.

    A recording is drawn when no row of the present ones waits, so there are no more recordings than places.
    """

    def __init__(
        self, network: Mt3Network, memory: SegmentMemory, recordings: Iterator[Iterator[Segment] | None]
    ) -> None:
        self._network = network
        self._memory = memory
        self._recordings = recordings
        self._encoded: dict[Hearing, Iterator[tuple[Segment, Tensor]]] = {}
        self._waiting: deque[Row[Segment]] = deque()

    def __iter__(self) -> Iterator[Row[Segment] | None]:
        while True:
            if not self._waiting:
                self._begin()
            yield self._waiting.popleft() if self._waiting else None

    def go_on(self, segment: Segment, ids: tuple[int, ...]) -> None:
        """Make the row behind a segment, which has become `ids`."""
        self._next(self._encoded.pop(segment.hearing), ids)

    def _begin(self) -> None:
        segments = next(self._recordings, None)
        if segments is not None:
            self._next(self._network.encode_all(segments, first=1), None)

    def _next(self, encoded: Iterator[tuple[Segment, Tensor]], previous: tuple[int, ...] | None) -> None:
        import torch

        from mt3_desktop.core.nn.generate import Row

        found = next(encoded, None)
        if found is not None:
            segment, heard = found
            self._encoded[segment.hearing] = encoded
            row = Row(segment, torch.cat([heard, self._memory.of(previous)]), segment.cancel)
            self._waiting.append(row)


def build(spec: ModelSpec, path: Path, device: str) -> LoadedModel:
    """Load a checkpoint of any size in the published layout.

    Args:
        spec: the catalogue's, or one that `recognises` gave; its `memory_length` is not in the file.
        path: the file, or a folder with it; a `config.json` beside it states what shapes do not tell.
        device: as `nn.device.pick_device`.

    Raises:
        DamagedCheckpoint: if the file is not an MR-MT3 of consistent sizes and finite numbers.
        DeviceUnavailable: if the device is not there.
        OutOfMemory: if the weights do not fit.
        MT3Error: if the memory length is impossible.
    """
    from mt3_desktop.core.nn.device import configure_threads, out_of_memory_translated, pick_device
    from mt3_desktop.core.nn.mapped import Renamed
    from mt3_desktop.core.nn.memory import MEMORY_ALIASES, MEMORY_IDS, SegmentMemory, memory_layout
    from mt3_desktop.core.nn.mt3 import Mt3Network, checked, mt3_config
    from mt3_desktop.core.nn.spectrogram import Axis, MelConfig
    from mt3_desktop.core.nn.weights import load_tensors

    length = int(spec.options[MEMORY_LENGTH])
    if not 0 <= length <= MEMORY_IDS:
        raise MT3Error(f"A memory of {length} is not possible.", hint=f"Choose 0 to {MEMORY_IDS}.")
    target = pick_device(device)
    configure_threads()
    with out_of_memory_translated(target):
        loaded = load_tensors(path)
        old_names = {name.removeprefix(LIGHTNING_PREFIX): name for name in loaded.tensors}
        named = Renamed(loaded.tensors, old_names)
        config = mt3_config(named, loaded.config)
        tensors = checked(named, memory_layout(config, named), MEMORY_ALIASES)
        mel = MelConfig(n_bands=config.d_model, axis=Axis.HERTZ, rescaled_from=LOG_RANGE)
        network = Mt3Network(tensors, config, mel, device=target, single_row=True)
        memory = SegmentMemory(tensors, config, length=length, device=target)
    return EventModel(spec, MrMt3Listener(network, memory))


def recognises(facts: CheckpointFacts) -> ModelSpec | None:
    """See `ModelFamily`: MT3's names and a memory's.

    The memory's length is not among the tensors: it comes from a stated `segmem_length`, or from the file's
    name as its authors wrote it ("…context=32…"); else that of the main checkpoint is assumed.
    """
    names = {name.removeprefix(LIGHTNING_PREFIX) for name in facts.shapes}
    if not {"segmem_proj.weight", "decoder_embed_tokens.weight", "lm_head.weight"} <= names:
        return None
    stated = facts.config.get("segmem_length")
    in_name = re.search(r"context=(\d{1,4})", facts.filename)
    options = dict(SPEC.options)
    if isinstance(stated, int):
        options[MEMORY_LENGTH] = stated
    elif in_name is not None:
        options[MEMORY_LENGTH] = int(in_name[1])
    return replace(
        SPEC,
        summary=f"MR-MT3 weights from {facts.filename}",
        options=MappingProxyType(options),
        assumed=() if isinstance(stated, int) or in_name else (MEMORY_LENGTH,),
    )


FAMILY = ModelFamily(name="mr_mt3", specs=(SPEC,), build=build, recognises=recognises, options=OPTIONS)
