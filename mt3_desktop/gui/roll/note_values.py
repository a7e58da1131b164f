"""The values of a note as text, and as a person types them: for the table and the inspector."""

from __future__ import annotations

import re
from dataclasses import replace

from mt3_desktop.core.values import Note
from mt3_desktop.gui.pitch_box import pitch_of
from mt3_desktop.gui.roll.editing import MIN_DURATION
from mt3_desktop.gui.roll.time_grid import format_seconds


def onset_text(note: Note) -> str:
    """Where it begins: "0:41.25"."""
    return format_seconds(note.onset, 0.01)


def duration_text(note: Note) -> str:
    """How long it is: "0.52 s"."""
    return f"{note.duration:.2f} s"


def velocity_text(note: Note) -> str:
    """How loud it is: "90"."""
    return str(note.velocity)


def parse_seconds(text: str) -> float | None:
    """Seconds from "65.25", "1:05.25" or "1:00:05"; None if it is none of these."""
    parts = text.strip().removesuffix("s").strip().replace(",", ".").split(":")
    if len(parts) > 3 or not all(re.fullmatch(r"\d+(\.\d*)?", part) for part in parts):
        return None
    seconds = 0.0
    for part in parts:
        seconds = 60.0 * seconds + float(part)
    return seconds


def with_onset(note: Note, text: str) -> Note | None:
    """The note, beginning where a text says; as long as before. None if it says nothing, as with the rest."""
    seconds = parse_seconds(text)
    if seconds is None:
        return None
    return replace(note, onset=seconds, offset=seconds + note.duration)


def with_duration(note: Note, text: str) -> Note | None:
    """The note, as long as a text says."""
    seconds = parse_seconds(text)
    return None if seconds is None else replace(note, offset=note.onset + max(seconds, MIN_DURATION))


def with_pitch(note: Note, text: str) -> Note | None:
    """The note at the pitch that a text names: "C4", or a number."""
    pitch = pitch_of(text)
    return None if pitch is None else replace(note, pitch=pitch)


def with_velocity(note: Note, text: str) -> Note | None:
    """The note, as loud as a text says."""
    return replace(note, velocity=int(text)) if text.isdecimal() and 1 <= int(text) <= 127 else None
