"""The files of one export: where each goes, so that none of them stands in the way of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from mt3_desktop.app.recycle_bin import Binned, to_bin
from mt3_desktop.app.settings import Existing
from mt3_desktop.core import export
from mt3_desktop.core.errors import NotWritable


def numbered(wanted: Iterable[Path]) -> tuple[Path, ...]:
    """Wanted paths as one export would give them away on an empty disk: equal ones are numbered."""
    given: list[Path] = []
    for path in wanted:
        given.append(export.unused(path, taken=given))
    return tuple(given)


class SavedFiles:
    """Puts the files of one export into their places.

    Two songs may be called the same, and one song may have been heard by two models; a file that this export
    has written counts as taken for the rest of it, whatever is to happen to files from before.

    Attributes:
        written: the files, in order.
        binned: the files from before that were replaced.
    """

    def __init__(self, existing: Existing, *, discard: Callable[[Path], Binned] = to_bin) -> None:
        """Begin an export.

        Args:
            existing: what happens to a file from before that has the same name; "ask" counts as "number".
            discard: puts a file into the bin.
        """
        self.written: list[Path] = []
        self.binned: list[Binned] = []
        self._replaces = existing == "replace"
        self._discard = discard

    def put(self, wanted: Path, write: Callable[[Path], object]) -> Path:
        """Write a file; one that it replaces goes to the bin once its successor is complete.

        Args:
            wanted: its path, if nothing is in the way.
            write: writes it to the path that it is given.

        Returns:
            Where it is.

        Raises:
            NotWritable: if the file from before cannot be replaced.
            MT3Error: as `write`.
        """
        target = export.unused(wanted, taken=self.written, also_on_disk=not self._replaces)
        fresh = export.unused(target, also_on_disk=True)
        write(fresh)
        self.written.append(fresh)
        if fresh != target:
            self._replace(target, fresh)
            self.written[-1] = target
        return target

    def _replace(self, path: Path, fresh: Path) -> None:
        try:
            self.binned.append(self._discard(path))
            fresh.replace(path)
        except OSError as error:
            raise NotWritable(
                f'Can\'t replace "{path.name}".',
                hint=f'The notes were saved as "{fresh.name}" beside it.',
                detail=str(error),
            ) from error
