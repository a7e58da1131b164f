"""MR-MT3's memory: what the previous segment's ids leave behind for the next one.

Letters: L outputs kept, D width.

Source: Tan, Chan, Luo, MR-MT3: Memory Retaining Multi-Track Music Transcription (2024), the variant with the
previous segment as memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mt3_desktop.core.nn.dense import packed
from mt3_desktop.core.nn.mt3 import MT3_ALIASES, mt3_layout, n_layers
from mt3_desktop.core.nn.t5 import T5Config, T5Encoder, encoder_layout, sinusoids
from mt3_desktop.core.tokens.codec import EOS_ID, PAD_ID, EventKind
from mt3_desktop.core.tokens.vocabulary import MT3

MEMORY_IDS = 1024
"""Ids that the memory's encoder always sees, padded: every output has attended to all of them."""

PREFIX = "segmem_encoder."
MEMORY_ALIASES: Mapping[str, str] = {
    **MT3_ALIASES,
    f"{PREFIX}embed_tokens.weight": "segmem_proj.weight",
}


def memory_layout(config: T5Config, tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """Names and shapes of an MT3 network with a memory, without second names (`MEMORY_ALIASES`)."""
    width = config.d_model
    return {
        **mt3_layout(config),
        **encoder_layout(config, prefix=PREFIX, n_layers=n_layers(tensors, PREFIX)),
        "segmem_proj.weight": (width, width),
        f"{PREFIX}pos_emb.inv_freq": (width // 2,),
    }


class SegmentMemory:
    """Encodes the ids of a segment into the memory that the next segment attends to.

    Attributes:
        length: outputs kept (L); 0 is a model without memory.
    """

    def __init__(
        self, tensors: Mapping[str, Tensor], config: T5Config, *, length: int, device: torch.device
    ) -> None:
        """Build from checked tensors.

        Args:
            tensors: as `memory_layout`.
            config: sizes.
            length: outputs kept, 0 to `MEMORY_IDS`.
            device: where to compute.

        Raises:
            ValueError: if the length is impossible.
        """
        if not 0 <= length <= MEMORY_IDS:
            raise ValueError(f"a memory of {length} is not within 0 to {MEMORY_IDS}")
        self.length = length
        self._device = device
        self._embedding = tensors["decoder_embed_tokens.weight"].to(device, torch.float32, copy=True)
        # The published program projects the embeddings by an accident of an argument's place, and the
        # weights were trained with it.
        self._projection = packed((tensors["segmem_proj.weight"],), device)
        self._positions = sinusoids(MEMORY_IDS, tensors[f"{PREFIX}pos_emb.inv_freq"]).to(device)
        self._encoder = T5Encoder(
            config, tensors, prefix=PREFIX, n_layers=n_layers(tensors, PREFIX), device=device
        )

    @torch.inference_mode()
    def of(self, previous: Sequence[int] | None) -> Tensor:
        """The memory for a segment.

        Args:
            previous: ids of the segment before, without the start; None at the start of a recording.

        Returns:
            (L, D).
        """
        if previous is None:
            # As in training. Later rows begin with the start id, which training left out; the published
            # program does so, and so do its figures.
            seen = [MT3.token_id(EventKind.TIE, 0), EOS_ID]
        else:
            seen = [PAD_ID, *previous][:MEMORY_IDS]
        ids = torch.full((1, MEMORY_IDS), PAD_ID, device=self._device)
        ids[0, : len(seen)] = torch.tensor(seen, device=self._device)
        embedded = self._embedding[ids] @ self._projection + self._positions
        return self._encoder(embedded, n_outputs=self.length)[0]
