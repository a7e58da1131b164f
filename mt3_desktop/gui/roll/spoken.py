"""A note in words: for tooltips, and for those who hear the screen."""

from __future__ import annotations

from html import escape

from mt3_desktop.core.instruments import drum_name, pitch_name
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.store import UNSURE_BELOW
from mt3_desktop.gui.roll.time_grid import format_seconds

POSSIBLE = "Possible note"
ROUND_LENGTHS = ((0.25, "a quarter of a second"), (0.5, "half a second"), (1.0, "one second"))


def note_name(note: Note) -> str:
    """What the note is: "C4", or "Bass drum"."""
    return drum_name(note.pitch) if note.is_drum else pitch_name(note.pitch)


def describe(note: Note, track: str, *, offer: str = "") -> str:
    """A spoken summary: "Piano, C4, starts 0:41.2, lasts half a second, unsure".

    Args:
        note: which.
        track: the name of its track, or "".
        offer: what it is if it is no note yet: `POSSIBLE`, or who heard it.
    """
    parts = [offer]
    parts += [track, note_name(note), f"starts {format_seconds(note.onset, 0.1)}"]
    if not note.is_drum:
        parts.append(f"lasts {_length(note.duration)}")
    if note.confidence is not None and note.confidence < UNSURE_BELOW and not offer:
        parts.append("unsure")
    return ", ".join(part for part in parts if part)


def tooltip(note: Note, track: str, *, offer: str = "") -> str:
    """What hovering a note shows; with an `offer` as in `describe`."""
    lines = [
        f"<b>{note_name(note)}</b> &nbsp;{track}",
        f"Starts {format_seconds(note.onset, 0.01)}",
    ]
    if not note.is_drum:
        lines.append(f"Lasts {note.duration:.2f} s")
    lines.append(f"Velocity {note.velocity}")
    if note.confidence is not None:
        lines.append(f"Confidence {round(100 * note.confidence)} %")
    if offer:
        lines.append(f"{escape(offer)}: double-click or Enter accepts it")
    return "<br>".join(lines)


def _length(seconds: float) -> str:
    for value, words in ROUND_LENGTHS:
        if abs(seconds - value) < 0.03:
            return words
    return f"{seconds:.1f} seconds" if seconds >= 0.1 else f"{seconds:.2f} seconds"
