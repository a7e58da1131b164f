"""The window with a song, as it is started from the command line; says when it has got how far.

A process of its own for `startup`: `python -m benchmarks.first_use BEGUN HOME SONG`. Each line it writes is a
milestone and the seconds since `BEGUN` (of `time.time`).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mt3_desktop.app.job import JobState
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.gui import main as program

if TYPE_CHECKING:
    from mt3_desktop.gui.composition import Session


class _Watched(program.Opening):
    """An opening that tells when the window is painted, and follows its first song."""

    begun = 0.0

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._told: set[str] = set()
        self.window.painted.connect(lambda: self._tell("painted"))
        self.done.connect(self._follow)

    def _follow(self, session: Session) -> None:
        queue = session.services.queue

        def look(job_id: int) -> None:
            if len(queue.document(job_id).notes):
                self._tell("first note")

        def end(job_id: int) -> None:
            if queue.job(job_id).state is JobState.DONE:
                self._tell("finished")
            session.window.close()

        queue.job_changed.connect(look)
        queue.job_ended.connect(end)

    def _tell(self, milestone: str) -> None:
        if milestone not in self._told:
            self._told.add(milestone)
            sys.stdout.write(f"{milestone} {time.time() - self.begun:.3f}\n")
            sys.stdout.flush()


def main() -> int:
    """Run the window on a song until that is heard."""
    begun, home, song = sys.argv[1:]
    _Watched.begun = float(begun)
    program.Opening = _Watched
    return program.run(Locations.default(Path(home)), files=[Path(song)])


if __name__ == "__main__":
    sys.exit(main())
