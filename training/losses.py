"""How wrong the network is about a batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mt3_desktop.core.nn.lite import Logits

NEAR = 0.3
"""Above this height of a triangle a frame counts as near the event, and weighs more."""


class Batch(NamedTuple):
    """Features and targets of B windows, as in `Features` and `Targets`, float32; group int64."""

    pitch: Tensor
    drum_bands: Tensor
    reference: Tensor
    onset: Tensor
    offset: Tensor
    activity: Tensor
    group: Tensor
    level: Tensor
    drums: Tensor


class Losses(NamedTuple):
    """Parts of the loss, each a sum over cells and a mean over frames."""

    onset: Tensor
    activity: Tensor
    offset: Tensor
    level: Tensor
    group: Tensor
    drums: Tensor


GROUP_WEIGHTS = (
    0.63, 1.55, 1.29, 0.58, 1.31, 1.41, 1.66, 1.28, 1.37, 1.88, 1.58, 1.30, 1.17,
)  # fmt: skip
"""Weight of each of `GROUPS` in the group loss: the inverse root of its share of the training notes (counted
in 160 windows), 1 on average over notes. Without, a softmax calls whatever it doubts a guitar or a piano."""

WEIGHTS = Losses(*(torch.tensor(w) for w in (1.0, 0.5, 0.5, 1.0, 1.0, 1.0)))


def losses(logits: Logits, batch: Batch) -> Losses:
    """The parts of the loss of a batch."""
    n_frames = batch.onset.shape[0] * batch.onset.shape[1]
    sounds = batch.group >= 0
    # Instruments and loudness are judged where a note sounds, mostly near its beginning.
    weight = 0.2 + batch.onset[sounds]
    group = functional.cross_entropy(
        logits.group[sounds], batch.group[sounds], logits.group.new_tensor(GROUP_WEIGHTS), reduction="none"
    )
    level = (batch.level - batch.reference[:, None, None])[sounds].clamp(-2.5, 0.5)
    distance = functional.smooth_l1_loss(logits.level[sounds], level, reduction="none", beta=0.1)
    return Losses(
        onset=_events(logits.onset, batch.onset, 2.0) / n_frames,
        activity=functional.binary_cross_entropy_with_logits(logits.activity, batch.activity, reduction="sum")
        / n_frames,
        offset=_events(logits.offset, batch.offset, 2.0) / n_frames,
        level=(distance * weight).sum() / n_frames,
        group=(group * weight).sum() / n_frames,
        drums=_events(logits.drums, batch.drums, 3.0) / n_frames,
    )


def total(parts: Losses) -> Tensor:
    """The loss that is minimised."""
    return torch.stack([w * part for w, part in zip(WEIGHTS, parts, strict=True)]).sum()


def _events(logits: Tensor, triangles: Tensor, weight: float) -> Tensor:
    """Cross-entropy against triangles, `weight` times as heavy near an event, summed."""
    heavier = 1 + (weight - 1) * (triangles > NEAR).float()
    return functional.binary_cross_entropy_with_logits(logits, triangles, heavier, reduction="sum")
