"""The two pyqtgraph classes that the roll builds on, with types.

pyqtgraph has no type information; this is the one file that touches it for the roll. It brings a scene whose
items live in seconds × rows, cached transforms, and repaints of no more than what changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsObject, QGraphicsView, QWidget

if TYPE_CHECKING:
    _GraphicsObject = QGraphicsObject
    _GraphicsView = QGraphicsView
else:
    _GraphicsObject = pg.GraphicsObject
    _GraphicsView = pg.GraphicsView

FAR = 1e6
"""Seconds: wider than any recording, for layers without an end."""


class Layer(_GraphicsObject):
    """Something drawn over the whole canvas, in seconds (x) and rows (y, upwards).

    Subclasses override `draw`, which gets a painter in device coordinates and the transform to them.
    """

    def __init__(self, n_rows: int = 128, *, depth: float = 0.0) -> None:
        super().__init__()
        self.setFlag(self.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setZValue(depth)
        self._n_rows = n_rows

    def set_row_count(self, n_rows: int) -> None:
        """Change how high the layer is."""
        self.prepareGeometryChange()
        self._n_rows = n_rows
        self.update()

    def boundingRect(self) -> QRectF:
        """All of time, all rows."""
        return QRectF(-FAR, 0.0, 2.0 * FAR, float(self._n_rows))

    def paint(self, painter: QPainter, option: object, widget: QWidget | None = None) -> None:
        """Set the painter to device coordinates and draw what is exposed."""
        transform = painter.transform()
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]  # QStyleOptionGraphicsItem
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.draw(painter, exposed, transform)
        painter.restore()

    def draw(self, painter: QPainter, exposed: QRectF, transform: QTransform) -> None:
        """Draw what lies in `exposed`.

        Args:
            painter: in logical pixels of the canvas.
            exposed: seconds × rows.
            transform: seconds × rows → pixels; scales and shifts only.
        """
        raise NotImplementedError


class Canvas(_GraphicsView):
    """A view of seconds × rows without axes, margins or mouse behaviour of its own.

    Signals:
        resized: it has a new size.
    """

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0.0)
        self._box.disableAutoRange()
        self.setCentralItem(self._box)  # type: ignore[attr-defined]  # pyqtgraph's
        self.paint_count = 0

    def add(self, layer: Layer) -> None:
        """Put a layer on the canvas, which owns it."""
        self._box.addItem(layer, ignoreBounds=True)

    def show_range(self, start: float, end: float, bottom: float, top: float) -> None:
        """Show these seconds and rows, to the pixel."""
        self._box.setRange(xRange=(start, end), yRange=(bottom, top), padding=0.0, disableAutoRange=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and count it: tests and benchmarks ask how often."""
        self.paint_count += 1
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Tell about the size; pyqtgraph calls this with None while it is built."""
        super().resizeEvent(event)  # type: ignore[arg-type]  # as above
        self.resized.emit()
