"""The vocabulary of MT3 and MR-MT3, and their grid of time.

Source: Gardner et al., MT3 (ICLR 2022), with the sizes of the published multi-instrument checkpoint.
"""

from __future__ import annotations

from mt3_desktop.core.tokens.codec import Codec, EventKind, EventRange

TICKS_PER_SECOND = 100
MAX_SHIFT_TICKS = 1000

MT3 = Codec(
    (
        EventRange(EventKind.SHIFT, 0, MAX_SHIFT_TICKS),
        EventRange(EventKind.PITCH, 0, 127),
        EventRange(EventKind.VELOCITY, 0, 1),
        EventRange(EventKind.TIE, 0, 0),
        EventRange(EventKind.PROGRAM, 0, 127),
        EventRange(EventKind.DRUM, 0, 127),
    )
)
assert MT3.n_ids == 1391


def segment_start_tick(index: int, *, segment_samples: int, sample_rate: int) -> int:
    """The last tick at or before the start of a segment, in whole numbers.

    Other programs compute it in floating point and are a tick early at some segments; training counted from
    the tick that contains the first frame, which is this one.
    """
    return index * segment_samples * TICKS_PER_SECOND // sample_rate
