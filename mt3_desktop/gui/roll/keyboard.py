"""The strip at the left: piano keys beside the pitches, names beside the drums."""

from __future__ import annotations

import math
from collections.abc import Collection

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mt3_desktop.core.instruments import pitch_name
from mt3_desktop.gui.roll.rows import BLACK_KEYS, Rows
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.roll.wheel import WheelReader
from mt3_desktop.gui.theme import blend, tokens

BLACK_LENGTH = 0.62
MIN_NAME_PX = 12.0
"""Height that the name of a drum needs."""


class _Strip(QWidget):
    """What both strips share: width, clicks, hover, wheel.

    Signals:
        key_clicked: pitch or percussion key; bool, whether to add to the selection.
        wheel_stepped: WheelStep, QPointF in the strip.
    """

    key_clicked = Signal(int, bool)
    wheel_stepped = Signal(object, QPointF)

    def __init__(self, wheel: WheelReader) -> None:
        super().__init__()
        self._wheel = wheel
        self._hovered = -1
        self._lit: frozenset[int] = frozenset()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def set_hovered(self, key: int) -> None:
        """Mark the key whose row the pointer is in; -1 for none."""
        if key != self._hovered:
            self._hovered = key
            self.update()

    def set_lit(self, keys: Collection[int]) -> None:
        """Mark keys as sounding."""
        lit = frozenset(keys)
        if lit != self._lit:
            self._lit = lit
            self.update()

    def key_at(self, y: float) -> int:
        """Pitch or percussion key at a height in pixels."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Sound the key, and select its notes."""
        if event.button() == Qt.MouseButton.LeftButton:
            is_adding = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.key_clicked.emit(self.key_at(event.position().y()), is_adding)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll or zoom, as over the notes."""
        for step in self._wheel.read(event.angleDelta(), QPoint(event.pixelDelta()), event.modifiers()):
            self.wheel_stepped.emit(step, event.position())
        event.accept()


class KeyboardStrip(_Strip):
    """Piano keys, one row high each, as far as the window shows."""

    def __init__(self, viewport: Viewport, wheel: WheelReader) -> None:
        super().__init__(wheel)
        self._viewport = viewport
        self.setAccessibleName("Piano keys")
        self.setToolTip("Click a key to hear it and select its notes")
        self.setStatusTip("Click to hear a key and select its notes · Ctrl adds to the selection")
        viewport.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Wide enough for the drum names below, which share the column."""
        return QSize(self.fontMetrics().horizontalAdvance("High-mid tom") - 4, 200)

    def key_at(self, y: float) -> int:
        """Pitch at a height in pixels."""
        window = self._viewport.window
        pitch = window.high - y / max(self.height(), 1) * window.pitches
        return min(max(int(pitch), 0), 127)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the keys."""
        table = tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(table.key_white))
        window = self._viewport.window
        scale = self.height() / window.pitches
        first, last = max(int(window.low), 0), min(int(window.high) + 1, 128)
        self._draw_white(painter, first, last, scale)
        black_width = self.width() * BLACK_LENGTH
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        for pitch in range(first, last):
            if pitch % 12 not in BLACK_KEYS:
                continue
            top = (window.high - pitch - 1) * scale
            colour = QColor(table.key_black)
            if pitch in self._lit:
                colour = QColor(table.accent)
            elif pitch == self._hovered:
                colour = blend(QColor(table.accent), colour, 0.45)
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(-3.0, top, black_width + 3.0, max(scale, 1.0)), 2.0, 2.0)
        painter.fillRect(QRectF(self.width() - 1.0, 0.0, 1.0, self.height()), QColor(table.line))
        painter.end()

    def _draw_white(self, painter: QPainter, first: int, last: int, scale: float) -> None:
        """Lines between the white keys, marks, and names."""
        table = tokens()
        high = self._viewport.window.high
        font = QFont(self.font())
        font.setPixelSize(int(min(max(scale - 2.0, 8.0), 11.0)))
        painter.setFont(font)
        for pitch in range(first, last):
            top, degree = (high - pitch - 1) * scale, pitch % 12
            if degree in BLACK_KEYS:
                line = round(top + scale / 2.0) + 0.5
                painter.setPen(QPen(QColor(table.key_line), 1.0))
                painter.drawLine(QLineF(0.0, line, self.width(), line))
                continue
            if pitch in self._lit or pitch == self._hovered:
                share = 1.0 if pitch in self._lit else 0.4
                colour = blend(QColor(table.accent), QColor(table.key_white), share)
                above = 0.5 if (degree + 1) % 12 in BLACK_KEYS else 0.0
                below = 0.5 if (degree - 1) % 12 in BLACK_KEYS else 0.0
                key = QRectF(0.0, top - above * scale, self.width(), scale * (1.0 + above + below))
                painter.fillRect(key, colour)
            if degree in (0, 5):
                bottom = round(top + scale) + 0.5
                painter.setPen(QPen(QColor(table.key_text if degree == 0 else table.key_line), 1.0))
                painter.drawLine(QLineF(0.0, bottom, self.width(), bottom))
            if degree == 0 or scale >= 15.0:
                box = QRectF(0.0, top - 4.0, self.width() - 6.0, scale + 8.0)
                if scale < font.pixelSize():  # lines of the neighbours would strike the name through
                    width = painter.fontMetrics().horizontalAdvance(pitch_name(pitch))
                    plate = QRectF(box.right() - width - 1.0, box.center().y() - 4.5, width + 2.0, 9.0)
                    painter.fillRect(plate, QColor(table.key_white))
                painter.setPen(QColor(table.key_text))
                align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, align, pitch_name(pitch))


class DrumNames(_Strip):
    """Names of the drums beside their rows."""

    def __init__(self, rows: Rows, wheel: WheelReader) -> None:
        super().__init__(wheel)
        self._rows = rows
        self.setAccessibleName("Drum names")

    def set_rows(self, rows: Rows) -> None:
        """Another drum was heard."""
        self._rows = rows
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the piano keys make it."""
        return QSize(40, 60)

    def key_at(self, y: float) -> int:
        """Percussion key at a height in pixels."""
        return self._rows.key_at((1.0 - y / max(self.height(), 1)) * len(self._rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the names, shortened where they do not fit."""
        table = tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(table.panel))
        scale = self.height() / len(self._rows)
        font = QFont(self.font())
        font.setPixelSize(int(min(max(scale - 3.0, MIN_NAME_PX - 3.0), 11.0)))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        every = max(math.ceil(MIN_NAME_PX / max(scale, 1.0)), 1)  # where rows are low, not all have a name
        for row, key in enumerate(self._rows.keys):
            if row % every and key != self._hovered and key not in self._lit:
                continue
            box = QRectF(6.0, self.height() - (row + 1) * scale, self.width() - 10.0, scale)
            is_marked = key == self._hovered or key in self._lit
            painter.setPen(QColor(table.accent if is_marked else table.faint))
            name = metrics.elidedText(
                short_drum_name(self._rows.name(row)), Qt.TextElideMode.ElideRight, int(box.width())
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name)
        painter.fillRect(QRectF(self.width() - 1.0, 0.0, 1.0, self.height()), QColor(table.line))
        painter.end()


def short_drum_name(name: str) -> str:
    """A drum's name for the narrow strip: "Closed hi-hat" → "Closed hat", "Acoustic snare" → "Snare"."""
    for long, short in (
        ("Acoustic bass drum", "Kick 2"),
        ("Bass drum", "Kick"),
        ("Acoustic snare", "Snare"),
        ("Electric snare", "Snare 2"),
        ("hi-hat", "hat"),
        ("floor tom", "floor"),
        (" cymbal", ""),
    ):
        name = name.replace(long, short)
    return name
