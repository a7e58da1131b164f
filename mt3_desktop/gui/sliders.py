"""Sliders in percent: plain ones, and one that likes its middle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from mt3_desktop.gui.theme import tokens

MIDDLE = 50
CENTRED_STEP = 10
_DETENT = 4  # a slider that stops so near its middle stands in it
_CHARACTERS = 7


class PercentSlider(QSlider):
    """From 0 to 100, by keys in steps of 5."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            name: for those who hear the screen.
            parent: owner.
        """
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, 100)
        self.setSingleStep(5)
        self.setPageStep(10)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("0" * _CHARACTERS))


class CentredSlider(PercentSlider):
    """A slider that likes its middle: it stops there, marks it, and a double click goes there."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setStyleSheet(
            "QSlider::sub-page:horizontal { background: palette(mid); }"
        )  # neither side is "full"
        self.setSingleStep(CENTRED_STEP)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, and stop in the middle."""
        super().mouseMoveEvent(event)
        if self.isSliderDown() and abs(self.value() - MIDDLE) <= _DETENT:
            self.setValue(MIDDLE)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the middle."""
        self.setValue(MIDDLE)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The slider, with a mark above its middle."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        groove = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderGroove, self
        )
        painter = QPainter(self)
        painter.setPen(QPen(QColor(tokens(self.palette()).faint), 1.5))
        middle = QPointF(groove.center().x() + 0.5, 0)
        painter.drawLine(middle + QPointF(0, 1), middle + QPointF(0, 5))
        painter.end()
        super().paintEvent(event)
