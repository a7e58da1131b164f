"""Lines across time: round seconds, or beats and bars once they are known."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass

from mt3_desktop.core.tempo import Beats

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
MIN_LABEL_PX = 74.0
MIN_LINE_PX = 9.0


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the grid.

    Attributes:
        seconds: where.
        label: what the ruler writes there, or "".
        is_strong: a labelled second, or the start of a bar.
    """

    seconds: float
    label: str
    is_strong: bool


def ticks(start: float, end: float, px_per_second: float, beats: Beats | None = None) -> tuple[Tick, ...]:
    """The lines to draw in a stretch of time.

    Args:
        start: left edge in seconds.
        end: right edge in seconds.
        px_per_second: decides how dense the lines are. Give that of the whole window, not one worked out from
            the stretch: at a threshold, rounding would give neighbouring stretches other steps.
        beats: None for a ruler in seconds.
    """
    if px_per_second <= 0 or end <= start:
        return ()
    if beats is not None and len(beats.times) > 1:
        return _beat_ticks(start, end, px_per_second, beats)
    return _second_ticks(start, end, px_per_second)


def format_seconds(seconds: float, step: float = 1.0) -> str:
    """A time as "1:05", "1:05.25" or "2:10:00", with the decimals that `step` needs."""
    decimals = 0 if step >= 1 else (1 if step >= 0.1 else 2)
    total = round(seconds, decimals)
    minutes, rest = divmod(total, 60.0)
    hours, minutes = divmod(int(minutes), 60)
    width = 2 if decimals == 0 else 3 + decimals
    tail = f"{rest:0{width}.{decimals}f}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def _second_ticks(start: float, end: float, px_per_second: float) -> tuple[Tick, ...]:
    step = next((s for s in STEPS if s * px_per_second >= MIN_LABEL_PX), STEPS[-1])
    minor = 5 if step in {0.05, 0.5, 5.0, 15.0, 30.0} else (4 if step in {0.2, 2.0, 120.0} else 5)
    minor = minor if step * px_per_second / minor >= MIN_LINE_PX else 1
    fine = step / minor
    first, last = math.ceil(max(start, 0.0) / fine - 1e-9), math.floor(end / fine + 1e-9)
    return tuple(
        Tick(i * fine, format_seconds(i * fine, step) if i % minor == 0 else "", i % minor == 0)
        for i in range(first, last + 1)
    )


def _beat_ticks(start: float, end: float, px_per_second: float, beats: Beats) -> tuple[Tick, ...]:
    first = max(bisect.bisect_left(beats.times, start) - 1, 0)
    last = min(bisect.bisect_right(beats.times, end) + 1, len(beats.times))
    mean = (beats.times[-1] - beats.times[0]) / (len(beats.times) - 1)
    beat_px, bar_px = mean * px_per_second, mean * beats.per_bar * px_per_second
    every = 1
    while every * bar_px < MIN_LABEL_PX:
        every *= 2
    found = []
    for index in range(first, last):
        bar, beat = divmod(index - beats.first_downbeat, beats.per_bar)
        if beat and beat_px < MIN_LINE_PX:
            continue
        if not beat and bar_px < MIN_LINE_PX and bar % every:
            continue
        label = str(bar + 1) if not beat and bar % every == 0 else ""
        found.append(Tick(beats.times[index], label, not beat))
    return tuple(found)
