"""The parts of a track's row: its colour, its name, buttons that fit, and what it is dragged out by."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QWidget,
)

from mt3_desktop.app.wording import menu_text, tool_tip
from mt3_desktop.core.tracks import DRUM_COLOUR, N_HUES
from mt3_desktop.gui.theme import icon, note_colour, note_has_pattern, tokens

ARROW = "▾"
LEAST_WIDTH = 24
SIDES = 11
"""What the frame of a flat button takes left and right of its text."""


class Swatch(QToolButton):
    """The colour of a track; a click opens the palette.

    Signals:
        recoloured: colour index.
    """

    recoloured = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._colour = 0
        self._palette_menu = QMenu(self)
        self.setMenu(self._palette_menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setProperty("role", "swatch")
        self._palette_menu.aboutToShow.connect(self._on_about_to_show)

    def sizeHint(self) -> QSize:
        """A square that a finger hits."""
        side = max(self.fontMetrics().height() + 8, 24)
        return QSize(side, side)

    def set_colour(self, index: int) -> None:
        """Show a colour."""
        self._colour = index
        self.setEnabled(index != DRUM_COLOUR)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the colour as the notes have it; a diamond for drums."""
        painter = QPainter(self)
        side = self.fontMetrics().height() * 0.9
        box = QRectF((self.width() - side) / 2.0, (self.height() - side) / 2.0, side, side)
        draw_swatch(painter, box, self._colour)
        if self.hasFocus() or self.underMouse():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(tokens().accent if self.hasFocus() else tokens().faint))
            painter.drawRoundedRect(box.adjusted(-3.0, -3.0, 3.0, 3.0), 5.0, 5.0)
        painter.end()

    @Slot()
    def _on_about_to_show(self) -> None:
        self._palette_menu.clear()
        for index in range(2 * N_HUES):
            name = f"Colour {index % N_HUES + 1}" + (", striped" if note_has_pattern(index) else "")
            action = self._palette_menu.addAction(_swatch_icon(index), name)
            action.setCheckable(True)
            action.setChecked(index == self._colour)
            action.triggered.connect(lambda _is_checked, index=index: self.recoloured.emit(index))


class NameLabel(QWidget):
    """A name that becomes a field when it is edited.

    Signals:
        renamed: the new name, possibly "".
    """

    renamed = Signal(str)

    def __init__(self, row: QWidget) -> None:
        super().__init__(row)
        self._row = row
        self._is_editing = False
        self._label = ElidedLabel(self)
        self._label.setProperty("role", "heading")
        self._label.setMinimumWidth(20)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.field = QLineEdit(self)
        self.field.setAccessibleName("Track name")
        self.field.installEventFilter(self)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._label)
        self._stack.addWidget(self.field)
        self.field.editingFinished.connect(self._on_editing_finished)

    def sizeHint(self) -> QSize:
        """As wide as the name."""
        return QSize(self._label.sizeHint().width(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Narrower than the field that it becomes."""
        return QSize(self._label.minimumWidth(), super().minimumSizeHint().height())

    def set_text(self, text: str) -> None:
        """Show a name, unless it is being edited."""
        self._label.setText(text)
        self.setToolTip(tool_tip(text))

    def edit(self) -> None:
        """Let the user type."""
        self._is_editing = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.field.setText(self._label.text())
        self._stack.setCurrentWidget(self.field)
        self.field.selectAll()
        self.field.setFocus()

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]  # QObject
        """Esc leaves the name as it was."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            self._close()
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _close(self) -> None:
        self._is_editing = False  # first: hiding the field makes it report once more
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._stack.setCurrentWidget(self._label)
        self._row.setFocus()

    @Slot()
    def _on_editing_finished(self) -> None:
        if not self._is_editing:
            return
        text = self.field.text().strip()
        self._close()
        if text != self._label.text():
            self.renamed.emit(text)


class ElidedLabel(QLabel):
    """A label that ends in "…" where it is too narrow."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class ElidedButton(QPushButton):
    """A flat button that opens a list: "Flute ▾", "Electric ba… ▾" where it is too narrow, or "▾" alone."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.full_text = ""
        self.setFlat(True)
        self.setProperty("role", "caption")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(LEAST_WIDTH)

    def set_full_text(self, text: str) -> None:
        """Show a text, or as much as fits; "" leaves the arrow."""
        self.full_text = text
        self.setMaximumWidth(max(LEAST_WIDTH, self._advance(text) + self._advance(f" {ARROW}") + SIDES))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the text into the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self._advance(f" {ARROW}") - SIDES
        shown = self.fontMetrics().elidedText(self.full_text, Qt.TextElideMode.ElideRight, room)
        self.setText(f"{menu_text(shown)} {ARROW}".strip())

    def _advance(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)


class SoloButton(QToolButton):
    """S: a plain click leaves this as the only solo, with Ctrl the others stay.

    Signals:
        soloed: bool, whether other solos stay.
    """

    soloed = Signal(bool, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText("S")
        self.setCheckable(True)
        self.setProperty("role", "solo")

    def flip(self, *, additive: bool) -> None:
        """Switch it, by key."""
        self.soloed.emit(not self.isChecked(), additive)

    def nextCheckState(self) -> None:
        """Wish for the other state; it is shown when the track says so."""
        is_control = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier
        self.flip(additive=bool(is_control))


class DragGrip(QToolButton):
    """Dragged, it asks for the track to be carried out of the window.

    Signals:
        drag_wanted: the pointer left the spot with the button held.
    """

    drag_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pressed_at = QPointF()
        self.setIcon(icon("grip"))
        self.setProperty("role", "quiet")
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleDescription("The same is done by Copy as MIDI file in the menu")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where."""
        self._pressed_at = event.position()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Ask once the pointer has left the spot."""
        distance = (event.position() - self._pressed_at).manhattanLength()
        if event.buttons() & Qt.MouseButton.LeftButton and distance >= QApplication.startDragDistance():
            self.setDown(False)
            self.drag_wanted.emit()
        else:
            super().mouseMoveEvent(event)


def draw_swatch(painter: QPainter, box: QRectF, colour: int) -> None:
    """A track's colour as its notes show it: striped from the ninth on, a diamond for drums."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(note_colour(colour))
    if colour == DRUM_COLOUR:
        middle, half = box.center(), box.width() / 2.0
        corners = [QPointF(0.0, -half), QPointF(half, 0.0), QPointF(0.0, half), QPointF(-half, 0.0)]
        painter.drawPolygon(QPolygonF([middle + corner for corner in corners]))
        return
    painter.drawRoundedRect(box, 4.0, 4.0)
    if note_has_pattern(colour):
        stripe = QRectF(box.left(), box.center().y() - box.height() / 8.0, box.width(), box.height() / 4.0)
        painter.fillRect(stripe, QColor(tokens().row))


def _swatch_icon(colour: int) -> QIcon:
    pixmap = QPixmap(32, 32)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_swatch(painter, QRectF(2.0, 2.0, 28.0, 28.0), colour)
    painter.end()
    return QIcon(pixmap)
