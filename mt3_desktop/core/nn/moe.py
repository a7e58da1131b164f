"""Mixture of experts: each position goes through the few of several feed-forward layers that suit it best.

Letters: N positions, D width, M width of an expert, X experts, K experts used per position.

Source: Jiang et al., Mixtral of Experts (2024); Shazeer, GLU Variants Improve Transformer (2020).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional


def mixture_layout(prefix: str, *, width: int, hidden: int, n_experts: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors of a `Mixture`."""
    layout: dict[str, tuple[int, ...]] = {f"{prefix}gate.weight": (n_experts, width)}
    for expert in range(n_experts):
        start = f"{prefix}experts.{expert}."
        layout |= {
            f"{start}w1.weight": (hidden, width),
            f"{start}gate.weight": (hidden, width),
            f"{start}w2.weight": (width, hidden),
        }
    return layout


class Mixture:
    """The experts of one layer and the gate that chooses among them.

    Positions are grouped by expert, so that each expert is one matrix product and none is computed in vain.
    """

    def __init__(
        self, tensors: Mapping[str, Tensor], prefix: str, *, n_experts: int, n_used: int, device: torch.device
    ) -> None:
        """Pack the weights.

        Args:
            tensors: at least those of `mixture_layout(prefix, …)`.
            prefix: what their names begin with.
            n_experts: experts (X).
            n_used: experts per position (K).
            device: where to compute.
        """
        self._n_used = n_used
        self._gate = tensors[f"{prefix}gate.weight"].to(device, torch.float32, copy=True)
        starts = [f"{prefix}experts.{expert}." for expert in range(n_experts)]
        self._up = [
            torch.cat([tensors[f"{start}w1.weight"], tensors[f"{start}gate.weight"]]).to(
                device, torch.float32
            )
            for start in starts
        ]
        self._down = [tensors[f"{start}w2.weight"].to(device, torch.float32, copy=True) for start in starts]

    def __call__(self, x: Tensor) -> Tensor:
        """(N, D) → (N, D), to be added."""
        scores = self.router_logits(x).softmax(-1, dtype=torch.float32)
        weights, experts = scores.topk(self._n_used, dim=-1)
        weights = weights / weights.sum(-1, keepdim=True)
        order = experts.flatten().argsort(stable=True)
        counts = experts.flatten().bincount(minlength=len(self._up)).tolist()
        sent = torch.split(x[order // self._n_used], counts)
        heard = torch.cat([self._expert(expert, part) for expert, part in enumerate(sent)])
        # Taken back by the inverse order instead of added up at places: the same result on every device.
        returned = heard[order.argsort()].view(*experts.shape, -1)
        return (returned * weights[..., None]).sum(1)

    def router_logits(self, x: Tensor) -> Tensor:
        """(N, D) → (N, X), how well each expert suits."""
        return functional.linear(x, self._gate)

    def _expert(self, expert: int, x: Tensor) -> Tensor:
        inner, gate = functional.linear(x, self._up[expert]).chunk(2, dim=-1)
        return functional.linear(functional.silu(inner).mul_(gate), self._down[expert])
