"""The bytes of a standard MIDI file: what is written for songs of any length, without an object per event.

Source: Standard MIDI Files 1.0 (MIDI Manufacturers Association, RP-001).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

TRACK_NAME, PORT, END_OF_TRACK, SET_TEMPO, TIME_SIGNATURE = 0x03, 0x21, 0x2F, 0x51, 0x58
QUARTER = 2
"""A quarter as the power of two that a time signature counts in."""
_CLOCKS_PER_CLICK, _THIRTY_SECONDS_PER_QUARTER = 24, 8
_NOTE_ON, _PROGRAM_CHANGE = 0x90, 0xC0

TickNote = tuple[int, int, int, int]
"""On, off, pitch, velocity."""


def file_bytes(tracks: Iterable[bytes], ticks_per_quarter: int) -> bytes:
    """A file of format 1 with the contents of its tracks."""
    chunks = [b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks]
    return b"MThd" + struct.pack(">IHHH", 6, 1, len(chunks), ticks_per_quarter) + b"".join(chunks)


def meta(kind: int, data: bytes = b"", *, delta: int = 0) -> bytes:
    """An event that is not sent to instruments, `delta` ticks after the one before."""
    return number(delta) + bytes((0xFF, kind)) + number(len(data)) + data


def set_tempo(beat_microseconds: int, *, delta: int = 0) -> bytes:
    """The length of a quarter."""
    return meta(SET_TEMPO, beat_microseconds.to_bytes(3, "big"), delta=delta)


def time_signature(quarters: int, *, delta: int = 0) -> bytes:
    """So many quarters to a bar."""
    data = bytes((quarters, QUARTER, _CLOCKS_PER_CLICK, _THIRTY_SECONDS_PER_QUARTER))
    return meta(TIME_SIGNATURE, data, delta=delta)


def program_change(channel: int, program: int) -> bytes:
    """What plays a channel from here on."""
    return bytes((0, _PROGRAM_CHANGE | channel, program))


def note_events(notes: Iterable[TickNote], channel: int) -> bytes:
    """Notes as events after tick 0 and behind a `program_change`; at one tick, a pitch ends before it begins.

    Only the first event says what it is (running status); an end is a start of velocity 0.
    """
    events: list[tuple[int, int, int]] = []
    for on, off, pitch, velocity in notes:
        events.append((on, pitch, velocity))
        events.append((off, pitch, 0))
    events.sort()
    parts, now, status = [], 0, bytes((_NOTE_ON | channel,))
    for tick, pitch, velocity in events:
        parts.append(number(tick - now) + status + bytes((pitch, velocity)))
        now, status = tick, b""
    return b"".join(parts)


def number(value: int) -> bytes:
    """A number of variable length: seven bits a byte, all but the last with the eighth set."""
    if value < 0x80:
        return _SHORT[value]
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


_SHORT = tuple(bytes((value,)) for value in range(0x80))
