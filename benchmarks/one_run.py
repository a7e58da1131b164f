"""One measurement in a process of its own: `python -m benchmarks.one_run JSON` prints JSON.

Its own process, because the peak of memory of a process never falls again.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Measured:
    """Seconds of processor time unless said otherwise; all threads count.

    Attributes:
        stages: front end, encoder, decoder, rest.
        total_cpu: the whole transcription, loading not counted.
        total_wall: the same on the clock.
        first_cpu: until the first segment's notes.
        first_wall: the same on the clock.
        load_cpu: import of torch and loading the weights.
        load_mb: resident memory after loading, in MB.
        peak_mb: highest resident memory, in MB.
        threads: threads of tensor operations.
        tokens: ids per segment: mean, median, most.
        notes: notes found.
    """

    stages: dict[str, float] = field(default_factory=dict)
    total_cpu: float = 0.0
    total_wall: float = 0.0
    first_cpu: float = 0.0
    first_wall: float = 0.0
    load_cpu: float = 0.0
    load_mb: float = 0.0
    peak_mb: float = 0.0
    threads: int = 0
    tokens: tuple[float, ...] = ()
    notes: int = 0


def measure(model: str, weights: str, song: str, device: str, threads: int) -> Measured:
    """Load a model and transcribe a recording.

    Args:
        model: id of the catalogue.
        weights: checkpoint, or "" for built-in weights.
        song: a file as `song.write_song` makes it.
        device: as `nn.device.pick_device`.
        threads: threads of tensor operations, 0 for the program's choice.
    """
    started = time.process_time()
    from mt3_desktop.core import families
    from mt3_desktop.core.progress import CancelToken
    from mt3_desktop.core.values import AudioClip

    spec = families.spec(model)
    loaded = families.family_of(spec).build(spec, Path(weights) if weights else Path(), device)
    import numpy as np
    import torch

    if threads:
        torch.set_num_threads(threads)
    result = Measured(
        load_cpu=time.process_time() - started, load_mb=_peak_mb(), threads=torch.get_num_threads()
    )
    stages = _watch_stages(result.stages)
    lengths = _watch_lengths()
    clip = AudioClip(np.memmap(song, dtype=np.float32, mode="r"), 16_000, "song")
    assert clip.sample_rate == spec.sample_rate
    cpu, wall = time.process_time(), time.perf_counter()
    for part in loaded.stream(clip, cancel=CancelToken()):
        if not result.first_wall:
            result.first_cpu, result.first_wall = time.process_time() - cpu, time.perf_counter() - wall
        result.notes += len(part.notes)
    result.total_cpu, result.total_wall = time.process_time() - cpu, time.perf_counter() - wall
    result.stages["encoder"] = stages["encoder"] - stages["front end"]
    result.stages["rest"] = result.total_cpu - sum(result.stages.values())
    result.peak_mb = _peak_mb()
    if lengths:
        result.tokens = (statistics.fmean(lengths), statistics.median(lengths), max(lengths))
    return result


def _watch_stages(stages: dict[str, float]) -> dict[str, float]:
    from mt3_desktop.core.nn.mt3 import Mt3Network
    from mt3_desktop.core.nn.padded_rows import PaddedRows
    from mt3_desktop.core.nn.rows import T5Rows

    stages |= {"front end": 0.0, "encoder": 0.0, "decoder": 0.0}
    watched: tuple[tuple[type, str, str], ...] = (
        (Mt3Network, "log_mel", "front end"),
        (Mt3Network, "encode", "encoder"),
        (T5Rows, "admit", "decoder"),
        (T5Rows, "advance", "decoder"),
        (PaddedRows, "admit", "decoder"),
        (PaddedRows, "advance", "decoder"),
    )
    for owner, name, stage in watched:
        setattr(owner, name, _timed(getattr(owner, name), stages, stage))
    return stages


def _timed(function: Callable[..., Any], stages: dict[str, float], stage: str) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:  # Any: wraps methods of any signature
        started = time.process_time()
        result = function(*args, **kwargs)
        stages[stage] += time.process_time() - started
        return result

    return timed


def _watch_lengths() -> list[int]:
    """A list that gets the length of every row that is decoded."""
    from mt3_desktop.core.nn import generate

    lengths: list[int] = []
    original = generate.greedy

    def watched(*args: Any, **kwargs: Any) -> Iterator[Any]:  # Any: passes on what it gets
        for done in original(*args, **kwargs):
            lengths.append(len(done.ids))
            yield done

    generate.greedy = watched
    return lengths


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(**json.loads(sys.argv[1])))))
