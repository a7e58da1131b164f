"""The notes: one layer that draws any number of them, only where something is exposed.

Where few are visible they are rounded and named; in thousands they are plain rectangles from numpy memory;
and zoomed far out, while the view moves, they are a picture with one column per pixel.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen, QTransform

from mt3_desktop.core.instruments import pitch_name
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.canvas import Layer
from mt3_desktop.gui.roll.rects import RectBuffer, Rects
from mt3_desktop.gui.roll.rows import Rows
from mt3_desktop.gui.roll.store import (
    OFFSET,
    ONSET,
    PITCH,
    SELECTED,
    UNSURE,
    VELOCITY,
    Columns,
    NoteStore,
    columns_of,
)
from mt3_desktop.gui.theme import blend, note_colour, note_has_pattern, tokens

MAX_ROUNDED = 700
"""Notes drawn one by one, rounded and named; more are drawn as rectangles in one call."""
MAX_MOVING = 3000
"""Notes drawn sharp while the view moves; more become a density image until it rests."""
MAX_SHARP = 20_000
"""Notes drawn sharp at rest."""
DIM = 0.22
PALE = 0.45
DRUM_PX = 6.5
"""Half a diamond; smaller where rows are low or…"""
DRUM_SECONDS = 0.13
"""…a diamond would cover more time than this, so that fast hi-hats stay apart."""
DRUM_MIN_PX = 2.0
SQRT2 = 2.0**0.5


@dataclass(frozen=True, slots=True)
class Ink:
    """How the notes of one instrument are drawn.

    Attributes:
        colour: of its notes.
        is_dim: muted, or others are soloed or in the spotlight.
        has_stripe: told from the instrument of the same hue by a stripe.
    """

    colour: QColor
    is_dim: bool
    has_stripe: bool


def inks(tracks: Collection[Track], spotlight: Instrument | None) -> dict[Instrument, Ink]:
    """Instrument → how its notes are drawn, for all that are shown."""
    any_solo = any(track.soloed for track in tracks)
    found = {}
    for track in tracks:
        if not track.shown:
            continue
        is_silent = track.muted or (any_solo and not track.soloed)
        is_dim = is_silent if spotlight is None else track.instrument != spotlight
        found[track.instrument] = Ink(note_colour(track.colour), is_dim, note_has_pattern(track.colour))
    return found


class NotesLayer(Layer):
    """Draws the notes of a store on the rows of a canvas."""

    def __init__(self, store: NoteStore, rows: Rows) -> None:
        super().__init__(len(rows), depth=0.0)
        self._store = store
        self._rows = rows
        self._inks: Mapping[Instrument, Ink] = {}
        self._sounding: dict[Instrument, list[Note]] = {}
        self._is_moving = False
        self._buffer = RectBuffer()
        self.drawn = 0

    def set_rows(self, rows: Rows) -> None:
        """Change what the rows are."""
        self._rows = rows
        self.set_row_count(len(rows))

    def set_inks(self, by_instrument: Mapping[Instrument, Ink]) -> None:
        """Change colours and which instruments are shown."""
        self._inks = by_instrument
        self.update()

    def set_sounding(self, notes: Collection[Note]) -> None:
        """Draw these pale: they still sound where the machine listens."""
        self._sounding = {}
        for note in notes:
            self._sounding.setdefault(note.instrument, []).append(note)
        self.update()

    def set_moving(self, is_moving: bool) -> None:
        """While moving, many notes are drawn as an image; sharp again at rest."""
        if is_moving != self._is_moving:
            self._is_moving = is_moving
            if not is_moving and self.drawn > MAX_MOVING:
                self.update()

    def update_between(self, start: float, end: float) -> None:
        """Draw again what lies in these seconds."""
        self.update(QRectF(start, 0.0, end - start, float(len(self._rows))))

    def draw(self, painter: QPainter, exposed: QRectF, transform: QTransform) -> None:
        """Draw the notes that touch what is exposed."""
        seen: list[tuple[Instrument, Ink, Columns]] = []
        for instrument in self._order():
            columns = self._store.parts[instrument].seen(*self._reach(exposed, transform))
            if columns.shape[1]:
                seen.append((instrument, self._inks[instrument], columns))
        self.drawn = sum(columns.shape[1] for _, _, columns in seen)
        if self.drawn > (MAX_MOVING if self._is_moving else MAX_SHARP):
            self._draw_image(painter, seen, exposed, transform)
        else:
            is_fine = self.drawn <= MAX_ROUNDED and abs(transform.m22()) >= 7
            for instrument, ink, columns in seen:
                part = self._store.parts[instrument]
                self._draw_columns(
                    painter, ink, columns, transform, is_fine=is_fine, has_velocities=part.has_velocities
                )
        for instrument, notes in self._sounding.items():
            if instrument in self._inks and instrument.is_drum == self._rows.is_drum:
                self._draw_sounding(painter, self._inks[instrument], notes, transform)

    def _order(self) -> list[Instrument]:
        """The instruments to draw: the dim ones first, then long notes under short ones."""
        parts = self._store.parts
        mine = [i for i in self._inks if i in parts and i.is_drum == self._rows.is_drum and parts[i].notes]
        return sorted(mine, key=lambda i: (not self._inks[i].is_dim, -parts[i].mean_duration))

    def _reach(self, exposed: QRectF, transform: QTransform) -> tuple[float, float, float, float]:
        """Seconds and pitches in which notes may touch the exposed part."""
        if (
            self._rows.is_drum
        ):  # a diamond reaches to both sides of its onset, and lives in a row, not a pitch
            reach = DRUM_PX * 2.0 / transform.m11()
            return exposed.left() - reach, exposed.right() + reach, 0.0, 128.0
        return exposed.left(), exposed.right(), exposed.top(), exposed.bottom()

    # --- notes as shapes ---

    def _rects(self, columns: Columns, transform: QTransform) -> Rects:
        """(n, 4) rectangles in pixels; never thinner than one pixel."""
        sx, dx, sy, dy = transform.m11(), transform.dx(), transform.m22(), transform.dy()
        height = abs(sy)
        gap = 1.0 if height >= 5 else 0.0
        rects = self._buffer.view(columns.shape[1])
        np.multiply(columns[ONSET], sx, out=rects[:, 0])
        rects[:, 0] += dx
        width = (columns[OFFSET] - columns[ONSET]) * sx
        rects[:, 2] = np.maximum(np.where(width > 3.0, width - gap, width), 1.0)
        rows = self._rows.table[columns[PITCH].astype(np.int64)]
        np.multiply(rows + 1, sy, out=rects[:, 1])
        rects[:, 1] += dy
        rects[:, 3] = max(height - gap, 1.0)
        return rects

    def _diamonds(self, columns: Columns, transform: QTransform) -> Rects:
        """(n, 4) squares in a system turned by 45°, where the axis-parallel squares are diamonds."""
        sx, dx, sy, dy = transform.m11(), transform.dx(), transform.m22(), transform.dy()
        largest = min(abs(sy) * 0.46, max(sx * DRUM_SECONDS, DRUM_MIN_PX), DRUM_PX)
        radius = largest * (0.7 + 0.3 * columns[VELOCITY] / 127.0)
        x = columns[ONSET] * sx + dx
        y = (self._rows.table[columns[PITCH].astype(np.int64)] + 0.5) * sy + dy
        side = radius * SQRT2
        rects = self._buffer.view(columns.shape[1])
        rects[:, 0] = (x + y) / SQRT2 - side / 2.0
        rects[:, 1] = (y - x) / SQRT2 - side / 2.0
        rects[:, 2] = side
        rects[:, 3] = side
        return rects

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
        """Draw the notes of one instrument."""
        if self._rows.is_drum:
            self._draw_drums(painter, ink, columns, transform)
            return
        unsure = columns[UNSURE] > 0.0
        chosen = columns[SELECTED] > 0.0
        sure_columns = columns[:, ~unsure & ~chosen]
        fill = self._fill(ink)
        if sure_columns.shape[1]:
            rects = self._rects(sure_columns, transform)
            kept = rects.copy() if is_fine or ink.has_stripe else rects  # the buffer is used again below
            self._draw_rects(painter, rects, QBrush(fill), is_fine)
            if ink.has_stripe:
                self._draw_stripes(painter, kept)
            if is_fine and not ink.is_dim:
                self._draw_details(painter, kept, sure_columns, fill, has_velocities)
        if unsure.any():
            some = columns[:, unsure & ~chosen]
            self._draw_unsure(painter, self._rects(some, transform), fill)
        if chosen.any():
            self._draw_chosen(painter, columns[:, chosen], ink, transform)

    def _fill(self, ink: Ink, share: float = 1.0) -> QColor:
        """Colour of an instrument's notes, dimmed over the rows where it must be."""
        share = share * (DIM if ink.is_dim else 1.0)
        return blend(ink.colour, QColor(tokens().row), share) if share < 1.0 else ink.colour

    def _draw_rects(self, painter: QPainter, rects: Rects, brush: QBrush, is_fine: bool) -> None:
        painter.setBrush(brush)
        if not is_fine:
            painter.setPen(Qt.PenStyle.NoPen)
            self._buffer.draw(painter, len(rects))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(blend(QColor(tokens().row), brush.color(), 0.35), 1.0))
        for left, top, width, height in rects.tolist():
            if width < 4.0:
                painter.fillRect(QRectF(left, top, width, height), brush)
            else:
                radius = min(2.5, height / 5.0)
                box = QRectF(left + 0.5, top + 0.5, width - 1.0, height - 1.0)
                painter.drawRoundedRect(box, radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_stripes(self, painter: QPainter, rects: Rects) -> None:
        """A stripe through the middle, for instruments whose hue another one has."""
        height = rects[0, 3]
        stripes = rects.copy()
        stripes[:, 3] = max(height * 0.25, 1.0)
        stripes[:, 1] += (height - stripes[:, 3]) / 2.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens().row))
        self._buffer.draw(painter, self._buffer.fill(stripes))

    def _draw_details(
        self, painter: QPainter, rects: Rects, columns: Columns, fill: QColor, has_velocities: bool
    ) -> None:
        """Names of the notes, and a line as long as the note is loud."""
        height = rects[0, 3]
        ink = QColor("#0B0D10" if fill.lightnessF() > 0.45 else "#FFFFFF")
        if height >= 11.0:
            font = QFont(painter.font())
            font.setPixelSize(int(min(height - 3.0, 11.0)))
            painter.setFont(font)
            painter.setPen(ink)
            pitches = columns[PITCH].astype(np.int64).tolist()
            room = font.pixelSize() * 2.6
            for (left, top, width, _), pitch in zip(rects.tolist(), pitches, strict=True):
                if width > room:
                    box = QRectF(left + 4.0, top, width - 6.0, height)
                    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, pitch_name(pitch))
        if has_velocities and height >= 9.0:
            lines = rects.copy()
            lines[:, 0] += 3.0
            lines[:, 1] += height - 3.5
            lines[:, 2] = np.maximum(rects[:, 2] - 6.0, 0.0) * columns[VELOCITY] / 127.0
            lines[:, 3] = 1.5
            ink.setAlphaF(0.55)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            self._buffer.draw(painter, self._buffer.fill(lines))

    def _draw_unsure(self, painter: QPainter, rects: Rects, fill: QColor) -> None:
        """Hatched, with an outline: told from the sure ones without colour."""
        if not len(rects):
            return
        rects[:, 2:] = np.maximum(rects[:, 2:] - 1.0, 1.0)
        painter.setPen(QPen(fill, 1.0))
        painter.setBrush(QBrush(blend(fill, QColor(tokens().row), 0.12)))
        self._buffer.draw(painter, len(rects))
        painter.setBrush(QBrush(fill, Qt.BrushStyle.BDiagPattern))
        self._buffer.draw(painter, len(rects))

    def _draw_chosen(self, painter: QPainter, columns: Columns, ink: Ink, transform: QTransform) -> None:
        """Selected: lighter (darker on white), with a strong outline."""
        rects = self._rects(columns, transform)
        table = tokens()
        painter.setPen(QPen(QColor(table.text), 2.0, Qt.PenStyle.SolidLine, j=Qt.PenJoinStyle.MiterJoin))
        painter.setBrush(blend(QColor(table.text), ink.colour, 0.30))
        rects[:, :2] += 1.0
        rects[:, 2:] = np.maximum(rects[:, 2:] - 2.0, 1.0)
        self._buffer.draw(painter, len(rects))

    def _draw_drums(
        self, painter: QPainter, ink: Ink, columns: Columns, transform: QTransform, *, share: float = 1.0
    ) -> None:
        """Diamonds at the onsets: drums have no length worth drawing."""
        painter.save()
        painter.rotate(45.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.drawn <= MAX_MOVING)
        fill = self._fill(ink, share)
        unsure, chosen = columns[UNSURE] > 0.0, columns[SELECTED] > 0.0
        table = tokens()
        for mask, pen, brush in (
            (~unsure & ~chosen, QPen(Qt.PenStyle.NoPen), QBrush(fill)),
            (unsure & ~chosen, QPen(fill, 1.5), QBrush(Qt.BrushStyle.NoBrush)),
            (chosen, QPen(QColor(table.text), 1.5), QBrush(QColor(table.accent))),
        ):
            some = columns if mask.all() else columns[:, mask]
            if some.shape[1]:
                painter.setPen(pen)
                painter.setBrush(brush)
                self._buffer.draw(painter, len(self._diamonds(some, transform)))
        painter.restore()

    def _draw_sounding(self, painter: QPainter, ink: Ink, notes: list[Note], transform: QTransform) -> None:
        """Notes that are not final yet: pale, and open to the right."""
        if self._rows.is_drum:
            self._draw_drums(painter, ink, columns_of(notes), transform, share=PALE)
            return
        sx, dx, sy, dy = transform.m11(), transform.dx(), transform.m22(), transform.dy()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._fill(ink, PALE))
        rects = self._buffer.view(len(notes))
        rects[:, 0] = [note.onset * sx + dx for note in notes]
        rects[:, 1] = [(int(self._rows.table[note.pitch]) + 1) * sy + dy for note in notes]
        rects[:, 2] = [max(note.duration * sx, 1.0) for note in notes]
        rects[:, 3] = max(abs(sy) - 1.0, 1.0)
        self._buffer.draw(painter, len(notes))

    # --- notes as a picture ---

    def _draw_image(
        self,
        painter: QPainter,
        seen: list[tuple[Instrument, Ink, Columns]],
        exposed: QRectF,
        transform: QTransform,
    ) -> None:
        """One column per pixel, one row per row, indices into a colour table."""
        density = painter.device().devicePixelRatio()
        sx, dx = transform.m11() * density, transform.dx() * density
        left = int(np.floor(exposed.left() * sx + dx))
        width = int(np.ceil(exposed.right() * sx + dx)) - left + 1
        n_rows = len(self._rows)
        pixels = np.zeros((n_rows, (width + 3) // 4 * 4), np.uint8)
        colours = [0]
        for _, ink, columns in seen:
            colours.append(self._fill(ink).rgba())
            start = np.maximum((columns[ONSET] * sx + (dx - left)).astype(np.int64), 0)
            end = np.minimum((columns[OFFSET] * sx + (dx - left)).astype(np.int64), width - 1)
            row = n_rows - 1 - self._rows.table[columns[PITCH].astype(np.int64)]
            if self._rows.is_drum:
                end = start
            inside = start < width
            start, end, row = start[inside], end[inside], row[inside]
            while len(start):  # once per pixel of the longest note, not per note
                pixels[row, start] = len(colours) - 1
                start = start + 1
                going = start < end
                start, end, row = start[going], end[going], row[going]
        image = QImage(pixels.data, width, n_rows, pixels.shape[1], QImage.Format.Format_Indexed8)
        image.setColorTable(colours)
        top = n_rows * transform.m22() + transform.dy()
        target = QRectF(left / density, top, width / density, n_rows * abs(transform.m22()))
        painter.drawImage(target, image)
