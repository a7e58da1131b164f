"""One row of the track list: colour, name, instrument, mute, solo, show, level, count, drag handle."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from mt3_desktop.app.wording import counted, tool_tip
from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.tracks import Track
from mt3_desktop.gui.theme import icon
from mt3_desktop.gui.track_controls import DragGrip, ElidedButton, NameLabel, SoloButton, Swatch

SPOTLIGHT_MS = 180
UNITY = 100
PROGRAM_STRETCH = 100
_USUAL_COUNT = "0,000 notes"
"""So wide are counts, that the sliders above each other are as long."""


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
        self._lay_out()
        self._connect()
        self.set_track(track, merge_target="")

    def _build(self) -> None:
        self.swatch = Swatch(self)
        self.name = NameLabel(self)
        self.program = ElidedButton(self)
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
        self.level.setMinimumWidth(self.fontMetrics().horizontalAdvance("000000"))
        self.count = QLabel(self)
        self.count.setProperty("role", "caption")
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count.setMinimumWidth(self.fontMetrics().horizontalAdvance(_USUAL_COUNT))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(2)
        top.addWidget(self.name)  # whole where it fits; what stands beside it takes the rest
        top.addWidget(self.program, PROGRAM_STRETCH)
        top.addStretch(1)
        top.addWidget(self.stray)
        top.addWidget(self.handle)
        bottom = QHBoxLayout()
        bottom.setSpacing(2)
        for widget in (self.mute, self.solo, self.shown):
            bottom.addWidget(widget)
        bottom.addSpacing(4)
        bottom.addWidget(self.level, 1)
        bottom.addSpacing(4)
        bottom.addWidget(self.count)
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 2, 4, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.addWidget(self.swatch, 0, 0, 2, 1)
        grid.addLayout(top, 0, 1)
        grid.addLayout(bottom, 1, 1)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
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
        program = instrument_name(track.instrument)
        self.program.set_full_text("" if program == track.name else program)
        self.program.setHidden(track.instrument.is_drum)
        self.count.setText(counted(track.count, "note"))
        self.stray.setVisible(bool(merge_target))
        self._name_for_all(merge_target)

    def _name_for_all(self, merge_target: str) -> None:
        """Names and tips, for those who hear the screen and those who hover."""
        track, name, instrument = self._track, self._track.name, instrument_name(self._track.instrument)
        notes = counted(track.count, "note")
        states = [word for word, is_on in (("muted", track.muted), ("solo", track.soloed)) if is_on]
        self.setAccessibleName(", ".join([name, notes, *states]))
        for widget, text, tip in (
            (self.swatch, f"Colour of {name}", "Colour"),
            (self.program, f"Instrument of {name}: {instrument}", f"{instrument}: change instrument"),
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


def _letter(text: str, role: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setCheckable(True)
    button.setProperty("role", role)
    return button
