"""A checkpoint small enough to be fetched a hundred times."""

from __future__ import annotations

import hashlib
import random

from mt3_desktop.core.specs import Checkpoint, Mirror

CONTENT = random.Random(7).randbytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def checkpoint_at(*mirrors: Mirror, sha256: str = SHA256, is_hash_inferred: bool = False) -> Checkpoint:
    """The entry of `CONTENT` in a catalogue."""
    return Checkpoint(
        sha256=sha256,
        size_bytes=len(CONTENT),
        filename="mt3.pth",
        mirrors=mirrors,
        licence="none stated",
        is_hash_inferred=is_hash_inferred,
    )
