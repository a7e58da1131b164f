"""mt3-infer's part of `python -m benchmarks.peer`: `PYTHON -I benchmarks/peer_side.py JSON` prints JSON.

Runs in the Python that has mt3-infer and knows nothing of this program. Only the public adapter is used:
`load_model`, `preprocess`, `forward`, `decode`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from itertools import pairwise
from typing import Any

import numpy as np

FIRST_EVENT_ID = 3
"""The adapters count events from 0, the network's ids from behind PAD, EOS and UNK."""


def measure(
    adapter: str, checkpoint: str, song: str, features: str, threads: int, *, only_features: bool = False
) -> dict[str, Any]:
    """Transcribe a recording.

    Args:
        adapter: name in mt3-infer's registry.
        checkpoint: file or folder, as the adapter wants it.
        song: float32 samples, 16 kHz.
        features: where to write what the adapter feeds its network, (rows, frames, bands) float32.
        threads: threads of tensor operations.
        only_features: whether to end after writing them.

    Returns:
        Seconds of processor time per stage, memory in MB, and "ids" of every row without the end.
    """
    started = time.process_time()
    import torch
    from mt3_infer import load_model  # type: ignore[import-not-found]  # lives in its own environment

    torch.set_num_threads(threads)
    model = load_model(adapter, checkpoint_path=checkpoint, device="cpu", auto_download=False)
    marks = [started, time.process_time()]
    samples = np.fromfile(song, dtype=np.float32)
    heard = model.preprocess(samples, 16_000)
    marks.append(time.process_time())
    np.save(features, np.asarray(heard["inputs"] if isinstance(heard, dict) else heard))
    if only_features:
        return {}
    marks.append(time.process_time())
    outputs = model.forward(heard)
    marks.append(time.process_time())
    model.decode(outputs)
    marks.append(time.process_time())
    rows = np.asarray(outputs["tokens"] if isinstance(outputs, dict) else outputs)
    stages = ("load", "front end", "writing", "network", "notes")
    return {name: after - before for name, (before, after) in zip(stages, pairwise(marks), strict=True)} | {
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
        "ids": [_ids(row.tolist()) for row in rows],
    }


def _ids(row: list[int]) -> list[int]:
    """Up to the end, which the adapter writes as -1, as the network's ids."""
    length = next((place for place, event in enumerate(row) if event < 0), len(row))
    return [event + FIRST_EVENT_ID for event in row[:length]]


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
