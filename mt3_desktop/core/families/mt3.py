"""MT3: many instruments, one event stream, every segment on its own.

Source: Gardner, Simon, Manilow, Hawthorne, Engel, MT3: Multi-Task Multitrack Music Transcription (ICLR 2022);
the multi-instrument weights in their published PyTorch layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mt3_desktop.core.model import CheckpointFacts, LoadedModel, ModelFamily
from mt3_desktop.core.specs import Abilities, Checkpoint, HttpMirror, LfsMirror, ModelSpec, OptionFacts
from mt3_desktop.core.transcriber import Decoded, EventModel, Segment, in_a_row

if TYPE_CHECKING:
    from mt3_desktop.core.nn.mt3 import Mt3Network

MAX_NEW_IDS = 1023

SPEC = ModelSpec(
    id="mt3_pytorch",
    family="mt3",
    title="MT3",
    summary="Many instruments at once: piano, guitar, bass, strings, winds, drums",
    checkpoint=Checkpoint(
        sha256="b8a3807ed265059abd25ad7f68142c06c35e8f6144dcaa45bd55946a3745398f",
        size_bytes=183_672_643,
        filename="mt3.pth",
        mirrors=(
            LfsMirror("https://github.com/kunato/mt3-pytorch"),
            HttpMirror("https://huggingface.co/gudgud1014/MR-MT3/resolve/main/mt3.pth"),
            LfsMirror("https://github.com/gudgud96/MR-MT3"),
        ),
        licence="none stated (original weights: Apache-2.0)",
    ),
    sample_rate=16_000,
    segment_samples=32_768,
    abilities=Abilities(drums=True, singing=False, instruments=True, velocities=False),
    licence="none stated (original weights: Apache-2.0)",
    options=MappingProxyType({"positions": "stored"}),
)

OPTIONS: Mapping[str, OptionFacts] = MappingProxyType(
    {
        "positions": OptionFacts(
            "Positions",
            "How the network tells places apart.",
            MappingProxyType(
                {
                    "stored": "by the frequencies in the file, as all PyTorch programs do",
                    "magenta": "by the frequencies of the original training",
                }
            ),
        )
    }
)


class Mt3Listener:
    """Decodes segments, of whatever recordings, in a window of rows that is refilled as they finish.

    Attributes:
        network: the loaded weights.
    """

    def __init__(self, network: Mt3Network) -> None:
        self.network = network

    def n_segments(self, n_samples: int) -> int:
        """See `TokenModel`."""
        return self.network.mel.n_segments(n_samples)

    def decode(self, recordings: Iterator[Iterator[Segment] | None]) -> Iterator[Decoded]:
        """See `TokenModel`."""
        from mt3_desktop.core.nn.device import out_of_memory_translated
        from mt3_desktop.core.nn.generate import Limits, Row, Window, greedy
        from mt3_desktop.core.nn.rows import rows_for

        network, segments = self.network, in_a_row(recordings)
        first = next(segments, None)
        if first is None:
            return
        n_rows = self.n_segments(first.n_total_samples) - first.index
        window = Window.for_device(network.device, n_rows=n_rows)
        window = replace(window, opening=min(window.opening, n_rows))  # the next recording can wait
        with out_of_memory_translated(network.device):
            encoded = network.encode_all(chain([first], segments), first=window.opening)
            rows = (Row(segment, row, segment.cancel) for segment, row in encoded)
            batch = rows_for(network.decoder, window=window.rows)
            for done in greedy(batch, rows, limits=Limits(MAX_NEW_IDS), window=window):
                yield done.key, None if done.is_cut else (done.ids,)


def build(spec: ModelSpec, path: Path, device: str) -> LoadedModel:
    """Load a checkpoint of any size in the published layout.

    Args:
        spec: the catalogue's, or one that `recognises` gave.
        path: the file, or a folder with it; a `config.json` beside it states what shapes do not tell.
        device: as `nn.device.pick_device`.

    Raises:
        DamagedCheckpoint: if the file is not an MT3 of consistent sizes and finite numbers.
        DeviceUnavailable: if the device is not there.
        OutOfMemory: if the weights do not fit.
    """
    from mt3_desktop.core.nn.device import configure_threads, out_of_memory_translated, pick_device
    from mt3_desktop.core.nn.mt3 import MT3_ALIASES, Mt3Network, checked, mt3_config, mt3_layout
    from mt3_desktop.core.nn.spectrogram import MelConfig
    from mt3_desktop.core.nn.weights import load_tensors

    target = pick_device(device)
    configure_threads()
    with out_of_memory_translated(target):
        loaded = load_tensors(path)
        config = mt3_config(loaded.tensors, loaded.config)
        network = Mt3Network(
            checked(loaded.tensors, mt3_layout(config), MT3_ALIASES),
            config,
            MelConfig(n_bands=config.d_model),
            device=target,
            magenta_positions=spec.options.get("positions") == "magenta",
        )
    return EventModel(spec, Mt3Listener(network))


def recognises(facts: CheckpointFacts) -> ModelSpec | None:
    """See `ModelFamily`: MT3's names without a prefix, and no memory."""
    names = {
        "proj.weight",
        "decoder_embed_tokens.weight",
        "lm_head.weight",
        "decoder.final_layer_norm.weight",
    }
    if not names <= facts.shapes.keys() or any(name.startswith("segmem") for name in facts.shapes):
        return None
    return replace(SPEC, summary=f"MT3 weights from {facts.filename}")


FAMILY = ModelFamily(name="mt3", specs=(SPEC,), build=build, recognises=recognises, options=OPTIONS)
