"""A canvas of notes that can be clicked, dragged and drawn on: the pitched notes, or the drum lane."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip

from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.backdrop import BackdropLayer
from mt3_desktop.gui.roll.background import BackgroundLayer, RegionLayer
from mt3_desktop.gui.roll.canvas import Canvas, Layer
from mt3_desktop.gui.roll.gestures import (
    BoxSelect,
    DrawNote,
    Gesture,
    MoveNotes,
    Place,
    Preview,
    ResizeNotes,
)
from mt3_desktop.gui.roll.ghosts import CandidateLayer, GhostLayer, OtherLayer
from mt3_desktop.gui.roll.notes import NotesLayer
from mt3_desktop.gui.roll.overlay import OverlayLayer
from mt3_desktop.gui.roll.rows import Rows
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.roll.wheel import WheelReader
from mt3_desktop.gui.theme import tokens

EDGE_PX = 6.0
DRAG_PX = 4.0
DRUM_REACH_PX = 7.0
NEW_NOTE_PX = 40.0
SELECT_TIP = (
    "Drag selects · double-click adds · middle button pans · Ctrl+wheel zooms time · Alt+wheel zooms pitch"
)
DRAW_TIP = "Click or drag to draw a note · Alt leaves the grid · B goes back to selecting"
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


class NoteArea(Canvas):
    """Draws notes on rows and turns the mouse into gestures.

    Signals:
        wheel_stepped: WheelStep, Place of the pointer.
        pinched: factor, Place.
        menu_requested: Note under the pointer or None, QPoint on the screen.
        drag_out_requested: the selection is being dragged out of the window (Ctrl+Alt).
        hovered: pitch or percussion key under the pointer, or -1.
    """

    wheel_stepped = Signal(object, object)
    pinched = Signal(float, object)
    menu_requested = Signal(object, QPoint)
    drag_out_requested = Signal()
    hovered = Signal(int)

    def __init__(self, state: RollState, viewport: Viewport, rows: Rows, wheel: WheelReader) -> None:
        super().__init__()
        self._state, self._view, self._rows, self._wheel = state, viewport, rows, wheel
        self._gesture: Gesture | None = None
        self._pan_from: QPointF | None = None
        self._pressed_at = QPointF()
        self._on_click: Callable[[], None] | None = None
        self._is_hand = False
        self._has_ring = False
        self.background = BackgroundLayer(rows)
        self.backdrop = BackdropLayer(len(rows))
        self.regions = RegionLayer(len(rows))
        self.ghosts = GhostLayer(rows)
        self.candidates = CandidateLayer(rows, state.candidates)
        self.notes = NotesLayer(state.store, rows)
        self.others = OtherLayer(rows)
        self.overlay = OverlayLayer(rows)
        self._layers: tuple[Layer, ...] = (
            self.background, self.backdrop, self.regions,
            self.ghosts, self.candidates, self.notes, self.others, self.overlay,
        )  # fmt: skip
        for layer in self._layers:
            self.add(layer)
        self.setAccessibleName("Drum lane" if rows.is_drum else "Piano roll")
        viewport.changed.connect(self._on_viewport_changed)
        self.resized.connect(self._on_viewport_changed)
        state.focus_changed.connect(self._on_focus_changed)
        state.tool_changed.connect(self._on_tool_changed)
        self.setStatusTip(SELECT_TIP)
        self._on_viewport_changed()

    # --- what is shown ---

    @property
    def rows(self) -> Rows:
        """What the rows are."""
        return self._rows

    def set_rows(self, rows: Rows) -> None:
        """Change what the rows are: another drum was heard."""
        self._rows = rows
        self.background.set_rows(rows)
        self.backdrop.set_row_count(len(rows))
        self.regions.set_row_count(len(rows))
        self.ghosts.set_rows(rows)
        self.candidates.set_rows(rows)
        self.others.set_rows(rows)
        self.notes.set_rows(rows)
        self.overlay.set_rows(rows)
        self._on_viewport_changed()

    def repaint_all(self) -> None:
        """Draw everything again: the theme changed."""
        for layer in self._layers:
            layer.update()

    def place_of(self, pixel: QPointF) -> Place:
        """Seconds, row and key under a pixel."""
        window = self._view.window
        low, high = self._span()
        seconds = window.start + pixel.x() / max(self.width(), 1) * window.seconds
        row = high - pixel.y() / max(self.height(), 1) * (high - low)
        return Place(pixel, seconds, row, self._rows.key_at(row))

    def pixel_of(self, seconds: float, row: float) -> QPointF:
        """The pixel at a time and a height in rows."""
        window = self._view.window
        low, high = self._span()
        x = (seconds - window.start) / window.seconds * self.width()
        return QPointF(x, (high - row) / (high - low) * self.height())

    def cancel_gesture(self) -> bool:
        """Esc: end a drag as if it had not begun; tells whether there was one."""
        if self._gesture is None:
            return False
        self._gesture.cancel()
        self._end_gesture()
        return True

    def set_hand(self, is_hand: bool) -> None:
        """While H is held the left button pans."""
        self._is_hand = is_hand
        self._update_cursor(None)

    def _span(self) -> tuple[float, float]:
        """Rows at the lower and the upper edge."""
        if self._rows.is_drum:
            return 0.0, float(len(self._rows))
        window = self._view.window
        return window.low, window.high

    def _on_viewport_changed(self) -> None:
        window = self._view.window
        self.show_range(window.start, window.end, *self._span())

    def _on_focus_changed(self, note: Note | None) -> None:
        self.overlay.set_focus_note(note)
        mine = note is not None and note.is_drum == self._rows.is_drum
        self.setAccessibleDescription(self._state.describe(note) if note and mine else "")

    def _on_tool_changed(self, is_drawing: bool) -> None:
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if is_drawing else Qt.CursorShape.ArrowCursor)
        self.setStatusTip(DRAW_TIP if is_drawing else SELECT_TIP)

    # --- mouse ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == MIDDLE or (event.button() == LEFT and self._is_hand):
            self._pan_from = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == LEFT and self._gesture is None:
            self._pressed_at = event.position()
            self._press(self.place_of(event.position()), event.modifiers())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Accept a candidate, or add a note on an empty place."""
        place = self.place_of(event.position())
        is_free = event.button() == LEFT and self._pick(place) is None and not self._is_hand
        if is_free and not self._state.is_drawing and self._pick_candidate(place) is not None:
            self._state.accept()
            event.accept()
        elif is_free:
            self._pressed_at = event.position()
            self._begin(self._drawing(place))
            event.accept()
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow with the gesture, or show what a press would do."""
        if self._pan_from is not None:
            self._pan(event.position())
        elif self._gesture is not None:
            if (event.position() - self._pressed_at).manhattanLength() >= DRAG_PX:
                self._on_click = None
            place = self.place_of(event.position())
            self.overlay.set_preview(self._gesture.move(place, event.modifiers()))
            self._scroll_at_edge(event.position())
        else:
            self._update_cursor(self.place_of(event.position()))
        self.hovered.emit(self.place_of(event.position()).key)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        if self._pan_from is not None and event.button() in (LEFT, MIDDLE):
            self._pan_from = None
            self._update_cursor(self.place_of(event.position()))
        elif event.button() == LEFT and self._gesture is not None:
            gesture, on_click = self._gesture, self._on_click
            self._end_gesture()
            if on_click is not None:
                on_click()
            gesture.finish()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self.hovered.emit(-1)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu; a note that is not selected is selected first, a candidate gets the focus."""
        place = self.place_of(QPointF(event.pos()))
        note, candidate = self._pick(place), self._pick_candidate(place)
        if note is not None and not self._state.store.is_selected(note):
            self._state.select([note])
            self._state.set_focus_note(note)
        elif note is None and candidate is not None:
            self._state.set_focus_note(candidate)
        self.menu_requested.emit(note, event.globalPos())
        event.accept()

    def _press(self, place: Place, modifiers: Qt.KeyboardModifier) -> None:
        """What the left button begins."""
        state = self._state
        note = self._pick(place)
        is_more = bool(modifiers & (CONTROL | SHIFT))
        candidate = self._pick_candidate(place) if note is None and not is_more else None
        if note is None:
            if candidate is not None and not state.is_drawing:
                state.select(())
                state.set_focus_note(candidate)
                state.note_clicked.emit(candidate)
            elif state.is_drawing and not is_more:
                self._begin(self._drawing(place))
            else:
                keys = self._rows.keys
                self._begin(BoxSelect(state, place, keys, is_drum=self._rows.is_drum, is_adding=is_more))
            return
        was_selected = state.store.is_selected(note)
        if modifiers & CONTROL and modifiers & ALT and was_selected:
            self.drag_out_requested.emit()
            return
        if not was_selected:
            state.select([*state.store.selection, note] if is_more else [note])
        elif is_more:
            self._on_click = lambda: state.toggle(note)
        else:
            self._on_click = lambda: state.select([note])
        state.set_focus_note(note)
        state.note_clicked.emit(note)
        edge = self._edge(note, place)
        if edge and not is_more:
            self._begin(ResizeNotes(state, note, place, at_start=edge == "start"), keeps_click=True)
        else:
            scale = self._view.window.seconds / max(self.width(), 1)
            self._begin(MoveNotes(state, note, place, scale), keeps_click=True)

    def _begin(self, gesture: Gesture, *, keeps_click: bool = False) -> None:
        if not keeps_click:
            self._on_click = None
        self._gesture = gesture

    def _end_gesture(self) -> None:
        self._gesture = None
        self._on_click = None
        self.overlay.set_preview(Preview())

    def _drawing(self, place: Place) -> DrawNote:
        instrument = self._state.instrument_to_draw(is_drum=self._rows.is_drum)
        seconds = NEW_NOTE_PX * self._view.window.seconds / max(self.width(), 1)
        return DrawNote(self._state, place, instrument, seconds)

    def _pan(self, to: QPointF) -> None:
        assert self._pan_from is not None
        delta, self._pan_from = to - self._pan_from, to
        window = self._view.window
        self._view.scroll_time(-delta.x() / max(self.width(), 1) * window.seconds)
        if not self._rows.is_drum:
            self._view.scroll_pitch(delta.y() / max(self.height(), 1) * window.pitches)

    def _scroll_at_edge(self, pixel: QPointF) -> None:
        """A drag beyond the side moves the window along."""
        window = self._view.window
        if pixel.x() < 0:
            self._view.scroll_time(-0.02 * window.seconds)
        elif pixel.x() > self.width():
            self._view.scroll_time(0.02 * window.seconds)

    def _pick(self, place: Place) -> Note | None:
        """The note under the pointer; very short ones are given some pixels."""
        low, high = self._span()
        if not low <= place.row <= high or not 0 <= place.row < len(self._rows):
            return None
        per_pixel = self._view.window.seconds / max(self.width(), 1)
        is_drum = self._rows.is_drum
        reach = DRUM_REACH_PX * per_pixel
        note = self._state.pick(place.seconds, place.key, is_drum=is_drum, reach=reach)
        if note is None and not is_drum:
            shifted = place.seconds - 2.0 * per_pixel
            note = self._state.pick(shifted, place.key, is_drum=False)
            note = note if note is not None and note.duration < 6.0 * per_pixel else None
        return note

    def _pick_candidate(self, place: Place) -> Note | None:
        """The candidate under the pointer."""
        reach = DRUM_REACH_PX * self._view.window.seconds / max(self.width(), 1)
        return self._state.pick_candidate(place.seconds, place.key, is_drum=self._rows.is_drum, reach=reach)

    def _edge(self, note: Note, place: Place) -> str:
        """Which edge of a note is under the pointer: "start", "end" or "" for neither."""
        if note.is_drum:
            return ""
        per_pixel = self._view.window.seconds / max(self.width(), 1)
        reach = min(EDGE_PX * per_pixel, note.duration / 3.0)
        if place.seconds < note.onset + reach:
            return "start"
        return "end" if place.seconds > note.offset - reach else ""

    def _update_cursor(self, place: Place | None) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._is_hand:
            shape = Qt.CursorShape.OpenHandCursor
        else:
            note = self._pick(place) if place is not None else None
            if note is None and place is not None and self._pick_candidate(place) is not None:
                shape = Qt.CursorShape.PointingHandCursor
            elif note is not None:
                is_edge = place is not None and self._edge(note, place)
                shape = Qt.CursorShape.SizeHorCursor if is_edge else Qt.CursorShape.SizeAllCursor
            elif self._state.is_drawing:
                shape = Qt.CursorShape.CrossCursor
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)

    # --- wheel, pinch, keys, tips ---

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll or zoom, by preset and modifiers."""
        place = self.place_of(event.position())
        for step in self._wheel.read(event.angleDelta(), event.pixelDelta(), event.modifiers()):
            self.wheel_stepped.emit(step, place)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips and pinches."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.place_of(QPointF(event.pos()))
            found = self._pick(place) or self._pick_candidate(place)
            QToolTip.showText(event.globalPos(), self._state.tip(found) if found else "", self)
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.pinched.emit(1.0 + event.value(), self.place_of(event.position()))
            return True
        return bool(super().viewportEvent(event))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Reached by key: show where the keys go. Who clicked knows."""
        self._has_ring = event.reason() not in (
            Qt.FocusReason.MouseFocusReason,
            Qt.FocusReason.PopupFocusReason,
        )
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring goes with the focus."""
        self._has_ring = False
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the layers, then the ring of focus."""
        super().paintEvent(event)
        if self._has_ring:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(QColor(tokens().accent), 2.0, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(QRectF(self.viewport().rect()).adjusted(1.0, 1.0, -1.0, -1.0))
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys belong to the roll, not to Qt's scroll area."""
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """As above."""
        event.ignore()
