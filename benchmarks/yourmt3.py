"""YourMT3 at full size without its weights: loading time, memory, speed.

    python benchmarks/yourmt3.py make PATH --tokens 20  random weights in the published layout
    python benchmarks/yourmt3.py measure PATH SECONDS   load them and transcribe so much noise

`make` writes what the training program writes: a Lightning file with optimizer states and an object of a
class that is not installed here, 0.56 GB. Random weights would speak 256 tokens in every channel; these end
after about as many as are asked for. On a busy machine look at the processor's time, not at the clock.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
import time
import types
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

from mt3_desktop.core.families.yourmt3 import SPEC, build
from mt3_desktop.core.nn.perceiver import PerceiverConfig, rotary_frequencies
from mt3_desktop.core.nn.t5 import T5Config, published_frequencies, sinusoids
from mt3_desktop.core.nn.yourmt3_frontend import N_BINS, published_window
from mt3_desktop.core.nn.yourmt3_settings import DECODER_PREFIX, EMBEDDING, HEAD, POSITIONS, YourMT3Config
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.tokens.codec import EOS_ID
from mt3_desktop.core.values import AudioClip

CONFIG = YourMT3Config(
    encoder=PerceiverConfig(
        conv_channels=128, n_bins=N_BINS, n_frames=110, n_latents=26, width=128, n_heads=8, n_blocks=3,
        n_local=2, n_temporal=2, n_experts=8, n_used_experts=2, expert_widening=4, rotary_width=4,
    ),
    decoder=T5Config(
        d_model=512, d_kv=64, num_heads=6, d_ff=1024, num_layers=0, num_decoder_layers=8, vocab_size=596
    ),
    n_positions=1034,
)  # fmt: skip

CLOCK, STILL = 180, 511  # columns of the positions: a sine of a long wave, a cosine of a longer one


def random_weights(seed: int = 0) -> OrderedDict[str, torch.Tensor]:
    """Weights of every name of the published file, of sizes that keep the numbers moderate."""
    random = torch.Generator().manual_seed(seed)
    frequencies = rotary_frequencies(CONFIG.encoder)
    weights: OrderedDict[str, torch.Tensor] = OrderedDict()
    for name, shape in CONFIG.layout().items():
        if name.endswith(".freqs"):
            owner = (
                "temporal"
                if "temporal" in name
                else "sca"
                if "spectral" in name or "_sca" in name
                else "latent"
            )
            weights[name] = frequencies[owner]
        elif name.endswith(".window"):
            weights[name] = published_window()
        elif name.endswith("additive_pe.weight"):
            weights[name] = sinusoids(shape[0], published_frequencies(shape[1]))
        elif name.endswith("num_batches_tracked"):
            weights[name] = torch.tensor(0)
        elif len(shape) < 2:
            weights[name] = torch.rand(shape, generator=random) * 0.1 + (not name.endswith(("bias", "mean")))
        else:
            fan_in = math.prod(shape[1:])
            weights[name] = torch.randn(shape, generator=random) / fan_in**0.5
    return weights


def end_after(weights: dict[str, torch.Tensor], tokens: int) -> None:
    """Make EOS the likeliest token from place `tokens` on, by weights alone.

    Two columns are left to the positions, nothing else writes to them: one rises with the place, one stands.
    """
    columns = [CLOCK, STILL]
    for name, tensor in weights.items():
        if name.startswith(DECODER_PREFIX) and name.endswith((".o.weight", ".wo.weight")):
            tensor[columns] = 0
    weights[EMBEDDING][:, columns] = 0
    clock, still = weights[POSITIONS][tokens, columns].tolist()
    head = weights[HEAD]
    head[EOS_ID] = 0
    head[EOS_ID, CLOCK], head[EOS_ID, STILL] = 1e4, -1e4 * clock / still


def make(path: Path, tokens: int) -> None:
    """Write a checkpoint as the training program does."""
    weights = random_weights()
    end_after(weights, tokens)
    module = types.ModuleType("utils.task_manager")
    module.TaskManager = type("TaskManager", (), {"__module__": module.__name__})  # type: ignore[attr-defined]
    sys.modules |= {"utils": types.ModuleType("utils"), module.__name__: module}
    manager = module.TaskManager()
    manager.task_name = "mc13_full_plus_256"
    trained = [tensor for name, tensor in weights.items() if tensor.numel() > 2 and "running" not in name]
    states = {
        i: {"step": 1, "exp_avg": torch.zeros_like(t), "exp_avg_sq": torch.zeros_like(t)}
        for i, t in enumerate(trained)
    }
    content = {
        "epoch": 1,
        "state_dict": weights,
        "optimizer_states": [{"state": states, "param_groups": []}],
        "hyper_parameters": {"audio_cfg": {"codec": "spec", "hop_length": 300}, "task_manager": manager},
    }
    torch.save(content, path)
    print(f"{path}: {path.stat().st_size:,} bytes")


def measure(path: Path, seconds: float) -> None:
    """Load and transcribe, and say what it took."""
    size = path.stat().st_size
    before, start = _peak_bytes(), time.perf_counter()
    model = build(SPEC, path, "cpu")
    print(f"load: {time.perf_counter() - start:.2f} s, {(_peak_bytes() - before) / size:.2f} x file size")
    samples = np.random.default_rng(0).normal(0, 0.1, round(seconds * SPEC.sample_rate)).astype(np.float32)
    clip = AudioClip(samples, SPEC.sample_rate, "noise")
    start, worked = time.perf_counter(), time.process_time()
    first = None
    for part in model.stream(clip, cancel=CancelToken()):
        first = first or time.perf_counter() - start
        print(f"segment {part.index}: {time.perf_counter() - start:.1f} s", end="\r")
    took = time.perf_counter() - start
    print(f"transcribe {seconds:g} s: {took:.1f} s, {seconds / took:.2f} x real time")
    print(f"processor: {time.process_time() - worked:.1f} s, first notes after {first:.1f} s")
    print(f"peak memory: {_peak_bytes() / 1e6:.0f} MB, {torch.get_num_threads()} threads")


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> None:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("path", type=Path)
    making.add_argument("--tokens", type=int, default=20, help="about so many in each channel of a segment")
    measuring = commands.add_parser("measure")
    measuring.add_argument("path", type=Path)
    measuring.add_argument("seconds", type=float)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.path, arguments.tokens)
    else:
        measure(arguments.path, arguments.seconds)


if __name__ == "__main__":
    main()
