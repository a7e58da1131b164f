"""What the generator knows about General MIDI: groups the network learns, ranges, which sounds decay.

Plucked "ethnic" programs count as guitar, bagpipe and shanai as reed, synth effects as pads. Solo strings and
string ensembles are two groups because General MIDI files them in two families.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.nn.lite_features import GROUPS

N_GROUPS = len(GROUPS)
GROUP_INDEX = {group.name: i for i, group in enumerate(GROUPS)}

_PROGRAMS: dict[str, tuple[range | tuple[int, ...], ...]] = {
    "piano": (range(0, 8),),
    "chromatic": (range(8, 16), (47, 108), range(112, 116)),
    "organ": (range(16, 24),),
    "guitar": (range(24, 32), (46,), range(104, 108)),
    "bass": (range(32, 40),),
    "solo strings": (range(40, 46), (110,)),
    "string ensemble": (range(48, 52), (55,)),
    "voice": (range(52, 55),),
    "brass": (range(56, 64),),
    "reed": (range(64, 72), (109, 111)),
    "pipe": (range(72, 80),),
    "lead": (range(80, 88),),
    "pad": (range(88, 104),),
}

GROUP_PROGRAMS: dict[str, tuple[int, ...]] = {
    name: tuple(sorted(p for part in parts for p in part)) for name, parts in _PROGRAMS.items()
}
USED_PROGRAMS: tuple[int, ...] = tuple(sorted(p for programs in GROUP_PROGRAMS.values() for p in programs))


def _group_of_program() -> npt.NDArray[np.int64]:
    table = np.full(128, -1, np.int64)
    for name, programs in GROUP_PROGRAMS.items():
        table[list(programs)] = GROUP_INDEX[name]
    return table


GROUP_OF_PROGRAM = _group_of_program()
"""(128,) index into `GROUPS`, or -1 for the sound effects, which are not used."""

_RANGES: dict[int, tuple[int, int]] = {
    **dict.fromkeys(range(6), (24, 104)), 6: (36, 89), 7: (36, 89),
    8: (60, 105), 9: (72, 105), 10: (60, 96), 11: (53, 89), 12: (45, 96), 13: (65, 105), 14: (60, 77),
    15: (48, 84), **dict.fromkeys(range(16, 21), (36, 96)), 21: (48, 89), 22: (55, 91), 23: (48, 89),
    **dict.fromkeys(range(24, 31), (40, 84)), 31: (52, 88), **dict.fromkeys(range(32, 40), (28, 60)),
    40: (55, 100), 41: (48, 88), 42: (36, 76), 43: (28, 60), 44: (40, 88), 45: (36, 88), 46: (30, 96),
    47: (36, 57), **dict.fromkeys(range(48, 52), (30, 92)), **dict.fromkeys(range(52, 55), (43, 79)),
    55: (48, 77), 56: (54, 84), 57: (40, 72), 58: (29, 58), 59: (54, 82), 60: (40, 77), 61: (40, 82),
    62: (36, 90), 63: (36, 90), 64: (56, 88), 65: (49, 81), 66: (44, 76), 67: (36, 69), 68: (58, 91),
    69: (52, 81), 70: (34, 72), 71: (50, 91), 72: (74, 106), 73: (60, 96), 74: (60, 93), 75: (58, 91),
    76: (55, 91), 77: (55, 84), 78: (60, 96), 79: (60, 91), **dict.fromkeys(range(80, 88), (36, 96)),
    **dict.fromkeys(range(88, 104), (36, 90)), 104: (48, 77), 105: (48, 84), 106: (50, 79), 107: (55, 84),
    108: (48, 79), 109: (50, 79), 110: (55, 96), 111: (58, 84), 112: (72, 96), 113: (60, 80), 114: (52, 89),
    115: (60, 84),
}  # fmt: skip
RANGES: tuple[tuple[int, int], ...] = tuple(_RANGES.get(p, (40, 84)) for p in range(128))
"""Lowest and highest pitch a composer would write for each program."""


def _decaying() -> npt.NDArray[np.bool_]:
    table = np.zeros(128, np.bool_)
    for span in (range(16), range(24, 29), range(31, 39), range(45, 48), range(104, 109), range(112, 116)):
        table[list(span)] = True
    return table


DECAYING = _decaying()
"""(128,) whether a struck or plucked sound dies by itself, so that a pedal or let-ring makes sense."""
