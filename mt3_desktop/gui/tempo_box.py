"""The tempo box: bar and beat, beats per minute, tap, half and double; no bars until somebody wants some."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from mt3_desktop.core.tempo import MAX_BPM, MIN_BPM, Tempo
from mt3_desktop.gui.forms import indent
from mt3_desktop.gui.theme import icon

FIRST_BPM = 120.0
METRES = (2, 3, 4, 5, 6, 7)
_OFF = MIN_BPM - 1.0
"""The value of the box that means "no bars"."""
_WIDEST_POSITION = "-000.0"


class TempoBox(QWidget):
    """Shows a tempo and turns what is done to it into wishes; setters emit nothing.

    Signals:
        bpm_chosen: (bpm: float) beats per minute were typed or stepped to.
        bars_unwanted: () the bars are to go.
        tapped: () one beat.
        scale_wanted: (factor: float) half or double.
        metre_chosen: (beats_per_bar: int)
        downbeat_wanted: () bar 1 is to begin at the playhead.
    """

    bpm_chosen = Signal(float)
    bars_unwanted = Signal()
    tapped = Signal()
    scale_wanted = Signal(float)
    metre_chosen = Signal(int)
    downbeat_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._build()
        self._build_menu()
        self._connect()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.position, self.bpm, self.tap, self.half, self.double, self.more):
            row.addWidget(widget)
        row.insertSpacing(1, 4)
        self.set_tempo(None)

    # --- values in ---

    def set_tempo(self, tempo: Tempo | None) -> None:
        """Show a tempo, or that there are no bars."""
        with QSignalBlocker(self.bpm):
            self.bpm.setValue(_OFF if tempo is None else tempo.bpm)
        self.position.setVisible(tempo is not None)
        for control in (self.half, self.double, self.more):
            control.setEnabled(tempo is not None)
        for action in self._metres.actions():
            action.setChecked(tempo is not None and action.data() == tempo.beats_per_bar)

    def set_position(self, text: str) -> None:
        """Show bar and beat of the playhead: "17.3"."""
        self.position.setText(text)

    # --- inside ---

    def _build(self) -> None:
        self.position = QLabel()
        self.position.setAccessibleName("Bar and beat")
        self.position.setToolTip("Bar and beat of the playhead")
        self.position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.position.setMinimumWidth(self.fontMetrics().horizontalAdvance(_WIDEST_POSITION))
        self.bpm = _BpmBox()
        self.tap = _button("Tap", "Tap tempo", "Tap the beat, from a downbeat on (T)")
        self.half = _button("½", "Half tempo", "Half the tempo")
        self.double = _button("×2", "Double tempo", "Double the tempo")
        self.more = _button("", "Bars", "Where bar 1 begins, and how long bars are")
        self.more.setIcon(icon("more"))
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0; }")

    def _build_menu(self) -> None:
        menu = QMenu(self)
        self.downbeat = QAction("Bar 1 at the playhead", menu)
        menu.addAction(self.downbeat)
        menu.addSeparator()
        self._metres = QActionGroup(menu)
        for beats in METRES:
            action = self._metres.addAction(f"{beats} beats a bar")
            action.setCheckable(True)
            action.setData(beats)
            menu.addAction(action)
        menu.addSeparator()
        self.off = QAction("No bars", menu)
        menu.addAction(self.off)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _connect(self) -> None:
        self.bpm.valueChanged.connect(self._on_bpm_changed)
        self.tap.clicked.connect(self.tapped)
        self.half.clicked.connect(self._on_half_clicked)
        self.double.clicked.connect(self._on_double_clicked)
        self.downbeat.triggered.connect(self.downbeat_wanted)
        self.off.triggered.connect(self.bars_unwanted)
        self._metres.triggered.connect(self._on_metre_triggered)

    @Slot(float)
    def _on_bpm_changed(self, bpm: float) -> None:
        if bpm < MIN_BPM:
            self.bars_unwanted.emit()
        else:
            self.bpm_chosen.emit(bpm)

    @Slot()
    def _on_half_clicked(self) -> None:
        self.scale_wanted.emit(0.5)

    @Slot()
    def _on_double_clicked(self) -> None:
        self.scale_wanted.emit(2.0)

    @Slot(object)
    def _on_metre_triggered(self, action: QAction) -> None:
        self.metre_chosen.emit(action.data())


class _BpmBox(QDoubleSpinBox):
    """Beats per minute; the first step up from "no bars" is a tempo to begin with."""

    def __init__(self) -> None:
        super().__init__()
        indent(self)
        self.setRange(_OFF, MAX_BPM)
        self.setDecimals(1)
        self.setPrefix("♩ ")
        self.setSpecialValueText("Off")
        self.setKeyboardTracking(False)
        self.setAccessibleName("Tempo")
        self.setToolTip("Tempo of the bars in beats per minute; the notes stay where they are")

    def stepBy(self, steps: int) -> None:
        """Step, from off into the middle."""
        if self.value() < MIN_BPM and steps > 0:
            self.setValue(FIRST_BPM)
        else:
            super().stepBy(steps)


def _button(text: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the roll
    return button
