"""One window for each home folder: a program that is started again hands its files to the first."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import QEventLoop, QFileSystemWatcher, QLockFile, QObject, QTimer, Signal, Slot

from mt3_desktop.core.store.disk import write_json

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""How long the first program may take to fetch what it is handed, for example while it loads torch."""

_LOOK_MS = 50
_SUFFIX = ".json"


class Presence(QObject):
    """The claim of a program on its home folder, and the door at which later ones knock.

    Two programs that write the same songs would undo each other's work. The lock names the process, so the
    one that a killed program left counts for nothing. It is Qt's: importing filelock would delay the first
    picture.

    Signals:
        called: (paths: tuple[Path, ...]) another program was started with these files, perhaps none.
    """

    called = Signal(object)

    def __init__(self, root: Path, parent: QObject | None = None) -> None:
        """Claim nothing yet.

        Args:
            root: the home folder.
            parent: owner.
        """
        super().__init__(parent)
        self._lock = QLockFile(str(root / "window.lock"))
        self._lock.setStaleLockTime(0)  # never by age alone: a window may be open for weeks
        self._door = root / "calls"
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self.answer)

    def claim(self) -> bool:
        """Claim the home folder and open the door.

        Returns:
            Whether it is ours; a folder that cannot be written belongs to whoever asks.
        """
        try:
            self._door.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.warning("can't lock %s: %s", self._lock.fileName(), error)
            return True
        if self._lock.tryLock(0):
            self._watcher.addPath(str(self._door))
            return True
        if self._lock.error() is QLockFile.LockError.LockFailedError:
            return False
        log.warning("can't lock %s: %s", self._lock.fileName(), self._lock.error().name)
        return True

    @Slot()
    def answer(self) -> None:
        """Fetch what other programs have handed over."""
        for call in sorted(self._door.glob(f"*{_SUFFIX}")):
            try:
                stated = json.loads(call.read_text(encoding="utf-8"))
                call.unlink()
                paths = tuple(Path(name) for name in stated["files"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("a call is not understood: %s", error)
                continue
            log.info("called with %d files", len(paths))
            self.called.emit(paths)

    def close(self) -> None:
        """Give the home folder back."""
        if self._watcher.directories():
            self._watcher.removePath(str(self._door))
        self._lock.unlock()


def hand_over(root: Path, files: Iterable[Path], *, patience: float = ANSWER_SECONDS) -> bool:
    """Hand files to the program that has claimed a home folder, and have it come to the front.

    An application must exist: its events go on meanwhile.

    Args:
        root: the home folder.
        files: perhaps none.
        patience: seconds to wait for the answer.

    Returns:
        Whether it fetched them.

    Raises:
        OSError: if the folder cannot be written.
    """
    call = root / "calls" / f"{uuid4().hex}{_SUFFIX}"
    write_json(call, {"files": [str(path.absolute()) for path in files]})
    waiting, look = QEventLoop(), QTimer()
    look.setInterval(_LOOK_MS)
    look.timeout.connect(lambda: None if call.exists() else waiting.quit())
    look.start()
    QTimer.singleShot(round(1000 * patience), waiting.quit)
    waiting.exec()
    was_fetched = not call.exists()
    call.unlink(missing_ok=True)
    return was_fetched
