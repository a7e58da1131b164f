"""What lies under the notes: rows of keys, lines of time, the loop, and what was not heard yet."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QTransform

from mt3_desktop.core.tempo import Beats
from mt3_desktop.gui.roll.canvas import FAR, Layer
from mt3_desktop.gui.roll.rows import Rows
from mt3_desktop.gui.roll.time_grid import ticks
from mt3_desktop.gui.theme import tokens


class BackgroundLayer(Layer):
    """Rows in the shades of the keys; vertical lines of seconds or beats."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(len(rows), depth=-20.0)
        self._rows = rows
        self._beats: Beats | None = None

    def set_rows(self, rows: Rows) -> None:
        """Change what the rows are."""
        self._rows = rows
        self.set_row_count(len(rows))

    def set_beats(self, beats: Beats | None) -> None:
        """Lines at beats and bars, or (None) at seconds."""
        self._beats = beats
        self.update()

    def draw(self, painter: QPainter, exposed: QRectF, transform: QTransform) -> None:
        """Draw rows, then lines."""
        table = tokens()
        sy, dy = transform.m22(), transform.dy()
        left = exposed.left() * transform.m11() + transform.dx()
        width = exposed.width() * transform.m11()
        first = max(math.floor(exposed.top()), 0)
        last = min(math.ceil(exposed.bottom()), len(self._rows))
        row, black = QColor(table.row), QColor(table.row_black)
        for index in range(first, last):
            top, bottom = round((index + 1) * sy + dy), round(index * sy + dy)
            shade = black if self._rows.is_black(index) else row
            painter.fillRect(QRectF(left, top, width, bottom - top), shade)
        painter.setPen(QPen(QColor(table.row_line), 1.0))
        for index in range(first, last + 1):
            is_octave = not self._rows.is_drum and index % 12 == 0
            if is_octave or (index % 12 == 5 and not self._rows.is_drum and abs(sy) >= 6):
                y = round(index * sy + dy)
                painter.setPen(QPen(QColor(table.bar_line if is_octave else table.row_line), 1.0))
                painter.drawLine(QLineF(left, y, left + width, y))
        self._draw_time(painter, exposed, transform)

    def _draw_time(self, painter: QPainter, exposed: QRectF, transform: QTransform) -> None:
        table = tokens()
        sx, dx = transform.m11(), transform.dx()
        top = exposed.bottom() * transform.m22() + transform.dy()
        bottom = exposed.top() * transform.m22() + transform.dy()
        weak: list[QLineF] = []
        strong: list[QLineF] = []
        for tick in ticks(exposed.left(), exposed.right(), sx, self._beats):
            x = round(tick.seconds * sx + dx)
            (strong if tick.is_strong else weak).append(QLineF(x, top, x, bottom))
        painter.setPen(QPen(QColor(table.beat_line), 1.0))
        painter.drawLines(weak)
        painter.setPen(QPen(QColor(table.bar_line), 1.0))
        painter.drawLines(strong)


class RegionLayer(Layer):
    """The loop as a tint with edges, and a hatch over what the machine has not heard yet."""

    def __init__(self, n_rows: int) -> None:
        super().__init__(n_rows, depth=-5.0)
        self._loop: tuple[float, float] | None = None
        self._heard_until: float | None = None
        self._duration = 0.0

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Tint these seconds."""
        self._loop = loop
        self.update()

    def set_heard(self, heard_until: float | None, duration: float) -> None:
        """Hatch from `heard_until` to the end; None: all was heard."""
        if (heard_until, duration) != (self._heard_until, self._duration):
            self._heard_until, self._duration = heard_until, duration
            self.update()

    def draw(self, painter: QPainter, exposed: QRectF, transform: QTransform) -> None:
        """Draw both regions."""
        table = tokens()
        if self._loop is not None:
            tint = QColor(table.loop)
            tint.setAlphaF(0.10)
            box = self._box(*self._loop, exposed, transform)
            painter.fillRect(box, tint)
            tint.setAlphaF(0.8)
            painter.setPen(QPen(tint, 1.0))
            for x in (box.left(), box.right()):
                painter.drawLine(QLineF(round(x), box.top(), round(x), box.bottom()))
        if self._heard_until is not None and self._heard_until < self._duration:
            box = self._box(self._heard_until, self._duration, exposed, transform)
            veil = QColor(table.window)
            veil.setAlphaF(0.55)
            painter.fillRect(box, veil)
            hatch = QColor(table.faint)
            hatch.setAlphaF(0.28)
            painter.fillRect(box, QBrush(hatch, Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(QColor(table.faint), 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(round(box.left()), box.top(), round(box.left()), box.bottom()))
        if exposed.right() > self._duration > 0.0:
            end = self._box(self._duration, FAR, exposed, transform)
            veil = QColor(table.window)
            veil.setAlphaF(0.65)
            painter.fillRect(end, veil)

    def _box(self, start: float, end: float, exposed: QRectF, transform: QTransform) -> QRectF:
        """Pixels of a stretch of time over the exposed rows, cut to just outside the exposed part."""
        margin = 4.0 / transform.m11()
        start = min(max(start, exposed.left() - margin), exposed.right() + margin)
        end = max(min(end, exposed.right() + margin), start)
        return transform.mapRect(QRectF(start, exposed.top(), end - start, exposed.height()))
