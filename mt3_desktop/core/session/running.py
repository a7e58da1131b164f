"""Whether the run before came to its end: a mark beside the sessions that only an orderly end removes."""

from __future__ import annotations

from pathlib import Path

MARK = "running"


def begin_run(folder: Path) -> int | None:
    """Leave the mark of a run that begins.

    Returns:
        When the run before began, as `st_mtime_ns` of its files says, if it did not come to its end: what was
        written since is what it left behind. None after an orderly end.

    Raises:
        OSError: if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / MARK
    try:
        began = mark.stat().st_mtime_ns
    except FileNotFoundError:
        began = None
    mark.write_bytes(b"")
    return began


def end_run(folder: Path) -> None:
    """Remove the mark, as everything is on disk.

    Raises:
        OSError: if the folder cannot be written.
    """
    (folder / MARK).unlink(missing_ok=True)
