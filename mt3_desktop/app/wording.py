"""Numbers as people read them: "1:52", "184 MB", "1 note", "1,204 notes"."""

from __future__ import annotations


def size(n_bytes: float) -> str:
    """An amount of data: "812 kB", "184 MB", "1.2 GB" (powers of ten, as disks are sold)."""
    if n_bytes < 1e6:
        return f"{n_bytes / 1e3:.0f} kB"
    if n_bytes < 1e9:
        return f"{n_bytes / 1e6:.0f} MB"
    return f"{n_bytes / 1e9:.1f} GB"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 note", "1,204 notes"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
