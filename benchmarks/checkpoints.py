"""Checkpoints of the full size with random weights, in the published layouts. They say nothing about music.

With purely random weights the end of a segment hardly ever wins, and every segment runs to the limit. So
three channels of the residual stream get a meaning, inside ordinary weight matrices:

* CLOCK: no layer and no embedding writes to it, so it carries only its position term, which rises slowly over
  the whole length of a row.
* PART: only the cross-attention of the first decoder layer writes to it: it differs from segment to segment.
* ONE: nothing writes to it, and its position term is practically the constant 1.

The head's row for the end is a mixture of the three: the end wins once the clock has risen far enough, a
little earlier or later in each segment.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch import Tensor

from mt3_desktop.core.nn.mt3 import MT3_ALIASES, mt3_layout
from mt3_desktop.core.nn.t5 import T5Config, encoder_layout, published_frequencies
from mt3_desktop.core.tokens.codec import EOS_ID, PAD_ID, UNK_ID
from mt3_desktop.core.tokens.vocabulary import MT3

CONFIG = T5Config(
    d_model=512, d_kv=64, num_heads=6, d_ff=1024, num_layers=8, num_decoder_layers=8, vocab_size=1536
)
CLOCK, PART, ONE = 180, 181, 511
_SLOPE, _OFFSET, _PART_WEIGHT = 60.0, 17.0, 35.0
_PART_MEAN = -0.257  # over made-up recordings; other sound shifts the lengths, so the benchmark prints them
_NEVER = -100.0
_STATED = {
    "feed_forward_proj": "gated-gelu",
    "tie_word_embeddings": False,
    "model_type": "t5",
    "is_encoder_decoder": True,
    "decoder_start_token_id": PAD_ID,
    "pad_token_id": PAD_ID,
    "eos_token_id": EOS_ID,
}
"""What published files state besides their sizes; mt3-infer builds its network by it."""


def write_mt3(folder: Path, *, tokens: int) -> Path:
    """Write `mt3.pth` and `config.json`.

    Args:
        folder: made if need be.
        tokens: about the median length of a segment; 0 never ends one.

    Returns:
        The checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mt3.pth"
    torch.save(random_tensors(tokens), path)
    _write_config(folder)
    return path


def write_mr_mt3(folder: Path, *, tokens: int) -> Path:
    """Write a Lightning checkpoint with a memory, without optimizer states; arguments as `write_mt3`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "exp_segmemV2_prev_context=64.ckpt"
    tensors = random_tensors(tokens)
    random = torch.Generator().manual_seed(1)
    prefix, width = "segmem_encoder.", CONFIG.d_model
    for name, shape in encoder_layout(CONFIG, prefix=prefix, n_layers=1).items():
        tensors[name] = _weight(name, shape, random)
    tensors["segmem_proj.weight"] = _weight("segmem_proj.weight", (width, width), random)
    tensors[f"{prefix}embed_tokens.weight"] = tensors["segmem_proj.weight"]
    tensors[f"{prefix}pos_emb.inv_freq"] = published_frequencies(width)
    state = {f"model.{name}": tensor for name, tensor in tensors.items()}
    torch.save({"epoch": 0, "global_step": 0, "state_dict": state}, path)
    _write_config(folder)
    return path


def _write_config(folder: Path) -> None:
    sizes = {name: getattr(CONFIG, name) for name in T5Config.__dataclass_fields__}
    (folder / "config.json").write_text(json.dumps(sizes | _STATED))


def _weight(name: str, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    drawn = torch.randn(shape, generator=random)
    if len(shape) == 1:
        return 1 + 0.05 * drawn
    if name == "proj.weight":
        return 0.3 * drawn / math.sqrt(shape[1])
    if name.endswith(".q.weight"):  # a little sharper than usual, so that attention is not flat
        return 1.6 * drawn / math.sqrt(shape[1] * CONFIG.d_kv)
    return drawn / math.sqrt(shape[1])


def random_tensors(tokens: int) -> dict[str, Tensor]:
    """All tensors of an MT3 by their published names; `tokens` as `write_mt3`."""
    random = torch.Generator().manual_seed(0)
    tensors = {
        name: published_frequencies(CONFIG.d_model)
        if name.endswith("inv_freq")
        else _weight(name, shape, random)
        for name, shape in mt3_layout(CONFIG).items()
    }
    _reserve_channels(tensors)
    embedding = 0.5 * torch.randn(CONFIG.vocab_size, CONFIG.d_model, generator=random)
    embedding[:, [CLOCK, PART, ONE]] = 0
    tensors["decoder_embed_tokens.weight"] = embedding
    tensors["lm_head.weight"] = _head(tokens, random)
    return tensors | {second: tensors[first] for second, first in MT3_ALIASES.items()}


def _reserve_channels(tensors: dict[str, Tensor]) -> None:
    """Keep all layers from writing to the three channels, but the first cross-attention to PART."""
    for name, tensor in tensors.items():
        if name.startswith("decoder.block") and name.endswith((".o.weight", ".wo.weight")):
            part = tensor[PART].clone()
            tensor[[CLOCK, PART, ONE]] = 0
            if name == "decoder.block.0.layer.1.EncDecAttention.o.weight":
                tensor[PART] = part
    tensors["decoder.final_layer_norm.weight"][[CLOCK, PART, ONE]] = 1


def _head(tokens: int, random: torch.Generator) -> Tensor:
    head = 0.05 * torch.randn(CONFIG.vocab_size, CONFIG.d_model, generator=random)
    head[:, [CLOCK, PART, ONE]] = 0
    for row in (PAD_ID, UNK_ID, EOS_ID, *range(MT3.n_ids, CONFIG.vocab_size)):
        head[row] = 0
        head[row, ONE] = _NEVER
    if tokens:
        frequency = float(published_frequencies(CONFIG.d_model)[CLOCK])
        head[EOS_ID, CLOCK] = _SLOPE
        head[EOS_ID, PART] = _PART_WEIGHT
        head[EOS_ID, ONE] = _OFFSET - _SLOPE * math.sin(tokens * frequency) - _PART_WEIGHT * _PART_MEAN
    return head
