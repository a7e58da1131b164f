"""The transport bar: play, loop, time, tempo, speed, original against notes, volume, follow."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStyle,
    QToolButton,
    QWidget,
)

from mt3_desktop.core.progress import clock
from mt3_desktop.gui.forms import indent
from mt3_desktop.gui.sliders import CentredSlider, PercentSlider
from mt3_desktop.gui.tempo_box import TempoBox
from mt3_desktop.gui.theme import icon

MIN_SPEED, MAX_SPEED, SPEED_STEP = 25, 200, 5


class TransportBar(QWidget):
    """Shows what the player does and turns what is done to it into wishes; setters emit nothing.

    Attributes:
        tempo: the bars, with signals of its own.

    Signals:
        to_start_wanted: go to the start.
        play_toggled: play, or pause.
        loop_toggled: (is_on: bool)
        speed_changed: (speed: float) 1 is as recorded.
        balance_changed: (balance: float) 0 is the original alone, 0.5 both, 1 the notes alone.
        split_toggled: (is_on: bool) the original on the left, the notes on the right.
        volume_changed: (volume: float) 0-1.
        follow_toggled: (is_on: bool) keep the playhead in view.
    """

    to_start_wanted = Signal()
    play_toggled = Signal()
    loop_toggled = Signal(bool)
    speed_changed = Signal(float)
    balance_changed = Signal(float)
    split_toggled = Signal(bool)
    volume_changed = Signal(float)
    follow_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._duration = 0.0
        self._build()
        self._connect()
        self._lay_out()
        self.set_playing(False)
        self.set_position(0.0)

    # --- values in ---

    def set_playing(self, is_playing: bool) -> None:
        """Show whether the song plays."""
        words = "Pause" if is_playing else "Play"
        self.play.setIcon(icon("pause" if is_playing else "play"))
        self.play.setAccessibleName(words)
        self.play.setToolTip(f"{words} (Space)")

    def set_position(self, seconds: float) -> None:
        """Show where the playhead is."""
        self.time.setText(exact_clock(seconds))

    def set_duration(self, seconds: float) -> None:
        """Say how long the song is; room is kept for its longest time."""
        self._duration = seconds
        widest = exact_clock(max(seconds, 600.0)).translate(str.maketrans("123456789", "000000000"))
        self.time.setMinimumWidth(self.time.fontMetrics().horizontalAdvance(widest) + 4)
        self.time.setToolTip(f"Position; the song lasts {clock(seconds)}" if seconds else "Position")

    def set_loop(self, loop: tuple[float, float] | None, *, is_on: bool) -> None:
        """Show the loop.

        Args:
            loop: start and end in seconds, or None where none was drawn.
            is_on: whether it is in use.
        """
        with QSignalBlocker(self.loop):
            self.loop.setChecked(is_on and loop is not None)
        self.loop.setEnabled(loop is not None)
        span = f"{exact_clock(loop[0])} to {exact_clock(loop[1])}" if loop else "drag the ruler to draw one"
        self.loop.setToolTip(f"Loop (L): {span}")

    def set_speed(self, speed: float) -> None:
        """Show the speed; 1 is as recorded."""
        with QSignalBlocker(self.speed):
            self.speed.setValue(round(100 * speed))

    def set_balance(self, balance: float) -> None:
        """Show original against notes, 0-1."""
        with QSignalBlocker(self.balance):
            self.balance.setValue(round(100 * balance))
        self._describe_balance()

    def set_split(self, is_on: bool) -> None:
        """Show whether original and notes are on separate sides."""
        with QSignalBlocker(self.split):
            self.split.setChecked(is_on)

    def set_volume(self, volume: float) -> None:
        """Show the volume, 0-1."""
        with QSignalBlocker(self.volume):
            self.volume.setValue(round(100 * volume))
        self._show_volume()

    def set_follow(self, is_on: bool) -> None:
        """Show whether the roll follows the playhead."""
        with QSignalBlocker(self.follow):
            self.follow.setChecked(is_on)

    # --- inside ---

    def _build(self) -> None:
        self.to_start = _button("to-start", "To start", "To start (Home)")
        self.play = _button("play", "Play", "Play (Space)")
        self.play.setObjectName("play")
        self.loop = _button("loop", "Loop", "Loop (L): drag the ruler to draw one", is_switch=True)
        self.loop.setEnabled(False)
        self.time = QLabel()
        self.time.setObjectName("time")
        self.time.setAccessibleName("Position")
        font = self.time.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setStyleHint(font.StyleHint.TypeWriter)
        self.time.setFont(font)
        self.tempo = TempoBox()
        self.speed = QSpinBox()
        indent(self.speed)
        self.speed.setRange(MIN_SPEED, MAX_SPEED)
        self.speed.setSingleStep(SPEED_STEP)
        self.speed.setSuffix(" %")
        self.speed.setValue(100)
        self.speed.setKeyboardTracking(False)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Speed; the pitch stays (Ctrl+PgUp, Ctrl+PgDown)")
        self.balance = CentredSlider("Original or synth")
        self.split = _button("", "Original left, synth right", "Original left, synth right", is_switch=True)
        self.split.setText("L|R")
        self.volume_icon = QLabel()
        self.volume = PercentSlider("Volume")
        self.volume.setToolTip("Volume")
        self.follow = _button("follow", "Follow", "Follow: keep the playhead in view", is_switch=True)

    def _connect(self) -> None:
        self.to_start.clicked.connect(self.to_start_wanted)
        self.play.clicked.connect(self.play_toggled)
        self.loop.toggled.connect(self.loop_toggled)
        self.speed.valueChanged.connect(self._on_speed_changed)
        self.balance.valueChanged.connect(self._on_balance_changed)
        self.split.toggled.connect(self.split_toggled)
        self.volume.valueChanged.connect(self._on_volume_changed)
        self.follow.toggled.connect(self.follow_toggled)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(6)
        for button in (self.to_start, self.play, self.loop):
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(self.time)
        row.addStretch(1)
        row.addWidget(self.tempo)
        row.addStretch(1)
        row.addWidget(_caption("Speed", self.speed))
        row.addWidget(self.speed)
        row.addStretch(1)
        row.addWidget(_caption("Original", self.balance))
        row.addWidget(self.balance)
        row.addWidget(_caption("Synth"))
        row.addWidget(self.split)
        row.addStretch(1)
        row.addWidget(self.volume_icon)
        row.addWidget(self.volume)
        row.addStretch(1)
        row.addWidget(self.follow)
        self.set_duration(0.0)
        self.set_balance(0.5)
        self.set_volume(0.8)
        self.set_follow(True)

    def _show_volume(self) -> None:
        name = "volume" if self.volume.value() else "volume-off"
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self.volume_icon.setPixmap(icon(name).pixmap(side, side))

    def _describe_balance(self) -> None:
        value = self.balance.value()
        text = (
            "Original and synth evenly" if value == 50
            else "Original alone" if value == 0
            else "Synth alone" if value == 100
            else f"Original {100 - value} %, synth {value} %"
        )  # fmt: skip
        self.balance.setAccessibleDescription(text)
        self.balance.setToolTip(f"{text} (comma and full stop move it, O flips it)")

    @Slot(int)
    def _on_speed_changed(self, percent: int) -> None:
        self.speed_changed.emit(percent / 100)

    @Slot(int)
    def _on_balance_changed(self, value: int) -> None:
        self._describe_balance()
        self.balance_changed.emit(value / 100)

    @Slot(int)
    def _on_volume_changed(self, value: int) -> None:
        self._show_volume()
        self.volume_changed.emit(value / 100)


def exact_clock(seconds: float) -> str:
    """A position as the transport shows it: "0:41.250", "1:02:07.000"."""
    milliseconds = math.floor(max(0.0, seconds) * 1000 + 1e-6)
    return f"{clock(milliseconds // 1000)}.{milliseconds % 1000:03}"


def _button(icon_name: str, name: str, tip: str = "", *, is_switch: bool = False) -> QToolButton:
    button = QToolButton()
    if icon_name:
        button.setIcon(icon(icon_name))
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setCheckable(is_switch)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the roll
    return button


def _caption(text: str, buddy: QWidget | None = None) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "caption")
    if buddy is not None:
        label.setBuddy(buddy)
    return label
