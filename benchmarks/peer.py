"""`python -m benchmarks.peer --peer-python PYTHON`: the same weights in mt3-infer, in alternation with ours.

PYTHON is that of an environment in which mt3-infer works (`README.md` says how to make one). Both sides get
one random checkpoint and one made-up recording; our network gets to see the adapter's spectrograms, because
the two front ends differ, and the ids of every segment are compared. Ours runs before and after the peer.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks import figures
from benchmarks.__main__ import ROOT, measure_apart
from benchmarks.checkpoints import write_mt3
from benchmarks.song import write_song
from mt3_desktop.core.nn.mt3 import Mt3Network, mt3_config
from mt3_desktop.core.nn.rows import T5Rows
from mt3_desktop.core.nn.spectrogram import MelConfig
from mt3_desktop.core.nn.weights import load_tensors

ADAPTERS = ("mt3_pytorch", "mr_mt3")
"""Both read MT3's weights: without a memory MR-MT3 is MT3 with another front end."""

WEIGHTS = "mt3.pth"

UNDECIDED = 1e-4
"""Two best logits so close that sums in another order may change places."""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer", description=__doc__)
    parser.add_argument("--peer-python", type=Path, required=True, metavar="PYTHON")
    parser.add_argument("--adapters", nargs="+", choices=ADAPTERS, default=ADAPTERS)
    parser.add_argument("--seconds", type=float, default=12.0, help="of the recording")
    parser.add_argument("--tokens", type=int, default=60, help="about the median of a segment")
    parser.add_argument("--weights", type=Path, help="a folder with mt3.pth and config.json")
    parser.add_argument("--save", action="store_true", help="make them the figures to compare with")
    args = parser.parse_args()
    if not has_peer(args.peer_python):
        print(f"{args.peer_python} can't import mt3_infer: nothing to compare with.")
        return 0
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = args.weights or write_mt3(folder / "mt3", tokens=args.tokens).parent
        write_song(folder / "song.f32", args.seconds)
        for adapter in args.adapters:
            compared = compare(args.peer_python, adapter, weights, folder)
            rows[f"{adapter}, {args.seconds:g} s, {compared['tokens']:.0f} tokens"] = compared
    figures.print_table(rows, figures.last("peer"), compared=("ratio",))
    if args.save:
        figures.save(figures.FIGURES / "peer.json", rows)
    return 0


def has_peer(python: Path) -> bool:
    """Whether this Python can import mt3-infer."""
    try:
        done = subprocess.run([python, "-I", "-c", "import mt3_infer"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def compare(python: Path, adapter: str, weights: Path, folder: Path) -> dict[str, float]:
    """Ours, the peer, ours, each in a process of its own with one thread.

    Args:
        python: where mt3-infer is.
        adapter: one of `ADAPTERS`.
        weights: a folder with `mt3.pth` and `config.json`.
        folder: holds `song.f32`; what the adapter feeds its network is put there.

    Returns:
        Seconds of processor time without loading, and with what it takes to load; ids; memory in MB.

    Raises:
        SystemExit: if a side fails, or a row differs where the logits were decided.
    """
    features = folder / f"{adapter}.npy"
    shared = {"song": str(folder / "song.f32"), "features": str(features), "threads": 1}
    checkpoint = weights if adapter == "mt3_pytorch" else weights / WEIGHTS
    theirs = shared | {"adapter": adapter, "checkpoint": str(checkpoint)}
    ours = shared | {"model": "mt3_pytorch", "weights": str(weights / WEIGHTS), "device": "cpu"}
    _peer(python, theirs | {"only_features": True})
    runs = [measure_apart(ours)]
    peer = _peer(python, theirs)
    runs.append(measure_apart(ours))
    differing = [index for index, (a, b) in enumerate(zip(peer["ids"], runs[0].ids, strict=True)) if a != b]
    for index in differing:
        gap = _gap(weights / WEIGHTS, np.load(features)[index], peer["ids"][index], runs[0].ids[index])
        if gap > UNDECIDED:
            raise SystemExit(f"row {index} differs where the best two logits are {gap:.1g} apart")
    total = peer["front end"] + peer["network"] + peer["notes"]
    cpu = statistics.fmean(run.total_cpu for run in runs)
    return {
        "peer cpu s": total,
        "ours cpu s": cpu,
        "ratio": total / cpu,
        "ours first": runs[0].total_cpu,
        "ours last": runs[1].total_cpu,
        "peer load": peer["load"],
        "ours load": statistics.fmean(run.load_cpu for run in runs),
        "peer MB": peer["peak"],
        "ours MB": max(run.peak_mb for run in runs),
        "rows": len(peer["ids"]),
        "equal rows": len(peer["ids"]) - len(differing),
        "tokens": runs[0].tokens[0],
        "most": runs[0].tokens[2],
    }


def _peer(python: Path, asked: Mapping[str, object]) -> dict[str, Any]:
    """`peer_side.measure` with these arguments, in the peer's Python."""
    command = [str(python), "-I", str(ROOT / "benchmarks" / "peer_side.py"), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _gap(checkpoint: Path, features: npt.NDArray[np.float32], a: Sequence[int], b: Sequence[int]) -> float:
    """How far apart the two best logits are where two rows of ids part."""
    tensors = load_tensors(checkpoint)
    config = mt3_config(tensors.tensors, tensors.config)
    cpu = torch.device("cpu")
    network = Mt3Network(tensors.tensors, config, MelConfig(n_bands=config.d_model), device=cpu)
    network.log_mel = lambda *_: torch.from_numpy(features)[None]  # type: ignore[method-assign]
    rows = T5Rows(network.decoder, window=1)
    rows.admit(network.encode(torch.empty(0), ()))
    with torch.inference_mode():
        common = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        for new_id in (0, *a[:common]):
            logits = rows.step(torch.tensor([new_id]))
        best, second = logits[0].topk(2).values.tolist()
    return float(best - second)


if __name__ == "__main__":
    sys.exit(main())
