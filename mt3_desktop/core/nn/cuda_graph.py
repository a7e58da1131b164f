"""Records a decoding step on an NVIDIA card once per shape and replays it: one launch instead of some 190.

Not run on a GPU yet: the test marked `cuda` and `python -m benchmarks transcribe --device cuda` wait for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mt3_desktop.core.nn.padded_rows import Shapes


class GraphRunner:
    """A `padded_rows.Runner` that replays recordings.

    A recording belongs to the buffers it was made with. Buffers of other sizes come with another key; the old
    ones are kept alive by the batch only, so recordings are dropped with them.
    """

    def __init__(self) -> None:
        self._graphs: dict[Shapes, torch.cuda.CUDAGraph] = {}

    def __call__(self, key: Shapes, step: Callable[[], None], state: Sequence[Tensor]) -> None:
        """Run a step.

        Args:
            key: sizes of the buffers.
            step: the step; must read and write the same memory whenever the key is the same.
            state: what the step changes and must not change by being tried out; caches that it overwrites
                with the same values need not be named.
        """
        if key not in self._graphs:
            # Other widths are parts of the same buffers. Buffers of other lengths are gone, and so is the
            # memory that their recordings name.
            self._graphs = {known: graph for known, graph in self._graphs.items() if known[1:] == key[1:]}
            self._graphs[key] = self._recorded(step, state)
        self._graphs[key].replay()

    @staticmethod
    def _recorded(step: Callable[[], None], state: Sequence[Tensor]) -> torch.cuda.CUDAGraph:
        kept = [tensor.clone() for tensor in state]
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries allocate their workspaces before the recording
            step()
        torch.cuda.current_stream().wait_stream(side)
        for tensor, value in zip(state, kept, strict=True):
            tensor.copy_(value)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        return graph
