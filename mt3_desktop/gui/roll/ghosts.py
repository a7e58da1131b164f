"""Ghosts: notes that the clean-up hides, pale behind those that stay."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtGui import QColor

from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.notes import Ink, NotesLayer, inks
from mt3_desktop.gui.roll.rows import Rows
from mt3_desktop.gui.roll.store import NoteStore
from mt3_desktop.gui.theme import tokens

DEPTH = -1.0


class GhostLayer(NotesLayer):
    """Draws notes that are not there: they are pale and can't be clicked."""

    def __init__(self, rows: Rows) -> None:
        self._ghosts = NoteStore()
        super().__init__(self._ghosts, rows)
        self.setZValue(DEPTH)

    def set_ghosts(self, notes: Collection[Note], tracks: Collection[Track]) -> None:
        """Show these notes in the pale colours of their tracks; in grey where the whole track is gone."""
        if not notes and not len(self._ghosts):
            return
        self._ghosts.set(notes)
        self.ink_like(tracks)

    def ink_like(self, tracks: Collection[Track]) -> None:
        """Take over colours, and which tracks are shown."""
        known = {track.instrument for track in tracks}
        grey = Ink(QColor(tokens().faint), is_dim=True, has_stripe=False)
        colours = {instrument: grey for instrument in self._ghosts.parts if instrument not in known}
        for instrument, ink in inks(tracks, None).items():
            colours[instrument] = Ink(ink.colour, is_dim=True, has_stripe=ink.has_stripe)
        self.set_inks(colours)
