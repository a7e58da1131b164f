"""The YourMT3 network: spectrogram, convolutions, Perceiver, and one T5 decoder for 13 channels.

Letters: B segments, S samples of a segment, T frames, K latents, D width of the decoder.

Source: YourMT3+ (Chang, Benetos, Kirchhoff, Dixon, MLSP 2024), model YPTF.MoE+Multi (noPS).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mt3_desktop.core.nn.generate import Limits, Row, Window, greedy
from mt3_desktop.core.nn.mapped import Renamed
from mt3_desktop.core.nn.mt3 import PieceT
from mt3_desktop.core.nn.perceiver import ROTARY_OWNERS, ConvEncoder, PerceiverEncoder, rotary_frequencies
from mt3_desktop.core.nn.rows import rows_for
from mt3_desktop.core.nn.t5 import T5Decoder
from mt3_desktop.core.nn.weights import check_finite, check_layout, load_tensors, other_layout
from mt3_desktop.core.nn.yourmt3_frontend import published_window, spectrogram
from mt3_desktop.core.nn.yourmt3_settings import (
    CONV_PREFIX,
    DECODER_PREFIX,
    EMBEDDING,
    ENCODER_PREFIX,
    HEAD,
    IGNORED,
    POSITIONS,
    TO_DECODER,
    WINDOW,
    YourMT3Config,
    read_config,
)
from mt3_desktop.core.tokens.codec import EOS_ID, PAD_ID
from mt3_desktop.core.tokens.yourmt3 import MAX_TOKENS, N_CHANNELS

Streams = tuple[tuple[int, ...], ...]

# The published program does not look for the end in the first token.
LIMITS = Limits(max_ids=MAX_TOKENS, start_id=PAD_ID, eos_id=EOS_ID, earliest_end=1)

GPU_GROUP = 8
"""Segments that a graphics card encodes together."""


class YourMT3:
    """The network with its weights.

    Attributes:
        config: sizes.
        device: where it computes.
        decoder: the decoder of all channels.
    """

    def __init__(self, config: YourMT3Config, tensors: Mapping[str, Tensor], device: torch.device) -> None:
        """Pack the weights.

        Args:
            config: sizes.
            tensors: those of `config.layout()`; copied, so that they may be views of a file.
            device: where to compute.
        """
        self.config = config
        self.device = device
        # The convolutions need 180 MB for each segment, and use all cores with one.
        self._group_size = 1 if device.type == "cpu" else GPU_GROUP
        self._window = tensors[WINDOW].to(device, copy=True)
        self._convolutions = ConvEncoder(config.encoder, tensors, CONV_PREFIX, device)
        self._encoder = PerceiverEncoder(config.encoder, tensors, ENCODER_PREFIX, device)
        self._to_decoder = tensors[TO_DECODER].to(device, torch.float32, copy=True)
        self.decoder = T5Decoder(
            config.decoder,
            tensors,
            prefix=DECODER_PREFIX,
            embedding=tensors[EMBEDDING],
            head=tensors[HEAD],
            positions=tensors[POSITIONS][:MAX_TOKENS].clone(),
            device=device,
        )

    @classmethod
    def load(cls, path: Path, device: torch.device) -> YourMT3:
        """Load a checkpoint.

        Args:
            path: a file of weights, or a folder with one and a `config.json`.
            device: where to compute.

        Raises:
            ModelMissing: if there is no such file.
            DamagedCheckpoint: if it cannot be read, or is no YourMT3 of the implemented kind.
        """
        loaded = load_tensors(path)
        shapes = {name: tuple(tensor.shape) for name, tensor in loaded.tensors.items()}
        config = read_config(shapes, loaded.config)
        check_layout(loaded.tensors, config.layout(), ignored=IGNORED)
        tensors = Renamed(loaded.tensors, {name: name for name in config.layout()})
        check_finite(tensors)
        _check_constants(config, tensors)
        return cls(config, tensors, device)

    @torch.inference_mode()
    def encode(self, samples: Tensor) -> Tensor:
        """Encode segments.

        Args:
            samples: (B, S) float32 mono at 16 kHz, the last segment padded with zeros.

        Returns:
            (B, 13, T, D) what each decoder channel sees.
        """
        features = self._convolutions(spectrogram(samples.to(self.device), self._window))
        return self.for_channels(self._encoder(features))

    def for_channels(self, latents: Tensor) -> Tensor:
        """(B, T, K, width) latents → (B, 13, T, D): each channel sees its latents side by side."""
        by_channel = latents.reshape(*latents.shape[:2], N_CHANNELS, -1).transpose(1, 2)
        return functional.linear(by_channel, self._to_decoder)

    def decode(self, pieces: Iterator[PieceT]) -> Iterator[tuple[PieceT, Streams | None]]:
        """Transcribe segments to tokens; all channels of all segments share one window of rows.

        Args:
            pieces: segments of any recordings; drawn from only when there is a place for them.

        Yields:
            Each segment with its 13 streams, in the order in which they finish; without, if it was cancelled.
        """
        window = Window.for_device(self.device, needed=N_CHANNELS)
        waiting: dict[PieceT, dict[int, tuple[int, ...]]] = {}
        batch = rows_for(self.decoder, window=window.rows)
        for done in greedy(batch, self._rows(pieces), limits=LIMITS, window=window):
            piece, channel = done.key
            if done.is_cut:
                waiting.pop(piece, None)
                yield piece, None
                continue
            streams = waiting.setdefault(piece, {})
            streams[channel] = done.ids
            if len(streams) == N_CHANNELS:
                del waiting[piece]
                yield piece, tuple(streams[number] for number in range(N_CHANNELS))

    def _rows(self, pieces: Iterator[PieceT]) -> Iterator[Row[tuple[PieceT, int]]]:
        while group := list(islice(pieces, self._group_size)):
            encoded = self.encode(torch.from_numpy(np.stack([piece.samples for piece in group])))
            for piece, channels in zip(group, encoded, strict=True):
                rows = enumerate(channels)
                yield from (Row((piece, channel), heard, piece.cancel) for channel, heard in rows)


def _check_constants(config: YourMT3Config, tensors: Mapping[str, Tensor]) -> None:
    """See that what the file stores as weights but never trained is what it should be."""
    constants = {WINDOW: published_window()}
    for owner, frequencies in rotary_frequencies(config.encoder).items():
        constants[f"{ENCODER_PREFIX}rotary_emb_{owner}.freqs"] = frequencies
    for name in tensors:
        if name.endswith(".self.rotary_emb.freqs"):
            owner = next(
                owner for owner, part in zip(ROTARY_OWNERS, ("spectral", "local", "temporal"), strict=True)
                if f".{part}_" in name
            )  # fmt: skip
            constants[name] = constants[f"{ENCODER_PREFIX}rotary_emb_{owner}.freqs"]
    for name, expected in constants.items():
        if not torch.allclose(tensors[name].float(), expected, rtol=1e-4, atol=1e-4):
            raise other_layout(f"{name} is not the constant that it should be")
