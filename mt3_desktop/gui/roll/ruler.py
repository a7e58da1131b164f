"""The ruler above the notes: time or bars; click to seek, drag to loop, drag bar 1 to where it begins."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.time_grid import ticks
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.roll.wheel import WheelReader
from mt3_desktop.gui.theme import tokens

Loop = tuple[float, float]
DRAG_PX = 4.0
EDGE_PX = 6.0
LABEL_PX = 90.0
FLAG_PX = 11.0
NEAR_PX = 8.0
"""Bar 1 begins with a note, if it is dropped this near."""
MIN_LOOP_SECONDS = 0.05


class Ruler(QWidget):
    """Time with a loop brace.

    Signals:
        seek_requested: seconds.
        loop_changed: (start, end) while and after dragging.
        downbeat_moved: seconds at which bar 1 shall begin, while and after dragging.
        wheel_stepped: WheelStep, QPointF in the ruler.
    """

    seek_requested = Signal(float)
    loop_changed = Signal(object)
    downbeat_moved = Signal(float)
    wheel_stepped = Signal(object, QPointF)

    def __init__(self, state: RollState, viewport: Viewport, wheel: WheelReader) -> None:
        super().__init__()
        self._state, self._viewport, self._wheel = state, viewport, wheel
        self._loop: Loop | None = None
        self._is_loop_on = True
        self._drag_from: float | None = None
        self._press_x = 0.0
        self._is_dragging = False
        self._before: Loop | None = None
        self._downbeat_before: float | None = None  # while bar 1 is dragged
        self.setAccessibleName("Time ruler")
        self.setToolTip("Click to go there, drag to loop")
        self.setStatusTip(
            "Click to go there · drag to loop, its edges to change it · double-click takes it away"
        )
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        viewport.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A line of text and the brace."""
        return QSize(200, self.fontMetrics().height() + 16)

    def set_loop(self, loop: Loop | None, *, is_on: bool = True) -> None:
        """Show the brace; grey while the loop is switched off."""
        if (loop, is_on) != (self._loop, self._is_loop_on):
            self._loop, self._is_loop_on = loop, is_on
            self.update()

    def x_of(self, seconds: float) -> float:
        """The pixel of a time."""
        window = self._viewport.window
        return (seconds - window.start) / window.seconds * self.width()

    def seconds_at(self, x: float) -> float:
        """The time at a pixel, inside the song."""
        window = self._viewport.window
        seconds = window.start + x / max(self.width(), 1) * window.seconds
        return min(max(seconds, 0.0), max(self._viewport.duration, 0.0))

    def cancel_gesture(self) -> bool:
        """Esc: put the loop or bar 1 back; tells whether one was being dragged."""
        if self._downbeat_before is not None:
            self.downbeat_moved.emit(self._downbeat_before)
            self._downbeat_before = None
            return True
        if self._drag_from is None:
            return False
        if self._is_dragging:
            self._loop = self._before
            self.loop_changed.emit(self._loop)
        self._drag_from, self._is_dragging = None, False
        self.update()
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a seek or a loop; an edge of the loop, or the flag of bar 1, is taken and moved."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        if self._is_at_flag(event.position()):
            self._press_x, self._downbeat_before = x, self._downbeat
            return
        self._press_x, self._before, self._is_dragging = x, self._loop, False
        self._drag_from = self._opposite_edge(x)
        if self._drag_from is None:
            self._drag_from = self._snapped(x, event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Span the loop, or move bar 1."""
        x = event.position().x()
        if self._downbeat_before is not None:
            if abs(x - self._press_x) >= DRAG_PX or self._downbeat != self._downbeat_before:
                self.downbeat_moved.emit(self._beside_a_note(x, event.modifiers()))
            return
        if self._drag_from is None:
            is_edge = self._opposite_edge(x) is not None or self._is_at_flag(event.position())
            self.setCursor(Qt.CursorShape.SizeHorCursor if is_edge else Qt.CursorShape.ArrowCursor)
            return
        if not self._is_dragging and abs(x - self._press_x) < DRAG_PX:
            return
        self._is_dragging = True
        start, end = sorted((self._drag_from, self._snapped(x, event.modifiers())))
        if end - start >= MIN_LOOP_SECONDS:
            self._loop = (start, end)
            self.loop_changed.emit(self._loop)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that did not move seeks."""
        if event.button() == Qt.MouseButton.LeftButton and self._downbeat_before is not None:
            before, self._downbeat_before = self._downbeat_before, None
            if self._downbeat == before:
                self.seek_requested.emit(before)
            return
        if event.button() != Qt.MouseButton.LeftButton or self._drag_from is None:
            return
        if not self._is_dragging:
            self.seek_requested.emit(self.seconds_at(event.position().x()))
        self._drag_from, self._is_dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click on the brace takes the loop away."""
        x = event.position().x()
        if self._loop is not None and self.x_of(self._loop[0]) <= x <= self.x_of(self._loop[1]):
            self._loop = None
            self.loop_changed.emit(None)
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll or zoom, as over the notes."""
        for step in self._wheel.read(event.angleDelta(), event.pixelDelta(), event.modifiers()):
            self.wheel_stepped.emit(step, event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys belong to the roll."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw lines, labels and the brace."""
        table = tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(table.window))
        window = self._viewport.window
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() - 1.0, 7.0))
        painter.setFont(font)
        bottom = self.height() - 1.0
        self._draw_brace(painter)
        left = max(event.rect().left() - LABEL_PX, 0.0)  # a label reaches to the right of its line
        width = event.rect().right() + 2.0 - left
        per_pixel = window.seconds / max(self.width(), 1)
        start = window.start + left * per_pixel
        for tick in ticks(start, start + width * per_pixel, 1.0 / per_pixel, self._state.beats):
            x = round(self.x_of(tick.seconds)) + 0.5
            height = 9.0 if tick.is_strong else 4.0
            painter.setPen(QPen(QColor(table.faint if tick.is_strong else table.line), 1.0))
            painter.drawLine(QLineF(x, bottom - height, x, bottom))
            if tick.label:
                painter.setPen(QColor(table.faint))
                room = FLAG_PX if tick.seconds == self._downbeat else 5.0
                box = QRectF(x + room, 6.0, LABEL_PX, bottom - 8.0)
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, tick.label)
        self._draw_flag(painter)
        painter.fillRect(QRectF(0.0, bottom, self.width(), 1.0), QColor(table.line))
        painter.end()

    def _draw_flag(self, painter: QPainter) -> None:
        """A flag where bar 1 begins, to be taken and moved."""
        if self._downbeat is None:
            return
        x, bottom = round(self.x_of(self._downbeat)) + 0.5, self.height() - 1.0
        flag = [QPointF(x, bottom - FLAG_PX), QPointF(x + FLAG_PX, bottom - 0.6 * FLAG_PX)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(tokens().accent), 1.5))
        painter.setBrush(QColor(tokens().accent))
        painter.drawPolygon(QPolygonF([*flag, QPointF(x, bottom - 0.2 * FLAG_PX)]))
        painter.drawLine(QLineF(x, bottom - FLAG_PX, x, bottom))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    @property
    def _downbeat(self) -> float | None:
        """Where bar 1 begins, in seconds; None without bars."""
        beats = self._state.beats
        return None if beats is None else beats.times[beats.first_downbeat]

    def _is_at_flag(self, pixel: QPointF) -> bool:
        """Whether the pointer is at the flag of bar 1, in the lower half, where the loop has no edges."""
        if self._downbeat is None or pixel.y() < self.height() / 2:
            return False
        return -EDGE_PX <= pixel.x() - self.x_of(self._downbeat) <= FLAG_PX

    def _beside_a_note(self, x: float, modifiers: Qt.KeyboardModifier) -> float:
        """The time at a pixel, or that of a note which begins near there, unless Alt is held."""
        seconds = self.seconds_at(x)
        if modifiers & Qt.KeyboardModifier.AltModifier:
            return seconds
        near = self._state.store.nearest_onset(self._state.shown, seconds)
        is_near = near is not None and abs(self.x_of(near) - x) <= NEAR_PX
        return seconds if near is None or not is_near else near

    def _draw_brace(self, painter: QPainter) -> None:
        if self._loop is None:
            return
        table = tokens()
        left, right = self.x_of(self._loop[0]), self.x_of(self._loop[1])
        colour = QColor(table.loop if self._is_loop_on else table.faint)
        tint = QColor(colour)
        tint.setAlphaF(0.16)
        painter.fillRect(QRectF(left, 0.0, right - left, self.height()), tint)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(left, 1.0, max(right - left, 3.0), 5.0), 2.5, 2.5)
        for x in (left, right):
            painter.drawRect(QRectF(x - 0.75, 1.0, 1.5, self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _opposite_edge(self, x: float) -> float | None:
        """If an edge of the loop is under the pointer: the other edge, which stays."""
        if self._loop is None:
            return None
        for near, far in (self._loop, self._loop[::-1]):
            if abs(self.x_of(near) - x) <= EDGE_PX:
                return far
        return None

    def _snapped(self, x: float, modifiers: Qt.KeyboardModifier) -> float:
        is_free = bool(modifiers & Qt.KeyboardModifier.AltModifier)
        return self._state.snapped(self.seconds_at(x), is_suspended=is_free)
