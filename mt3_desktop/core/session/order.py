"""The order of the library: ids of sessions, one a line, in a file beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from mt3_desktop.core.export.files import write_atomically

NAME = "order.txt"


def save_order(folder: Path, session_ids: Iterable[str]) -> Path:
    """Keep the order of the sessions of a folder.

    Raises:
        NotWritable: if it cannot be written there.
        DiskFull: if there is no room.
    """
    content = "".join(f"{session_id}\n" for session_id in session_ids).encode()

    def write(file: BinaryIO) -> None:
        file.write(content)

    return write_atomically(folder / NAME, write)


def load_order(folder: Path) -> tuple[str, ...]:
    """The ids in their order; none if they were never kept, or cannot be read: nothing depends on them."""
    try:
        return tuple((folder / NAME).read_text("ascii").split())
    except (OSError, UnicodeDecodeError):
        return ()
