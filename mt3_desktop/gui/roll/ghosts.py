"""Notes that are not there: hidden by the clean-up, doubted by the model, or heard by another one."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.notes import Ink, NotesLayer, inks
from mt3_desktop.gui.roll.rows import Rows
from mt3_desktop.gui.roll.store import Columns, NoteStore
from mt3_desktop.gui.theme import blend, tokens

DEPTH = -1.0
ABOVE = 0.5
OUTLINE = 0.75
"""How much of a note's colour the outline of a candidate has: less than that of an unsure note."""
FAINT = 0.3
"""How much of a ghost's pale colour fills a candidate."""
OWN_HUE = 0.5
"""How much of its track's colour an outline over filled notes has; the rest is that of text."""


class GhostLayer(NotesLayer):
    """Draws notes that are hidden: they are pale and can't be clicked."""

    def __init__(self, rows: Rows, ghosts: NoteStore | None = None) -> None:
        self._ghosts = NoteStore() if ghosts is None else ghosts
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


class CandidateLayer(GhostLayer):
    """Draws what might be notes with dotted outlines; who clicks one or steps to it can accept it."""

    def _draw_columns(
        self,
        painter: QPainter,
        ink: Ink,
        columns: Columns,
        transform: QTransform,
        *,
        is_fine: bool,
        has_velocities: bool,
    ) -> None:
        outline = blend(ink.colour, QColor(tokens().row), OUTLINE)
        self._draw_outlines(
            painter, columns, transform, QPen(outline, 1.0, Qt.PenStyle.DotLine), self._fill(ink, FAINT)
        )

    def _draw_outlines(
        self, painter: QPainter, columns: Columns, transform: QTransform, pen: QPen, fill: QColor
    ) -> None:
        painter.save()
        painter.setPen(pen)
        painter.setBrush(fill)
        if self._rows.is_drum:
            painter.rotate(45.0)
            self._buffer.draw(painter, len(self._diamonds(columns, transform)))
        else:
            rects = self._rects(columns, transform)
            rects[:, 2:] = np.maximum(rects[:, 2:] - 1.0, 1.0)
            self._buffer.draw(painter, len(rects))
        painter.restore()


class OtherLayer(CandidateLayer):
    """Draws the notes of another result with firm outlines, over those of the result on show."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self.setZValue(ABOVE)

    def _draw_columns(
        self,
        painter: QPainter,
        ink: Ink,
        columns: Columns,
        transform: QTransform,
        *,
        is_fine: bool,
        has_velocities: bool,
    ) -> None:
        text = QColor(tokens().text)
        clear = QColor(Qt.GlobalColor.transparent)
        pen = QPen(blend(ink.colour, text, OWN_HUE), 1.5, j=Qt.PenJoinStyle.MiterJoin)
        self._draw_outlines(painter, columns, transform, pen, clear)
