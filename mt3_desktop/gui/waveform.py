"""The recording as a waveform: a strip above the notes, in step with them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mt3_desktop.gui.roll.backdrop import Peaks, draw_waveform
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.roll.wheel import WheelReader
from mt3_desktop.gui.theme import tokens


class WaveformStrip(QWidget):
    """The waveform of what the roll shows; a click or drag seeks.

    Signals:
        seek_requested: seconds.
        wheel_stepped: WheelStep, QPointF in the strip.
    """

    seek_requested = Signal(float)
    wheel_stepped = Signal(object, QPointF)

    def __init__(self, viewport: Viewport, wheel: WheelReader | None = None) -> None:
        super().__init__()
        self._viewport = viewport
        self._wheel = wheel or WheelReader()
        self._peaks: Peaks | None = None
        self.setAccessibleName("Waveform")
        self.setToolTip("Click to go there")
        self.setStatusTip("Click to go there · wheel scrolls · Ctrl+wheel zooms time")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        viewport.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Three lines of text high."""
        return QSize(200, self.fontMetrics().height() * 2 + 10)

    @property
    def peaks(self) -> Peaks | None:
        """What is drawn."""
        return self._peaks

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Hand in the waveform."""
        self._peaks = peaks
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seek."""
        if event.button() == Qt.MouseButton.LeftButton:
            window = self._viewport.window
            seconds = window.start + event.position().x() / max(self.width(), 1) * window.seconds
            self.seek_requested.emit(min(max(seconds, 0.0), self._viewport.duration))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll or zoom, as over the notes."""
        for step in self._wheel.read(event.angleDelta(), event.pixelDelta(), event.modifiers()):
            self.wheel_stepped.emit(step, event.position())
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the waveform and its zero line."""
        table = tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(table.row_black))
        window = self._viewport.window
        painter.fillRect(QRectF(0.0, self.height() / 2.0, self.width(), 1.0), QColor(table.row_line))
        if self._peaks is not None:
            colour = QColor(table.accent)
            colour.setAlphaF(0.75)
            exposed = event.rect()  # the playhead exposes a strip, thirty times a second
            box = QRectF(exposed.left(), 3.0, exposed.width(), self.height() - 7.0)
            per_pixel = window.seconds / max(self.width(), 1)
            start = window.start + exposed.left() * per_pixel
            span = (start, start + exposed.width() * per_pixel)
            draw_waveform(painter, box, self._peaks, span, colour)
        painter.fillRect(QRectF(0.0, self.height() - 1.0, self.width(), 1.0), QColor(table.line))
        painter.end()
