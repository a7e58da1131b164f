"""The Perceiver's parts against the reference's numbers, and against their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mt3_desktop.core.nn.perceiver import ConvEncoder, Layer, PerceiverEncoder, Rotation, rotary_frequencies
from mt3_desktop.core.nn.yourmt3_settings import CONV_PREFIX, ENCODER_PREFIX
from tests.helpers.yourmt3_weights import GOLDEN, network_config, stated_config, tiny_random

CPU = torch.device("cpu")
CONFIG = network_config(stated_config("tiny")).encoder


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return tiny_random()


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    with np.load(GOLDEN / "tiny_random_expected.npz") as arrays:
        return {name: arrays[name] for name in arrays.files if name.startswith("B/")}


def close(found: Tensor, wanted: Any, limit: float) -> None:
    torch.testing.assert_close(found, torch.from_numpy(wanted), rtol=0, atol=limit)


@torch.inference_mode()
def test_convolutions(weights: dict[str, Tensor], expected: dict[str, Any]) -> None:
    features = ConvEncoder(CONFIG, weights, CONV_PREFIX, CPU)(torch.from_numpy(expected["B/frontend_full"]))
    close(features[:, [1, 109]].transpose(2, 3), expected["B/pre_encoder"], 1e-5)


class Recorder:
    """Keeps what goes out of a part of the network."""

    def __init__(self, part: Callable[..., Tensor]) -> None:
        self._part = part
        self.heard = torch.empty(0)

    def __call__(self, *inputs: Tensor) -> Tensor:
        self.heard = self._part(*inputs)
        return self.heard


@torch.inference_mode()
def test_every_layer(weights: dict[str, Tensor], expected: dict[str, Any]) -> None:
    features = ConvEncoder(CONFIG, weights, CONV_PREFIX, CPU)(torch.from_numpy(expected["B/frontend_full"]))
    encoder = PerceiverEncoder(CONFIG, weights, ENCODER_PREFIX, CPU)
    looks, layers, routers = [], [], []
    for block in encoder.blocks:
        looks.append(Recorder(block.look))
        block.look = looks[-1]  # type: ignore[assignment]  # listens in
        for group in (block.local, block.temporal):
            routers.append(Recorder(group[0].mixture.router_logits))
            group[0].mixture.router_logits = routers[-1]  # type: ignore[method-assign]
            layers.append(Recorder(group[0]))
            group[0] = layers[-1]  # type: ignore[call-overload]
    latents = encoder(features)
    close(latents[:, [0, 1, 55, 109]], expected["B/encoder"], 2e-4)
    for block in range(CONFIG.n_blocks):
        local, temporal = layers[2 * block : 2 * block + 2]
        close(looks[block].heard[None, [1, 109]], expected[f"B/block{block}_sca"], 2e-4)
        close(local.heard[None, [1, 109]], expected[f"B/block{block}_local0"], 2e-4)
        by_frame = temporal.heard.transpose(0, 1)
        close(by_frame[None, [1, 109]], expected[f"B/block{block}_temporal0"], 2e-4)
        local_router, temporal_router = routers[2 * block : 2 * block + 2]
        close(
            local_router.heard.view(1, 110, 26, 4)[:, [1, 109]],
            expected[f"B/block{block}_local0_router_logits"],
            2e-4,
        )
        close(
            temporal_router.heard.view(1, 26, 110, 4).transpose(1, 2)[:, [1, 109]],
            expected[f"B/block{block}_temporal0_router_logits"],
            2e-4,
        )


@torch.inference_mode()
def test_rms_norm_where_the_weights_have_no_bias(
    weights: dict[str, Tensor], expected: dict[str, Any]
) -> None:
    config = network_config(stated_config("tiny"), has_norm_bias=False)
    unbiased = {name: weights[name] for name in config.layout()}
    assert len(weights) - len(unbiased) == 12
    features = ConvEncoder(CONFIG, unbiased, CONV_PREFIX, CPU)(torch.from_numpy(expected["B/frontend_full"]))
    latents = PerceiverEncoder(config.encoder, unbiased, ENCODER_PREFIX, CPU)(features)
    with np.load(GOLDEN / "tiny_random_rmsnorm_expected.npz") as arrays:
        close(latents[:, [0, 1, 55, 109]], arrays["B/encoder"], 2e-4)


def test_rotation_turns_pairs_of_neighbours_and_leaves_the_rest() -> None:
    turned = Rotation(torch.tensor([0.0, 2.0]), torch.tensor([math.pi / 4, 0.0]), CPU)(torch.ones(1, 2, 6))
    torch.testing.assert_close(turned[0], torch.tensor([[1.0] * 6, [-1.0, 1, 1, 1, 1, 1]]))


def test_rotary_frequencies() -> None:
    frequencies = rotary_frequencies(CONFIG)
    assert frequencies["sca"].tolist() == pytest.approx([math.pi, 5 * math.pi])
    assert frequencies["latent"].tolist() == pytest.approx([math.pi, 5 * math.pi])
    assert frequencies["temporal"].tolist() == pytest.approx([1, 0.01])


def test_layer_is_what_a_block_is_made_of(weights: dict[str, Tensor]) -> None:
    encoder = PerceiverEncoder(CONFIG, weights, ENCODER_PREFIX, CPU)
    assert len(encoder.blocks) == 2
    assert all(
        isinstance(layer, Layer) for block in encoder.blocks for layer in (*block.local, *block.temporal)
    )
