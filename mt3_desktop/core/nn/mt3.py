"""The network of MT3 and its kin: front end, encoder, decoder, and how a file of weights becomes one.

Letters: B batch, S samples of a segment, T frames, D width.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from mt3_desktop.core.nn.dense import packed
from mt3_desktop.core.nn.spectrogram import LogMel, MelConfig
from mt3_desktop.core.nn.t5 import (
    T5Config,
    T5Decoder,
    T5Encoder,
    decoder_layout,
    encoder_layout,
    magenta_frequencies,
    sinusoids,
)
from mt3_desktop.core.nn.weights import check_finite, check_layout, other_layout
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.values import FloatArray

log = logging.getLogger(__name__)

MAX_POSITIONS = 1024
"""Ids of a row, the start included."""

PUBLISHED_HEAD_WIDTH = 64
"""The width of a head where no `config.json` states it: it cannot be seen in the shapes."""

ENCODER_GROUP = 8
"""Segments encoded together at most: wider groups are not faster on a processor and need more memory."""

_STATED_CONSTANTS: Mapping[str, object] = {
    "feed_forward_proj": "gated-gelu",
    "tie_word_embeddings": False,
    "decoder_start_token_id": 0,
    "pad_token_id": 0,
    "eos_token_id": 1,
}

MT3_ALIASES: Mapping[str, str] = {
    "encoder.embed_tokens.weight": "proj.weight",
    "decoder.embed_tokens.weight": "decoder_embed_tokens.weight",
}
"""Second name → first name of tensors that published files list twice."""

Item = TypeVar("Item")


class Piece(Protocol):
    """A segment of a recording; `transcriber.Segment` is one."""

    @property
    def index(self) -> int:
        """Number from 0."""
        ...

    @property
    def samples(self) -> FloatArray:
        """(S,) float32, zero past the end of the recording."""
        ...

    @property
    def n_total_samples(self) -> int:
        """Samples of the whole recording."""
        ...

    @property
    def cancel(self) -> CancelToken:
        """Takes its row out of the decoder."""
        ...


PieceT = TypeVar("PieceT", bound=Piece)


class Mt3Network:
    """A front end, an encoder and a decoder.

    Attributes:
        config: sizes.
        mel: constants of the front end.
        device: where it computes.
        encoder: layers of the encoder.
        decoder: layers of the decoder, embedding and head.
        positions: (MAX_POSITIONS, D).
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        config: T5Config,
        mel: MelConfig,
        *,
        device: torch.device,
        magenta_positions: bool = False,
        single_row: bool = False,
    ) -> None:
        """Build from checked tensors.

        Args:
            tensors: as `mt3_layout(config)`, without a prefix; copied, not kept.
            config: sizes.
            mel: constants of the front end; as many bands as the network is wide.
            device: where to compute.
            magenta_positions: use the frequencies of the original training instead of the stored ones.
            single_row: seldom more than a few segments will be decoded together.
        """
        self.config = config
        self.mel = mel
        self.device = device
        self._log_mel = LogMel(mel, device)
        self._projection = packed((tensors["proj.weight"],), device)
        self.positions, decoder_positions = (
            sinusoids(MAX_POSITIONS, frequencies).to(device)
            for frequencies in _frequencies(tensors, config, magenta_positions)
        )
        self.encoder = T5Encoder(
            config, tensors, prefix="encoder.", n_layers=config.num_layers, device=device
        )
        self.decoder = T5Decoder(
            config,
            tensors,
            prefix="decoder.",
            embedding=tensors["decoder_embed_tokens.weight"],
            head=tensors["lm_head.weight"],
            positions=decoder_positions,
            device=device,
            single_row=single_row,
        )

    @torch.inference_mode()
    def log_mel(self, samples: Tensor, n_frames: Sequence[int]) -> Tensor:
        """(B, S) samples on any device → (B, T, D) on this network's; see `LogMel`."""
        return self._log_mel(samples.to(self.device), n_frames)

    @torch.inference_mode()
    def encode(self, samples: Tensor, n_frames: Sequence[int]) -> Tensor:
        """Encoder outputs of segments.

        Args:
            samples: (B, S) float32.
            n_frames: frames of each segment that belong to the recording.

        Returns:
            (B, T, D).
        """
        mel = self.log_mel(samples, n_frames)
        return self.encoder(mel @ self._projection + self.positions[: mel.shape[1]])

    def encode_all(self, pieces: Iterable[PieceT], *, first: int) -> Iterator[tuple[PieceT, Tensor]]:
        """Encode segments when they are asked for, some together.

        Args:
            pieces: segments in any order, of any recordings.
            first: how many in the first group; little stands before the first row then.

        Yields:
            Each segment with its (T, D) encoder output.
        """
        for group in _in_groups(pieces, first):
            samples = torch.from_numpy(np.stack([piece.samples for piece in group]))
            n_frames = [self.mel.n_segment_frames(piece.index, piece.n_total_samples) for piece in group]
            yield from zip(group, self.encode(samples, n_frames), strict=True)


def _frequencies(tensors: Mapping[str, Tensor], config: T5Config, magenta: bool) -> tuple[Tensor, Tensor]:
    """Of the encoder's and the decoder's positions."""
    if magenta:
        frequencies = magenta_frequencies(config.d_model)
        return frequencies, frequencies
    return tensors["encoder.pos_emb.inv_freq"], tensors["decoder.pos_emb.inv_freq"]


def mt3_layout(config: T5Config) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all tensors of an MT3 checkpoint, without their second names (`MT3_ALIASES`)."""
    width, vocabulary = config.d_model, config.vocab_size
    layout: dict[str, tuple[int, ...]] = {
        "proj.weight": (width, width),
        "decoder_embed_tokens.weight": (vocabulary, width),
        "encoder.pos_emb.inv_freq": (width // 2,),
        "decoder.pos_emb.inv_freq": (width // 2,),
        "lm_head.weight": (vocabulary, width),
    }
    layout |= encoder_layout(config, prefix="encoder.", n_layers=config.num_layers)
    return layout | decoder_layout(config, prefix="decoder.")


def mt3_config(tensors: Mapping[str, Tensor], stated: Mapping[str, object]) -> T5Config:
    """The sizes of a checkpoint: from its shapes, and from what is stated where shapes do not tell.

    Args:
        tensors: what was loaded, without a prefix.
        stated: a published `config.json`, or nothing.

    Raises:
        DamagedCheckpoint: if tensors are missing, sizes contradict each other, or something is stated that
            this program does not compute.
    """
    for key, value in _STATED_CONSTANTS.items():
        if stated.get(key, value) != value:
            raise other_layout(f"{key} is {stated[key]!r}, not {value!r}")
    vocabulary, width = _size(tensors, "lm_head.weight")
    inner, _ = _size(tensors, "encoder.block.0.layer.0.SelfAttention.q.weight")
    hidden, _ = _size(tensors, "encoder.block.0.layer.1.DenseReluDense.wi_0.weight")
    head_width = stated.get("d_kv", PUBLISHED_HEAD_WIDTH)
    if not isinstance(head_width, int) or not 0 < head_width <= inner or inner % head_width or width % 2:
        raise other_layout(f"{inner} numbers can't be heads of {head_width!r} at a width of {width}")
    epsilon = stated.get("layer_norm_epsilon", 1e-6)
    if not isinstance(epsilon, float) or not 0 < epsilon < 1:
        raise other_layout(f"layer_norm_epsilon is {epsilon!r}")
    config = T5Config(
        d_model=width,
        d_kv=head_width,
        num_heads=inner // head_width,
        d_ff=hidden,
        num_layers=n_layers(tensors, "encoder."),
        num_decoder_layers=n_layers(tensors, "decoder."),
        vocab_size=vocabulary,
        layer_norm_epsilon=epsilon,
    )
    for name in ("d_model", "num_heads", "d_ff", "num_layers", "num_decoder_layers", "vocab_size"):
        if stated.get(name, getattr(config, name)) != getattr(config, name):
            raise other_layout(f"{name} is stated as {stated[name]!r}, but is {getattr(config, name)}")
    return config


def _size(tensors: Mapping[str, Tensor], name: str) -> tuple[int, int]:
    shape = tuple(tensors[name].shape) if name in tensors else ()
    if len(shape) != 2 or 0 in shape:
        raise other_layout(f"{name} is missing or no matrix")
    return shape[0], shape[1]


def n_layers(tensors: Mapping[str, Tensor], prefix: str) -> int:
    """How many layers the names under a prefix have."""
    count = 0
    while f"{prefix}block.{count}.layer.0.SelfAttention.q.weight" in tensors:
        count += 1
    return count


def checked(
    tensors: Mapping[str, Tensor], layout: Mapping[str, tuple[int, ...]], aliases: Mapping[str, str]
) -> Mapping[str, Tensor]:
    """The tensors, if they are exactly those of a layout and all their numbers are finite.

    Args:
        tensors: what was loaded.
        layout: name → shape of all that is needed.
        aliases: second name → first name; a tensor under its second name must be the same or absent.

    Raises:
        DamagedCheckpoint: naming the first tensor that is not as it should be.
    """
    check_layout(tensors, layout, ignored=tuple(aliases))
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            raise other_layout(f"{name} is of the type {tensor.dtype}")
    check_finite(tensors)
    for second, first in aliases.items():
        if second in tensors and not torch.equal(tensors[second], tensors[first]):
            raise other_layout(f"{second} differs from {first}")
    return tensors


def _in_groups(items: Iterable[Item], first: int) -> Iterator[list[Item]]:
    """Items in lists that grow from `first` to `ENCODER_GROUP`; drawn one list at a time."""
    remaining, size = iter(items), min(ENCODER_GROUP, first)
    while group := list(islice(remaining, size)):
        yield group
        size = min(ENCODER_GROUP, 2 * size)
