"""The outline of a recording, for drawing it."""

from __future__ import annotations

import numpy as np

from mt3_desktop.core.values import FloatArray

_BLOCK_COLUMNS = 256


def peaks(samples: FloatArray, n_columns: int) -> FloatArray:
    """The lowest and highest sample of each of `n_columns` equal stretches.

    Args:
        samples: (n,) float32; may be a mapped file: it is read once, in blocks.
        n_columns: how many stretches; with fewer samples than that, there is one per sample.

    Returns:
        (n_columns, 2) float32: minimum and maximum.

    Raises:
        ValueError: if `n_columns` is not positive.
    """
    if n_columns < 1:
        raise ValueError(f"there must be at least one column, not {n_columns}")
    n_columns = min(n_columns, len(samples))
    outline = np.zeros((n_columns, 2), dtype=np.float32)
    edges = np.linspace(0, len(samples), n_columns + 1).astype(np.int64)
    for first in range(0, n_columns, _BLOCK_COLUMNS):
        last = min(first + _BLOCK_COLUMNS, n_columns)
        block = samples[edges[first] : edges[last]]
        starts = edges[first:last] - edges[first]
        outline[first:last, 0] = np.minimum.reduceat(block, starts)
        outline[first:last, 1] = np.maximum.reduceat(block, starts)
    return outline
