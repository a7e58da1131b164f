"""A mixture of experts, grouped by expert, against one position at a time."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from mt3_desktop.core.nn.moe import Mixture, mixture_layout

CPU = torch.device("cpu")
LAYOUT = mixture_layout("mlp.", width=6, hidden=10, n_experts=5)


def weights() -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(3)
    return {name: torch.randn(shape, generator=random) for name, shape in LAYOUT.items()}


def one_position(tensors: dict[str, Tensor], x: Tensor) -> Tensor:
    """The definition, in words of the paper."""
    scores = (tensors["mlp.gate.weight"] @ x).softmax(0)
    best = sorted(range(5), key=lambda expert: -scores[expert].item())[:2]
    total = scores[best].sum()
    heard = torch.zeros(6)
    for expert in best:
        start = f"mlp.experts.{expert}."
        inner = functional.silu(tensors[f"{start}w1.weight"] @ x) * (tensors[f"{start}gate.weight"] @ x)
        heard += scores[expert] / total * (tensors[f"{start}w2.weight"] @ inner)
    return heard


def test_grouped_equals_one_by_one() -> None:
    tensors = weights()
    x = torch.randn(40, 6, generator=torch.Generator().manual_seed(4))
    mixture = Mixture(tensors, "mlp.", n_experts=5, n_used=2, device=CPU)
    torch.testing.assert_close(mixture(x), torch.stack([one_position(tensors, row) for row in x]))


def test_experts_that_nobody_wants() -> None:
    tensors = weights()
    x = torch.ones(4, 6)
    mixture = Mixture(tensors, "mlp.", n_experts=5, n_used=2, device=CPU)
    torch.testing.assert_close(mixture(x)[3], one_position(tensors, x[3]))


def test_positions_do_not_influence_one_another() -> None:
    mixture = Mixture(weights(), "mlp.", n_experts=5, n_used=2, device=CPU)
    x = torch.randn(7, 6, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(mixture(x)[2:4], mixture(x[2:4]))
