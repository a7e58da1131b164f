"""One measurement in a process of its own: `python -m benchmarks.one_run JSON` prints JSON.

Its own process, because the peak of memory of a process never falls again.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

    from mt3_desktop.core.nn.mt3 import Mt3Network


@dataclass(slots=True)
class Measured:
    """Seconds of processor time unless said otherwise; all threads count.

    Attributes:
        stages: front end; encoder and decoder, or the built-in model's network; rest.
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
        ids: of every segment, without the end; of models with segments of one row.
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
    ids: list[tuple[int, ...]] = field(default_factory=list)


def measure(
    model: str, weights: str, song: str, device: str, threads: int, *, features: str = ""
) -> Measured:
    """Load a model and transcribe a recording.

    Args:
        model: id of the catalogue.
        weights: checkpoint, or "" for built-in weights.
        song: a file as `song.write_song` makes it.
        device: as `nn.device.pick_device`.
        threads: threads of tensor operations, 0 for the program's choice.
        features: (segments, frames, bands) float32 as `numpy.save` writes them: what the network gets to see
            instead of its own front end's output, which is computed all the same.
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
    if features:
        _show(np.load(features))
    rows = _watch_rows()
    clip = AudioClip(np.memmap(song, dtype=np.float32, mode="r"), 16_000, "song")
    assert clip.sample_rate == spec.sample_rate
    cpu, wall = time.process_time(), time.perf_counter()
    for part in loaded.stream(clip, cancel=CancelToken()):
        if not result.first_wall:
            result.first_cpu, result.first_wall = time.process_time() - cpu, time.perf_counter() - wall
        result.notes += len(part.notes)
    result.total_cpu, result.total_wall = time.process_time() - cpu, time.perf_counter() - wall
    if stages["encoder"]:
        result.stages["encoder"] = stages["encoder"] - stages["front end"]
    result.stages["rest"] = result.total_cpu - sum(result.stages.values())
    result.peak_mb = _peak_mb()
    if rows:
        lengths = [len(ids) for _, ids in rows]
        result.tokens = (statistics.fmean(lengths), statistics.median(lengths), max(lengths))
    result.ids = _ids_of_segments(rows)
    return result


def _watch_stages(stages: dict[str, float]) -> dict[str, float]:
    from mt3_desktop.core.nn.lite import LiteNet
    from mt3_desktop.core.nn.lite_features import FrontEnd
    from mt3_desktop.core.nn.mt3 import Mt3Network
    from mt3_desktop.core.nn.padded_rows import PaddedRows
    from mt3_desktop.core.nn.rows import T5Rows

    stages |= {"front end": 0.0, "encoder": 0.0, "decoder": 0.0, "network": 0.0}
    watched: tuple[tuple[type, str, str], ...] = (
        (FrontEnd, "forward", "front end"),
        (LiteNet, "forward", "network"),
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


def _show(features: npt.NDArray[np.float32]) -> None:
    """Show the network these spectrograms, one segment after the other, instead of those that it computes."""
    import torch

    from mt3_desktop.core.nn.mt3 import Mt3Network

    original, shown = Mt3Network.log_mel, 0

    def log_mel(self: Mt3Network, samples: torch.Tensor, n_frames: Sequence[int]) -> torch.Tensor:
        nonlocal shown
        original(self, samples, n_frames)
        shown += len(samples)
        return torch.from_numpy(features[shown - len(samples) : shown]).to(self.device)

    Mt3Network.log_mel = log_mel  # type: ignore[method-assign]


def _watch_rows() -> list[tuple[int | None, tuple[int, ...]]]:
    """A list that gets every row that is decoded: the segment's number if a row is a segment, and its ids."""
    from mt3_desktop.core.nn import generate

    rows: list[tuple[int | None, tuple[int, ...]]] = []
    original = generate.greedy

    def watched(*args: Any, **kwargs: Any) -> Iterator[Any]:  # Any: passes on what it gets
        for done in original(*args, **kwargs):
            rows.append((getattr(done.key, "index", None), done.ids))  # the key holds samples: don't keep it
            yield done

    generate.greedy = watched
    return rows


def _ids_of_segments(rows: list[tuple[int | None, tuple[int, ...]]]) -> list[tuple[int, ...]]:
    """In the order of the segments, if rows are segments; without the end."""
    from mt3_desktop.core.tokens.codec import EOS_ID

    segments = sorted((index, ids) for index, ids in rows if isinstance(index, int))
    return [ids[:-1] if ids[-1] == EOS_ID else ids for _, ids in segments]


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(**json.loads(sys.argv[1])))))
