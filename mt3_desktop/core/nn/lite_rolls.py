"""The built-in network over a whole recording: overlapping windows, cross-faded into one run of frames.

Windows lie on a fixed grid, so the result does not depend on how the sound arrives, and only one window of it
is held at a time. Letters as in `lite`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from mt3_desktop.core.nn.lite import LiteNet
from mt3_desktop.core.nn.lite_features import FrontEnd
from mt3_desktop.core.values import FloatArray


class Rolls(NamedTuple):
    """Probabilities for consecutive frames.

    Attributes:
        first: number of the first frame.
        onset, activity, offset: (n, P) float32 probabilities.
        level: (n, P) float32 log10 of the amplitude of the note that sounds.
        group: (n, P, G) float32, sums to 1 over G.
        drums: (2 n, K) float32 probabilities.
        drum_rise: (2 n,) float32: by how much the loudness of the bands rises, for the strength of a hit.
    """

    first: int
    onset: FloatArray
    activity: FloatArray
    offset: FloatArray
    level: FloatArray
    group: FloatArray
    drums: FloatArray
    drum_rise: FloatArray


class Grid:
    """The windows of a recording: where they lie and which frames each one settles.

    Attributes:
        n_windows: how many there are; at least one.
        n_frames: frames of the recording.
        window: frames of a window.
        step: frames from one window to the next, three quarters of a window.
    """

    def __init__(self, n_samples: int, hop_samples: int, window_frames: int) -> None:
        if window_frames % 4:
            raise ValueError("a window must have a multiple of four frames")
        self.window = window_frames
        self.step = window_frames * 3 // 4
        self.n_frames = max(1, -(-n_samples // hop_samples))
        self.n_windows = max(1, -(-(self.n_frames - (self.window - self.step)) // self.step))

    def settled(self, window: int) -> tuple[int, int]:
        """First and last + 1 frame that no later window touches, and no earlier one has settled."""
        last = self.n_frames if window == self.n_windows - 1 else (window + 1) * self.step
        return window * self.step, last


def stream_rolls(
    net: LiteNet,
    front_end: FrontEnd,
    samples: FloatArray,
    grid: Grid,
    *,
    check: Callable[[], None],
    first_window: int = 0,
) -> Iterator[Rolls]:
    """Run the network window by window.

    Args:
        net: in evaluation mode.
        front_end: on the same device.
        samples: (n,) float32 mono at the network's rate; may be a memory map.
        grid: made for `samples`.
        check: called before each window; may raise to stop.
        first_window: where to begin. The frames that this window shares with the one before are as that one
            would have left them.

    Yields:
        The settled frames of each window from `first_window` on.
    """
    weight = _fade(grid.window)
    fading: list[FloatArray] | None = None
    overlap = grid.window - grid.step
    for window in range(max(0, first_window - 1), grid.n_windows):
        check()
        rolls = _window_rolls(net, front_end, samples, window * grid.step, grid.window)
        if fading is not None:
            rolls = [_cross_faded(a, b, weight, overlap) for a, b in zip(fading, rolls, strict=True)]
        first, last = grid.settled(window)
        fading = [_frames(roll, grid, grid.step, grid.window) for roll in rolls]
        if window >= first_window:
            yield Rolls(first, *(_frames(roll, grid, 0, last - first) for roll in rolls))


def _frames(roll: FloatArray, grid: Grid, start: int, end: int) -> FloatArray:
    """Frames [start, end) of a roll that has one or two rows a frame."""
    rows = len(roll) // grid.window
    return roll[start * rows : end * rows]


def _fade(n: int) -> npt.NDArray[np.float32]:
    """(n,) weight of each frame of a window: its borders know only one side of what they hear."""
    at = np.array([0, 0.1, 0.25, 0.75, 0.9, 1]) * (n - 1)
    return np.interp(np.arange(n), at, [0.01, 0.05, 1, 1, 0.05, 0.01]).astype(np.float32)


def _cross_faded(before: FloatArray, roll: FloatArray, weight: FloatArray, overlap: int) -> FloatArray:
    """`roll` with its first quarter mixed with the last quarter of the window before."""
    rows = len(before) // overlap
    rise = np.repeat(weight[:overlap], rows)
    fall = np.repeat(weight[-overlap:], rows)
    share = (rise / (rise + fall)).reshape(-1, *[1] * (roll.ndim - 1))
    mixed: FloatArray = roll.copy()
    mixed[: len(before)] = before + share * (roll[: len(before)] - before)
    return mixed


def _window_rolls(
    net: LiteNet, front_end: FrontEnd, samples: FloatArray, first_frame: int, n_frames: int
) -> list[FloatArray]:
    """The rolls of one window, in the order of `Rolls`."""
    sound = _window_samples(samples, first_frame, n_frames, front_end)
    device = next(net.parameters()).device
    with torch.inference_mode():
        features = front_end(torch.from_numpy(sound)[None].to(device))
        logits = net(features)
        level = logits.level[0] + features.reference[0]
        rise = features.drums[0].diff(dim=0, prepend=features.drums[0, :1]).clamp_min(0).mean(-1)
        rolls = [
            logits.onset[0].sigmoid(),
            logits.activity[0].sigmoid(),
            logits.offset[0].sigmoid(),
            level,
            logits.group[0].softmax(-1),
            logits.drums[0].sigmoid(),
            rise,
        ]
    return [roll.float().cpu().numpy() for roll in rolls]


def _window_samples(
    samples: FloatArray, first_frame: int, n_frames: int, front_end: FrontEnd
) -> npt.NDArray[np.float32]:
    """The sound of a window with its margins, zeros where the recording does not reach, no constant part."""
    config = front_end.config
    start = first_frame * config.hop_samples - config.margin_samples
    end = start + n_frames * config.hop_samples + 2 * config.margin_samples
    cut = np.asarray(samples[max(0, start) : max(0, end)], np.float32)
    heard = np.nan_to_num(cut, posinf=0.0, neginf=0.0)
    if len(heard):
        heard = heard - heard.mean(dtype=np.float64).astype(np.float32)
    sound = np.zeros(end - start, np.float32)
    sound[max(0, -start) : max(0, -start) + len(heard)] = heard
    return sound
