"""Notes and candidates ↔ arrays: 20,000 notes are half a megabyte, written and read in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.candidates import CANDIDATE_TYPE, Candidates
from mt3_desktop.core.values import Note

NOTE_TYPE = np.dtype(
    [
        ("onset", "<f8"),
        ("offset", "<f8"),
        ("confidence", "<f8"),  # NaN where the model gives none
        ("pitch", "u1"),
        ("velocity", "u1"),
        ("program", "u1"),
        ("is_drum", "?"),
    ]
)

_BLOCK_NOTES = 1000
_ROW = attrgetter(*NOTE_TYPE.names or ())

NoteArray = npt.NDArray[Any]
"""(n,) of `NOTE_TYPE`."""


def notes_to_array(notes: Sequence[Note]) -> NoteArray:
    """Notes as one array, in their order.

    Made in blocks: within a call of numpy no other thread runs, and the window is one.
    """
    array = np.empty(len(notes), dtype=NOTE_TYPE)
    for start in range(0, len(notes), _BLOCK_NOTES):
        block = notes[start : start + _BLOCK_NOTES]
        array[start : start + len(block)] = [*map(_ROW, block)]  # None, a confidence not given, becomes NaN
    return array


def array_to_notes(array: NoteArray) -> tuple[Note, ...]:
    """The notes of an array.

    Raises:
        ValueError: if it holds what no note can be.
    """
    _check(array)
    return tuple(
        Note(
            onset,
            offset,
            pitch,
            velocity,
            program,
            is_drum,
            None if confidence != confidence else confidence,  # noqa: PLR0124 - only NaN differs from itself
        )
        for onset, offset, confidence, pitch, velocity, program, is_drum in array.tolist()
    )


def bytes_to_candidates(data: bytes) -> Candidates:
    """The candidates whose table was written as bytes.

    Raises:
        ValueError: if they hold what no candidate can be.
    """
    table = np.frombuffer(data, CANDIDATE_TYPE)
    is_rising = not (np.diff(table["onset"]) < 0).any()
    is_known = is_rising and np.isfinite(table["appears"]).all()
    # What sounds too short to be a note may end a little before its onset, which is known more finely.
    if not (is_known and _are_plain(table, "end").all()):
        raise ValueError("some values are none of a candidate")
    return Candidates(table)


def _check(array: NoteArray) -> None:
    if not (_are_plain(array, "offset") & (array["offset"] >= array["onset"])).all():
        raise ValueError("some values are none of a note")


def _are_plain(array: NoteArray, end: str) -> npt.NDArray[np.bool_]:
    """(n,) whether every number is one that MIDI and a clock know."""
    is_time = np.isfinite(array["onset"]) & np.isfinite(array[end]) & (array["onset"] >= 0)
    is_number = (array["pitch"] < 128) & (array["velocity"] < 128) & (array["program"] < 128)
    return np.asarray(is_time & is_number, dtype=np.bool_)
