"""What a stretch of training leaves for the next one.

The full state (weights, running mean, optimiser moments) is a local file. The kept state is small enough for
the repository: the mean weights in half precision and a few numbers; the moments are rebuilt within a hundred
steps, and the data come from seeds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

Weights = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Seen:
    """How far training has come.

    Attributes:
        steps: optimiser steps.
        examples: 8-second windows seen, counting repeats.
        next_seed: first seed that was not used yet.
        cpu_seconds: CPU time of the training process.
        before: what the first weights had seen before this program trained them, in words.
    """

    steps: int = 0
    examples: float = 0.0
    next_seed: int = 1
    cpu_seconds: float = 0.0
    before: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Everything training goes on from.

    Attributes:
        weights: of the network, as last stepped.
        mean: their running mean, which is what ships.
        moments: the optimiser's state, or None to start it anew.
        seen: how far training has come.
    """

    weights: Weights
    mean: Weights
    moments: dict[str, object] | None
    seen: Seen


def save_full(state: State, path: Path) -> None:
    """Write the full state, replacing the file only when complete."""
    partial = path.with_suffix(".part")
    torch.save(
        {"weights": state.weights, "mean": state.mean, "moments": state.moments, "seen": asdict(state.seen)},
        partial,
    )
    partial.replace(path)


def load_full(path: Path) -> State:
    """Read what `save_full` wrote."""
    read = torch.load(path, weights_only=True)
    return State(read["weights"], read["mean"], read["moments"], Seen(**read["seen"]))


def keep(state: State, folder: Path) -> None:
    """Write the part that is kept in the repository: mean weights (float16) and numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    half = {name: value.half().contiguous() for name, value in state.mean.items()}
    save_file(half, folder / "weights.safetensors")
    (folder / "seen.json").write_text(json.dumps(asdict(state.seen), indent=1) + "\n")


def load_kept(folder: Path) -> State:
    """Read what `keep` wrote; the optimiser starts anew."""
    weights = {name: value.float() for name, value in load_file(folder / "weights.safetensors").items()}
    seen = Seen(**json.loads((folder / "seen.json").read_text()))
    return State(weights, {name: value.clone() for name, value in weights.items()}, None, seen)


def averaged(states: Sequence[State]) -> State:
    """The mean of the mean weights of several stretches; the rest is the longest trained one's.

    Ends of a cosine, thousands of steps apart, turn out to lie in one valley of the loss: halfway between
    them is better than either, above all on sounds unlike those trained on (Izmailov et al. 2018,
    "Averaging Weights Leads to Wider Optima and Better Generalization").

    Raises:
        KeyError: where the networks differ.
    """
    longest = max(states, key=lambda state: state.seen.steps)
    mean = {name: torch.stack([state.mean[name] for state in states]).mean(0) for name in longest.mean}
    return replace(longest, mean=mean)
