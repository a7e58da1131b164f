"""The training loop: examples from seeds, a small buffer, AdamW, a running mean of the weights."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from mt3_desktop.core.nn.lite import LiteNet
from mt3_desktop.core.nn.lite_features import DRUM_FRAMES_PER_FRAME, FLOOR, Features
from training.examples import N_FRAMES, Example
from training.losses import Batch, losses, total
from training.state import Seen, State

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train for one stretch.

    Attributes:
        minutes: length of the stretch, wall clock; the learning rate falls to its end.
        rate: highest learning rate.
        flat: share of the stretch before it falls, along a cosine.
        floor: share of it that remains at the end.
        warm_up: steps in which it rises.
        frames: frames of sound in a batch.
        new_per_step: examples made per step; a batch is drawn from the buffer, cut anew each time.
        buffer: examples kept.
        mean_decay: decay of the running mean of the weights.
        clip: largest norm of a gradient.
    """

    minutes: float = 60.0
    rate: float = 2e-3
    flat: float = 0.5
    floor: float = 0.03
    warm_up: int = 60
    frames: int = 1024
    new_per_step: int = 2
    buffer: int = 384
    mean_decay: float = 0.999
    clip: float = 20.0


class Trainer:
    """Owns the network, its optimiser and the buffer of examples for one stretch."""

    CROP_FRAMES = 128
    WHOLE_SHARE = 0.3  # of batches made of whole examples: at work, windows are that long

    def __init__(
        self, net: LiteNet, examples: Iterator[Example], state: State, plan: Plan, device: torch.device
    ) -> None:
        self.plan = plan
        self.net = net.to(device)
        net.load_state_dict(state.weights)
        self._mean = {name: value.to(device, copy=True) for name, value in state.mean.items()}
        self._examples = examples
        self._device = device
        self._optimiser = torch.optim.AdamW(net.parameters(), plan.rate, betas=(0.9, 0.98), weight_decay=0.01)
        if state.moments is not None:
            self._optimiser.load_state_dict(state.moments)
        self._seen = state.seen
        self._cpu_before = state.seen.cpu_seconds
        self._buffer: list[Example] = []
        self._rng = np.random.default_rng(state.seen.next_seed)

    @property
    def state(self) -> State:
        """What the next stretch goes on from."""
        weights = {name: value.detach().cpu().clone() for name, value in self.net.state_dict().items()}
        mean = {name: value.cpu().clone() for name, value in self._mean.items()}
        seen = replace(self._seen, cpu_seconds=self._cpu_before + time.process_time())
        return State(weights, mean, self._optimiser.state_dict(), seen)

    def run(self, *, report: Report, save: Callable[[State], None], every: int = 50) -> State:
        """Train for the stretch.

        Args:
            report: gets a line every few steps.
            save: gets the state as often, and at the end.
            every: steps between reports.
        """
        start = time.monotonic()
        history: list[list[float]] = []
        steps = 0
        while (progress := (time.monotonic() - start) / 60 / self.plan.minutes) < 1:
            history.append(self.step(self._rate(progress, steps)))
            steps += 1
            if steps % every == 0:
                parts = " ".join(f"{value:.3f}" for value in np.mean(history[-every:], 0))
                seen = self.state.seen
                report(
                    f"step {seen.steps} examples {seen.examples:.0f} cpu {seen.cpu_seconds:.0f} s "
                    f"rate {self._rate(progress, steps):.1e} "
                    f"onset/activity/offset/level/group/drums {parts}"
                )
                save(self.state)
        save(self.state)
        return self.state

    def step(self, rate: float) -> list[float]:
        """One optimiser step; gives the parts of the loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        parts = losses(self.net(features_of(batch := self._next_batch())), batch)
        self._optimiser.zero_grad(set_to_none=True)
        total(parts).backward()  # type: ignore[no-untyped-call]  # untyped in torch
        nn.utils.clip_grad_norm_(self.net.parameters(), self.plan.clip)
        self._optimiser.step()
        self._seen = replace(
            self._seen,
            steps=self._seen.steps + 1,
            examples=self._seen.examples + self.plan.frames / N_FRAMES,
        )
        decay = min(self.plan.mean_decay, (self._seen.steps + 1) / (self._seen.steps + 10))
        with torch.no_grad():
            for name, value in self.net.state_dict().items():
                self._mean[name].lerp_(value, 1 - decay)
        return [float(part.detach()) for part in parts]

    def _rate(self, progress: float, steps: int) -> float:
        warm = min(1.0, (steps + 1) / self.plan.warm_up)
        fall = max(0.0, (progress - self.plan.flat) / (1 - self.plan.flat))
        return self.plan.rate * warm * max(self.plan.floor, 0.5 * (1 + math.cos(math.pi * fall)))

    def _next_batch(self) -> Batch:
        whole = self._rng.random() < self.WHOLE_SHARE
        n_frames = N_FRAMES if whole else self.CROP_FRAMES
        n = self.plan.frames // n_frames
        wanted = max(self.plan.new_per_step, n - len(self._buffer))  # a first batch needs more than a step
        self._buffer += itertools.islice(self._examples, wanted)
        self._seen = replace(self._seen, next_seed=self._seen.next_seed + wanted)
        del self._buffer[: max(0, len(self._buffer) - self.plan.buffer)]
        chosen = self._rng.choice(len(self._buffer), n, replace=False)
        batch = make_batch([self._buffer[i] for i in chosen], n_frames, self._rng)
        return Batch._make(part.to(self._device) for part in batch)


def make_batch(examples: list[Example], n_frames: int, rng: np.random.Generator) -> Batch:
    """Cut `n_frames` from each example at random, and vary the level and tilt of its spectrum."""
    cuts = []
    for example in examples:
        at = int(rng.integers(N_FRAMES - n_frames + 1))
        drum_at, n_drum = at * DRUM_FRAMES_PER_FRAME, n_frames * DRUM_FRAMES_PER_FRAME
        t = example.targets
        painted = (t.onset, t.offset, t.activity, t.group, t.level)
        cuts.append(
            (
                example.pitch[:, at : at + n_frames],
                example.drums[drum_at : drum_at + n_drum],
                np.float32(example.reference),
                *(roll[at : at + n_frames] for roll in painted),
                t.drums[drum_at : drum_at + n_drum],
            )
        )
    batch = Batch(*(torch.from_numpy(np.stack(part)).float() for part in zip(*cuts, strict=True)))
    return _varied(batch._replace(group=batch.group.long()))


def _varied(batch: Batch) -> Batch:
    """Free augmentation of spectra: a window's loudest bin need not be the loudest of its song."""
    n = len(batch.pitch)
    level = torch.randn(n, 1, 1) * 0.08
    tilt = torch.randn(n, 1, 1) * 0.12

    def tilted(x: Tensor, spare: int) -> Tensor:
        shape = (n,) + (1,) * (spare + 2)
        line = torch.linspace(-1, 1, x.shape[-1])
        return (x + level.view(shape) + tilt.view(shape) * line).clamp(FLOOR, -FLOOR)

    reference = batch.reference - level.flatten() / 0.9
    return batch._replace(
        pitch=tilted(batch.pitch, 1), drum_bands=tilted(batch.drum_bands, 0), reference=reference
    )


def features_of(batch: Batch) -> Features:
    """The part of a batch that the network hears."""
    return Features(batch.pitch, batch.drum_bands, batch.reference)


def first_state(net: LiteNet, before: str = "") -> State:
    """The state before the first step."""
    weights = {name: value.clone() for name, value in net.state_dict().items()}
    return State(weights, {name: value.clone() for name, value in weights.items()}, None, Seen(before=before))
