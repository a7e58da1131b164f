"""Numbers as people read them, "184 MB", "1 note", "1,204 notes"; and names of the user's as they are."""

from __future__ import annotations

import html

from mt3_desktop.core.progress import clock

SONG_SECONDS = 180.0
"""Length of the song by which speeds are told."""


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 note", "1,204 notes"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def speed_text(cost: float | None) -> str:
    """What a model's measured speed means for a song: "a 3 min song takes about 0:50 here".

    Args:
        cost: seconds of work per second of sound, or None if nothing was measured.
    """
    if cost is None:
        return "speed here not yet measured"
    return f"a 3 min song takes about {clock(max(1.0, SONG_SECONDS * cost))} here"


def menu_text(text: str) -> str:
    """A name as the text of a menu entry or button, where "&" alone would mark a key: "Drum && Bass"."""
    return text.replace("&", "&&")


def tool_tip(text: str) -> str:
    """A name as a tool tip, where "<" might be taken for markup."""
    if "<" not in text:
        return text
    lines = html.escape(text, quote=False).replace("\n", "<br>")
    return f"<qt>{lines}</qt>"
