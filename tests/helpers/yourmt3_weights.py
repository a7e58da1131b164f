"""YourMT3 checkpoints for tests: weights by the recipe of the golden data, so that no file is needed."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from mt3_desktop.core.nn.perceiver import PerceiverConfig
from mt3_desktop.core.nn.t5 import T5Config, published_frequencies, sinusoids
from mt3_desktop.core.nn.yourmt3_settings import YourMT3Config

GOLDEN = Path(__file__).parents[1] / "golden" / "yourmt3"
TINY_SALT = "shared:"
FULL_SALT = "shared:full:"


def stated_config(name: str) -> dict[str, Any]:
    """The settings "tiny" or "full" of the golden data."""
    config: dict[str, Any] = json.loads((GOLDEN / f"{name}_config.json").read_text(encoding="utf-8"))
    return config


def network_config(stated: Mapping[str, Any], *, has_norm_bias: bool = True) -> YourMT3Config:
    """The sizes that some settings state."""
    encoder, decoder = stated["encoder"], stated["decoder"]
    return YourMT3Config(
        encoder=PerceiverConfig(
            conv_channels=stated["pre_encoder"]["out_channels"],
            n_bins=stated["audio"]["n_fft"] // 2,
            n_frames=110,
            n_latents=encoder["num_latents"],
            width=encoder["d_latents"],
            n_heads=encoder["num_self_attention_heads"],
            n_blocks=encoder["num_blocks"],
            n_local=encoder["num_local_transformers_per_block"],
            n_temporal=encoder["num_temporal_transformers_per_block"],
            n_experts=encoder["moe_num_experts"],
            n_used_experts=encoder["moe_topk"],
            expert_widening=encoder["ff_widening_factor"],
            rotary_width=encoder["rotary_dim"],
            has_norm_bias=has_norm_bias,
        ),
        decoder=T5Config(
            d_model=decoder["d_model"],
            d_kv=decoder["d_kv"],
            num_heads=decoder["num_heads"],
            d_ff=decoder["d_ff"],
            num_layers=0,
            num_decoder_layers=decoder["num_layers"],
            vocab_size=decoder["vocab_size"],
        ),
        n_positions=decoder["num_max_positions"],
    )


def recipe_weights(layout: Mapping[str, tuple[int, ...]], salt: str) -> dict[str, Tensor]:
    """Random weights that are the same everywhere."""
    return {name: _constant(name, shape) if _is_constant(name) else _drawn(name, shape, salt)
            for name, shape in layout.items()}  # fmt: skip


def tiny_random() -> dict[str, Tensor]:
    """The golden model of small sizes with random weights."""
    return recipe_weights(network_config(stated_config("tiny")).layout(), TINY_SALT)


def tiny_trained() -> dict[str, Tensor]:
    """The golden model of small sizes that speaks chosen sequences."""
    return tiny_random() | load_file(GOLDEN / "tiny_trained_delta.safetensors")


def save_tiny(folder: Path, weights: Mapping[str, Tensor]) -> Path:
    """Put weights and the settings of the tiny model into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(weights), folder / "tiny.safetensors")
    (folder / "config.json").write_bytes((GOLDEN / "tiny_config.json").read_bytes())
    return folder


def signal(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A golden signal, "A" (three segments) or "B" (one), float32 at 16 kHz."""
    with np.load(GOLDEN / "signals.npz") as signals:
        return (signals[name] / 32768).astype(np.float32)


def segments(samples: np.ndarray[Any, np.dtype[np.float32]]) -> Tensor:
    """(n, 32767) float32, the last one padded."""
    count = math.ceil(len(samples) / 32_767)
    padded = np.zeros(count * 32_767, np.float32)
    padded[: len(samples)] = samples
    return torch.from_numpy(padded.reshape(count, -1))


def _is_constant(name: str) -> bool:
    return name.endswith((".window", ".freqs", "additive_pe.weight", "num_batches_tracked"))


def _constant(name: str, shape: tuple[int, ...]) -> Tensor:
    if name.endswith(".window"):
        return torch.hann_window(shape[0])
    if name.endswith("num_batches_tracked"):
        return torch.tensor(0)
    if name.endswith("additive_pe.weight"):
        return sinusoids(shape[0], published_frequencies(shape[1]))
    if "temporal" in name:
        return torch.tensor([1.0, 0.01])
    return torch.tensor([math.pi, 5 * math.pi])


def _drawn(name: str, shape: tuple[int, ...], salt: str) -> Tensor:
    random = np.random.RandomState(zlib.crc32((salt + name).encode()))
    z = random.standard_normal(math.prod(shape)).reshape(shape)
    if name.endswith(".running_var"):
        values = 1 + 0.2 * np.abs(z)
    elif name.endswith((".running_mean", ".bias")):
        values = 0.1 * z
    elif name.endswith((".latents", "embed_tokens.weight", "lm_head.lm_head.weight")):
        values = z
    elif len(shape) == 1:
        values = 1 + 0.1 * z
    elif name.startswith("decoder.") and name.endswith("q.weight"):
        values = 0.125 * z / math.sqrt(shape[1])
    else:
        values = z / math.sqrt(math.prod(shape[1:]))
    return torch.from_numpy(values.astype(np.float32))
