"""One row of the track list: colour, name, instrument, mute, solo, show, level, count, drag handle."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
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
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStackedLayout,
    QToolButton,
    QWidget,
)

from mt3_desktop.app.wording import tool_tip
from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.tracks import DRUM_COLOUR, N_HUES, Track
from mt3_desktop.gui.theme import icon, note_colour, note_has_pattern, tokens

SPOTLIGHT_MS = 180
UNITY = 100


class TrackRow(QFrame):
    """Shows a track and turns what is done to it into signals.

    Signals:
        mute_toggled: bool.
        solo_toggled: bool, whether other solos stay (Ctrl).
        show_toggled: bool.
        level_changed: gain 0-2.
        renamed: str.
        recoloured: colour index.
        program_wanted: QPoint on the screen below the instrument's name.
        merge_wanted: the stray badge was clicked.
        menu_wanted: QPoint on the screen.
        spotlight_changed: Instrument, bool: whether the row is under the pointer or has the focus.
        drag_wanted: the handle is being dragged.
        step_wanted: int, focus the row that many below.
    """

    mute_toggled = Signal(bool)
    solo_toggled = Signal(bool, bool)
    show_toggled = Signal(bool)
    level_changed = Signal(float)
    renamed = Signal(str)
    recoloured = Signal(int)
    program_wanted = Signal(QPoint)
    merge_wanted = Signal()
    menu_wanted = Signal(QPoint)
    spotlight_changed = Signal(object, bool)
    drag_wanted = Signal()
    step_wanted = Signal(int)

    def __init__(self, track: Track, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._track = track
        self._is_lit = False
        self.setObjectName("track")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._spotlight = QTimer(self, singleShot=True, interval=SPOTLIGHT_MS)
        self._spotlight.timeout.connect(self._on_spotlight_due)
        self._build()
        self.set_track(track, merge_target="")

    def _build(self) -> None:
        self.swatch = Swatch(self)
        self.name = NameLabel(self)
        self.program = ElidedButton(self)
        self.program.setFlat(True)
        self.program.setProperty("role", "caption")
        self.program.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.stray = QPushButton(self)
        self.stray.setText("Stray?")
        self.stray.setProperty("role", "badge")
        self.mute = _letter("M", "mute", self)
        self.solo = SoloButton(self)
        self.shown = QToolButton(self)
        self.shown.setCheckable(True)
        self.shown.setProperty("role", "quiet")
        self.handle = DragGrip(self)
        self.level = QSlider(Qt.Orientation.Horizontal, self)
        self.level.setRange(0, 2 * UNITY)
        self.level.setPageStep(10)
        self.level.setFixedWidth(self.fontMetrics().horizontalAdvance("00000000"))
        self.count = QLabel(self)
        self.count.setProperty("role", "caption")
        top = QHBoxLayout()
        top.setSpacing(2)
        top.addWidget(self.name, 1)
        for widget in (self.stray, self.mute, self.solo, self.shown, self.handle):
            top.addWidget(widget)
        bottom = QHBoxLayout()
        bottom.setSpacing(6)
        bottom.addWidget(self.program, 1)
        bottom.addWidget(self.count)
        bottom.addWidget(self.level)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 3, 4, 3)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.swatch, 0, 0, 2, 1)
        grid.addLayout(top, 0, 1)
        grid.addLayout(bottom, 1, 1)
        grid.setColumnStretch(1, 1)
        self.mute.toggled.connect(self.mute_toggled)
        self.solo.soloed.connect(self.solo_toggled)
        self.shown.toggled.connect(self.show_toggled)
        self.level.valueChanged.connect(self._on_level_changed)
        self.name.renamed.connect(self.renamed)
        self.swatch.recoloured.connect(self.recoloured)
        self.program.clicked.connect(self._on_program_clicked)
        self.stray.clicked.connect(self.merge_wanted)
        self.handle.drag_wanted.connect(self.drag_wanted)

    @property
    def track(self) -> Track:
        """What is shown."""
        return self._track

    def set_track(self, track: Track, *, merge_target: str) -> None:
        """Show a track.

        Args:
            track: what to show.
            merge_target: name of the track that a stray one would be merged into; "" if it is none.
        """
        self._track = track
        for widget in (self.mute, self.solo, self.shown, self.level):
            widget.blockSignals(True)
        self.mute.setChecked(track.muted)
        self.solo.setChecked(track.soloed)
        self.shown.setChecked(track.shown)
        self.level.setValue(round(track.level * UNITY))
        for widget in (self.mute, self.solo, self.shown, self.level):
            widget.blockSignals(False)
        self.shown.setIcon(icon("eye" if track.shown else "eye-off", lights_up=False))
        self.swatch.set_colour(track.colour)
        self.name.set_text(track.name)
        name = "Drum kit" if track.instrument.is_drum else instrument_name(track.instrument)
        self.program.set_full_text(name)
        self.program.setEnabled(not track.instrument.is_drum)
        self.count.setText(f"{track.count:,}".replace(",", "\u202f"))
        self.stray.setVisible(bool(merge_target))
        self._name_for_all(merge_target)

    def _name_for_all(self, merge_target: str) -> None:
        """Names and tips, for those who hear the screen and those who hover."""
        track, name = self._track, self._track.name
        notes = "1 note" if track.count == 1 else f"{track.count} notes"
        states = [word for word, is_on in (("muted", track.muted), ("solo", track.soloed)) if is_on]
        self.setAccessibleName(", ".join([name, notes, *states]))
        self.count.setToolTip(notes)
        for widget, text, tip in (
            (self.swatch, f"Colour of {name}", "Colour"),
            (self.program, f"Instrument of {name}: {instrument_name(track.instrument)}", "Change instrument"),
            (self.mute, f"Mute {name}", "Mute (M)"),
            (self.solo, f"Solo {name}", "Solo (S); with Ctrl besides other solos"),
            (self.shown, f"Show {name}", "Hide in the roll" if track.shown else "Show in the roll"),
            (self.level, f"Level of {name}", f"Level {round(100 * track.level)} %"),
            (self.handle, f"Drag {name} as MIDI file", "Drag this track into your music program"),
            (self.stray, f"Merge {name} into {merge_target}", f"Merge into {merge_target}"),
        ):
            widget.setAccessibleName(text)
            widget.setToolTip(tool_tip(tip))

    # --- keys, pointer, focus ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """M, S, F2, Alt+↑↓; the menu key."""
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers == Qt.KeyboardModifier.AltModifier and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step_wanted.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key == Qt.Key.Key_M and not modifiers:
            self.mute.toggle()
        elif key == Qt.Key.Key_S and modifiers in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
        ):
            self.solo.flip(additive=modifiers == Qt.KeyboardModifier.ShiftModifier)
        elif key == Qt.Key.Key_F2:
            self.name.edit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename."""
        self.name.edit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu, by mouse or by key."""
        self.menu_wanted.emit(event.globalPos())

    def enterEvent(self, event: QEnterEvent) -> None:
        """Into the spotlight, after a moment."""
        self._spotlight.start()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Out of it."""
        self._spotlight.stop()
        self._light(False)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Reached by key: into the spotlight. A click would leave the others dim for good."""
        if event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        ):
            self._light(True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Out of it."""
        if not self.underMouse():
            self._light(False)
        super().focusOutEvent(event)

    def _light(self, is_lit: bool) -> None:
        if is_lit != self._is_lit:
            self._is_lit = is_lit
            self.spotlight_changed.emit(self._track.instrument, is_lit)

    @Slot()
    def _on_spotlight_due(self) -> None:
        self._light(True)

    @Slot(int)
    def _on_level_changed(self, value: int) -> None:
        self.level_changed.emit(value / UNITY)

    @Slot()
    def _on_program_clicked(self) -> None:
        self.program_wanted.emit(self.program.mapToGlobal(self.program.rect().bottomLeft()))


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
        self._label = _ElidedLabel(self)
        self._label.setProperty("role", "heading")
        self._label.setMinimumWidth(20)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.field = QLineEdit(self)
        self.field.setAccessibleName("Track name")
        self.field.installEventFilter(self)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._label)
        self._stack.addWidget(self.field)
        self.field.editingFinished.connect(self._on_editing_finished)

    def set_text(self, text: str) -> None:
        """Show a name, unless it is being edited."""
        self._label.setText(text)
        self._label.setToolTip(tool_tip(text))

    def edit(self) -> None:
        """Let the user type."""
        self._is_editing = True
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


class _ElidedLabel(QLabel):
    """A label that ends in "…" where it is too narrow."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class ElidedButton(QPushButton):
    """A button whose text ends in "…" where it is too narrow."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.full_text = ""

    def set_full_text(self, text: str) -> None:
        """Show a text, or as much as fits."""
        self.full_text = text
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the text into the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 8
        self.setText(self.fontMetrics().elidedText(self.full_text, Qt.TextElideMode.ElideRight, room))


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


def _letter(text: str, role: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setCheckable(True)
    button.setProperty("role", role)
    return button
