"""Levels: how loud a mix is, and what happens at full scale."""

from __future__ import annotations

import numpy as np

from mt3_desktop.core.values import FloatArray

MASTER_GAIN = 0.6
"""Applied to the synthesiser: eight busy tracks then peak near full scale (measured on FluidR3)."""

_KNEE = 0.8


def soft_limit(frames: FloatArray) -> FloatArray:
    """Bend what exceeds 0.8 so that nothing exceeds 1; below, nothing changes.

    Args:
        frames: any shape, float32; changed in place.

    Returns:
        The same array.
    """
    if frames.size == 0 or max(float(frames.max()), -float(frames.min())) <= _KNEE:
        return frames
    over = np.abs(frames) > _KNEE
    loud = frames[over]
    room = np.float32(1.0 - _KNEE)
    frames[over] = np.sign(loud) * (_KNEE + room * np.tanh((np.abs(loud) - np.float32(_KNEE)) / room))
    return frames
