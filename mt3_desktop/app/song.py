"""A song of the library: a recording, and what holds for it whichever model listens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:  # sessions bring numpy along, which the first picture of the window can do without
    from mt3_desktop.core.session import Plain
    from mt3_desktop.core.tempo import Tempo


class Song(QObject):
    """A recording; the results of the models are `TranscriptionDocument`s that share it.

    Signals:
        tempo_changed: (tempo: Tempo | None) the user's bars.
        missing_changed: (is_missing: bool) the recording is not where it was, or is there again.
        touched: () something that a session keeps has changed.
    """

    tempo_changed = Signal(object)
    missing_changed = Signal(bool)
    touched = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        """Know a recording by its place only; nothing is read.

        Args:
            path: the recording.
            parent: owner.
        """
        super().__init__(parent)
        self._path = path
        self._duration = 0.0
        self._is_missing = False
        self._tempo: Tempo | None = None
        self._view: Mapping[str, Plain] = {}

    @property
    def path(self) -> Path:
        """Where the recording lies."""
        return self._path

    @property
    def name(self) -> str:
        """What people call it: the file's name without its ending."""
        return self._path.stem

    @property
    def duration(self) -> float:
        """Length of the recording in seconds; 0 until it is known."""
        return self._duration

    @property
    def is_missing(self) -> bool:
        """Whether somebody looked for the recording and did not find it."""
        return self._is_missing

    @property
    def tempo(self) -> Tempo | None:
        """The user's bars, or None as long as there are none."""
        return self._tempo

    @property
    def view(self) -> Mapping[str, Plain]:
        """How it was looked at last; empty if it never was."""
        return self._view

    def relocate(self, path: Path) -> None:
        """Tell where the recording lies now."""
        self._path = path
        self.set_missing(False)
        self.touched.emit()

    def set_missing(self, is_missing: bool) -> None:
        """Tell whether the recording was found."""
        if is_missing != self._is_missing:
            self._is_missing = is_missing
            self.missing_changed.emit(is_missing)

    def set_duration(self, seconds: float) -> None:
        """Tell the length of the recording."""
        if seconds != self._duration:
            self._duration = seconds
            self.touched.emit()

    def set_tempo(self, tempo: Tempo | None) -> None:
        """Lay other bars over the recording, or none."""
        if tempo != self._tempo:
            self._tempo = tempo
            self.tempo_changed.emit(tempo)
            self.touched.emit()

    def set_view(self, view: Mapping[str, Plain]) -> None:
        """Keep how it is looked at; the song itself makes nothing of it."""
        if view != self._view:
            self._view = view
            self.touched.emit()
