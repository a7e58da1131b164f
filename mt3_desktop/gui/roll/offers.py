"""What is offered to become a note: what the model thought possible, or what another result has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.panes import Panes
from mt3_desktop.gui.roll.state import RollState


@dataclass(frozen=True, slots=True)
class OtherResult:
    """Another result of the song, to be laid over it.

    Attributes:
        title: what the model is called.
        notes: all that it has: they are outlined.
        offered: those of them that can be accepted.
        tracks: give them their colours.
    """

    title: str
    notes: tuple[Note, ...]
    offered: tuple[Note, ...]
    tracks: tuple[Track, ...]


class Offers(QObject):
    """Shows one of the two at a time: candidates wait until the comparison is over.

    Signals:
        candidate_accepted: Note: make a note of this candidate.
        other_accepted: Note: take this one over from the other result.
    """

    candidate_accepted = Signal(object)
    other_accepted = Signal(object)

    def __init__(self, state: RollState, panes: Panes, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._panes = state, panes
        self._candidates: tuple[Note, ...] = ()
        self._other: OtherResult | None = None
        state.candidate_accepted.connect(self._on_accepted)

    def set_candidates(self, notes: Collection[Note]) -> None:
        """Show what might be notes, with dotted outlines."""
        self._candidates = tuple(notes)
        if self._other is None:
            self._offer(self._candidates)

    def set_other(self, other: OtherResult | None) -> None:
        """Lay another result over the notes, outlined; None: take it off."""
        if other is None and self._other is None:
            return
        self._other = other
        self._state.offered_by = "" if other is None else other.title
        for area in self._panes.areas:
            area.candidates.setVisible(other is None)
            area.others.set_ghosts(() if other is None else other.notes, self._tracks)
        self._offer(self._candidates if other is None else other.offered)

    def ink(self) -> None:
        """Take over the colours of the tracks, and which of them are shown."""
        for area in self._panes.areas:
            area.ghosts.ink_like(self._state.tracks)
            area.candidates.ink_like(self._state.tracks)
            area.others.ink_like(self._tracks)

    @property
    def _tracks(self) -> tuple[Track, ...]:
        """The tracks of the song, and those that only the other result has."""
        mine = self._state.tracks
        known = {track.instrument for track in mine}
        others = () if self._other is None else self._other.tracks
        return (*mine, *(track for track in others if track.instrument not in known))

    def _offer(self, notes: Collection[Note]) -> None:
        if not notes and not len(self._state.candidates):
            return
        self._state.set_candidates(notes)
        self._panes.show_drum_keys(self._state.drum_keys)
        for area in self._panes.areas:
            area.candidates.ink_like(self._state.tracks)

    @Slot(object)
    def _on_accepted(self, note: Note) -> None:
        (self.candidate_accepted if self._other is None else self.other_accepted).emit(note)
