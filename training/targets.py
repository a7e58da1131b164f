"""What the network should say about a window of sound, painted from its notes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.nn.lite_features import (
    DRUM_FRAMES_PER_FRAME,
    DRUM_MIN,
    N_DRUMS,
    N_PITCHES,
    PITCH_MIN,
)

Floats = npt.NDArray[np.float64]
ONSET_WIDTH = 2.2
"""Frames from the tip of a triangle to its foot: wide enough to read times between frames off it."""
DRUM_WIDTH = 3.0
"""The same in drum frames."""


class Labels(NamedTuple):
    """Notes of a window, one array entry each.

    Attributes:
        onset, offset: seconds from the window's start.
        pitch: MIDI pitch or drum key.
        group: index into `GROUPS`, -1 for drums.
        level: log10 of the amplitude.
    """

    onset: Floats
    offset: Floats
    pitch: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    level: Floats


class Targets(NamedTuple):
    """Painted labels; T frames, J drum frames, P pitches, K drum keys.

    Attributes:
        onset: (T, P) float16 triangles.
        offset: (T, P) float16 triangles.
        activity: (T, P) uint8, 1 where a note sounds.
        group: (T, P) int8 group of the loudest note, -1 where none sounds.
        level: (T, P) float16 log10 amplitude of that note.
        drums: (J, K) float16 triangles.
    """

    onset: npt.NDArray[np.float16]
    offset: npt.NDArray[np.float16]
    activity: npt.NDArray[np.uint8]
    group: npt.NDArray[np.int8]
    level: npt.NDArray[np.float16]
    drums: npt.NDArray[np.float16]


def paint(labels: Labels, n_frames: int, frame_seconds: float) -> Targets:
    """Paint the notes of a window of `n_frames`."""
    shape = (n_frames, N_PITCHES)
    targets = Targets(
        np.zeros(shape, np.float16),
        np.zeros(shape, np.float16),
        np.zeros(shape, np.uint8),
        np.full(shape, -1, np.int8),
        np.zeros(shape, np.float16),
        np.zeros((n_frames * DRUM_FRAMES_PER_FRAME, N_DRUMS), np.float16),
    )
    drum_seconds = frame_seconds / DRUM_FRAMES_PER_FRAME
    for i in np.argsort(labels.level, kind="stable"):  # where two share a cell, the louder one stays
        onset, pitch = labels.onset[i], int(labels.pitch[i])
        if labels.group[i] < 0:
            if 0 <= pitch - DRUM_MIN < N_DRUMS:
                _triangle(targets.drums[:, pitch - DRUM_MIN], onset / drum_seconds - 0.5, DRUM_WIDTH)
            continue
        if not 0 <= pitch - PITCH_MIN < N_PITCHES:
            continue
        column = pitch - PITCH_MIN
        first, last = onset / frame_seconds - 0.5, labels.offset[i] / frame_seconds - 0.5
        _triangle(targets.onset[:, column], first, ONSET_WIDTH)
        _triangle(targets.offset[:, column], last, ONSET_WIDTH)
        a = max(0, round(first))
        b = min(n_frames, max(round(last + 0.5), a + 1))
        targets.activity[a:b, column] = 1
        targets.group[a:b, column] = labels.group[i]
        targets.level[a:b, column] = labels.level[i]
    return targets


def _triangle(row: npt.NDArray[np.float16], centre: float, width: float) -> None:
    """Raise `row` to a triangle of height 1 around a frame number that need not be whole."""
    a = max(0, int(np.ceil(centre - width)))
    b = min(len(row) - 1, int(np.floor(centre + width)))
    if a <= b:
        height = 1 - np.abs(np.arange(a, b + 1) - centre) / width
        row[a : b + 1] = np.maximum(row[a : b + 1], height)
