"""The network at its published size, with weights that a recipe makes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from mt3_desktop.core.nn.mt3 import Mt3Network, mt3_layout
from mt3_desktop.core.nn.rows import T5Rows
from mt3_desktop.core.nn.spectrogram import MelConfig
from mt3_desktop.core.nn.t5 import T5Config, published_frequencies

GOLDEN = Path(__file__).parents[2] / "golden" / "mt3"
EXPECTED: dict[str, Any] = json.loads((GOLDEN / "fullsize" / "outputs.json").read_text(encoding="utf-8"))
CONFIG = T5Config(
    d_model=512, d_kv=64, num_heads=6, d_ff=1024, num_layers=8, num_decoder_layers=8, vocab_size=1536
)

pytestmark = pytest.mark.slow


def weight(name: str, shape: tuple[int, ...]) -> Tensor:
    """An entry by the recipe of the golden data's README."""
    if name.endswith("inv_freq"):
        return published_frequencies(CONFIG.d_model)
    seed = zlib.crc32((EXPECTED["salt"] + name).encode())
    z = np.random.RandomState(seed).standard_normal(int(np.prod(shape))).reshape(shape)
    if len(shape) == 1:
        z = 1 + 0.1 * z
    elif name != "decoder_embed_tokens.weight":
        z *= (0.125 if name.endswith(".q.weight") else 1.0) / np.sqrt(shape[1])
    return torch.from_numpy(z.astype(np.float32))


@pytest.fixture(scope="module")
def weights() -> Mapping[str, Tensor]:
    return {name: weight(name, shape) for name, shape in mt3_layout(CONFIG).items()}


@pytest.fixture(scope="module")
def samples() -> tuple[Tensor, list[int]]:
    """The first and the last segment of the signal."""
    heard, _ = soundfile.read(GOLDEN / "audio" / f"{EXPECTED['signal']}.flac", dtype="float32")
    mel = MelConfig(n_bands=CONFIG.d_model)
    count = mel.n_segments(len(heard))
    padded = np.zeros(count * mel.segment_samples, dtype=np.float32)
    padded[: len(heard)] = heard
    chosen = [0, count - 1]
    pieces = torch.from_numpy(padded).view(count, -1)[chosen]
    return pieces, [mel.n_segment_frames(index, len(heard)) for index in chosen]


@pytest.mark.parametrize("positions", ["published", "magenta"])
def test_encoder_logits_and_ids(
    weights: Mapping[str, Tensor], samples: tuple[Tensor, list[int]], positions: str
) -> None:
    network = Mt3Network(
        weights,
        CONFIG,
        MelConfig(n_bands=CONFIG.d_model),
        device=torch.device("cpu"),
        magenta_positions=positions == "magenta",
    )
    encoded = network.encode(*samples)
    with np.load(GOLDEN / "fullsize" / "outputs.npz") as golden:
        wanted = {
            key.removeprefix(f"{positions}_"): golden[key] for key in golden if key.startswith(positions)
        }
    np.testing.assert_allclose(encoded[:, EXPECTED["enc_frames"]], wanted["enc"], atol=1e-3)
    rows = T5Rows(network.decoder, window=2)
    rows.admit(encoded)
    ids = torch.zeros(2, dtype=torch.int64)
    taken = []
    for step in range(EXPECTED["tokens"]):
        logits = rows.step(ids)
        if step in (0, 20):
            name = "logits_first" if step == 0 else "logits_step20"
            np.testing.assert_allclose(logits, wanted[name], atol=1e-3)
        ids = logits.argmax(-1)
        taken.append(ids)
    assert torch.stack(taken, 1).tolist() == EXPECTED[positions]["ids"]
