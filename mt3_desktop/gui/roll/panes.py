"""The parts of the roll in their places: ruler and waveform, keys and notes, drums, overview, playhead."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.area import NoteArea
from mt3_desktop.gui.roll.backdrop_button import BackdropButton
from mt3_desktop.gui.roll.drum_lane import DrumLane
from mt3_desktop.gui.roll.keyboard import KeyboardStrip
from mt3_desktop.gui.roll.overlay import Playhead
from mt3_desktop.gui.roll.overview import Overview
from mt3_desktop.gui.roll.rows import pitch_rows
from mt3_desktop.gui.roll.ruler import Ruler
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.roll.wheel import WheelReader
from mt3_desktop.gui.waveform import WaveformStrip

REST_MS = 150
MIN_DRUM_PX = 60
MIN_NOTES_PX = 100
N_TOOLS = 2


class Panes(QWidget):
    """Lays out the parts; keeps the playhead over all of them and the drums at their height.

    Attributes:
        area: the pitched notes.
        drum_area: the drums below them.
        areas: both.
        ruler: time, above.
        waveform: the recording, below the ruler.
        keyboard: piano keys, at the left.
        drum_names: names of the drums, at the left.
        backdrop_button: what lies behind the notes, in the corner.
        overview: the whole song, at the bottom.
    """

    def __init__(self, state: RollState, viewport: Viewport, wheel: WheelReader, parent: QWidget) -> None:
        super().__init__(parent)
        self.area = NoteArea(state, viewport, pitch_rows(), wheel)
        self._drum_lane = DrumLane(state, viewport, wheel)
        self.drum_area, self.drum_names = self._drum_lane.area, self._drum_lane.names
        self.areas = (self.area, self.drum_area)
        self.ruler = Ruler(state, viewport, wheel)
        self.waveform = WaveformStrip(viewport, wheel)
        self.waveform.hide()
        self.keyboard = KeyboardStrip(viewport, wheel)
        self.overview = Overview(state.store, viewport)
        self._tools = [_tool() for _ in range(N_TOOLS)]  # here already, for Tab goes by when they were made
        self.backdrop_button = BackdropButton()
        self._drum_height = 0  # until the user chooses one
        self._lay_out()
        self._playhead = Playhead(self)
        self._seconds = 0.0
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self.splitter.splitterMoved.connect(self._on_splitter_moved)
        viewport.changed.connect(self._on_viewport_changed)
        for area in self.areas:
            area.resized.connect(self._place_playhead)

    def _lay_out(self) -> None:
        key_width = self.keyboard.sizeHint().width()
        self.drum_names.setFixedWidth(key_width)
        self.keyboard.setFixedWidth(key_width)
        pitched = QWidget()
        row = QHBoxLayout(pitched)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.keyboard)
        row.addWidget(self.area)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(4)
        self.splitter.addWidget(pitched)
        self.splitter.addWidget(self._drum_lane)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        top = QGridLayout()
        top.setSpacing(0)
        top.setColumnMinimumWidth(0, key_width)
        corner = QHBoxLayout()
        corner.setSpacing(0)
        for button in (*self._tools, self.backdrop_button):
            corner.addWidget(button)
        top.addLayout(corner, 0, 0, Qt.AlignmentFlag.AlignCenter)
        top.addWidget(self.ruler, 0, 1)
        top.addWidget(self.waveform, 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.splitter, 1)
        layout.addSpacing(4)
        layout.addWidget(self.overview)

    def show_tools(self, *switches: QAction) -> None:
        """Put `N_TOOLS` buttons into the corner, before what lies behind the notes."""
        for button, switch in zip(self._tools, switches, strict=True):
            button.setDefaultAction(switch)
            button.setAccessibleName(switch.text().partition("\t")[0])
            button.show()
        for button in (*self._tools, self.backdrop_button):
            button.setFixedWidth(self.keyboard.width() // (1 + len(switches)))  # no wider than the keys

    def set_playhead(self, seconds: float) -> None:
        """Move the playhead."""
        self._seconds = seconds
        self.overview.set_playhead(seconds)
        self._place_playhead()

    def set_sounding(self, notes: Collection[Note]) -> None:
        """Show these pale: they are not final yet."""
        for area in self.areas:
            area.notes.set_sounding(notes)
        self.overview.set_sounding(notes)

    def show_drum_keys(self, keys: tuple[int, ...]) -> None:
        """One row per drum that occurs; no lane without drums."""
        if self._drum_lane.show_keys(keys):
            self._share_height()

    def repaint_all(self) -> None:
        """Draw all notes again: the theme changed."""
        for area in self.areas:
            area.repaint_all()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The playhead spans the new height, of which the drums keep their share."""
        super().resizeEvent(event)
        self._share_height()
        self._place_playhead()

    def _share_height(self) -> None:
        """Give the drums the height that the user chose, else what their rows want, a third at most.

        Said again at every new size: a splitter that was never shown would scale both parts alike.
        """
        if self._drum_lane.isHidden():
            return
        wanted = min(self._drum_lane.wanted_height, max(self.height() // 3, MIN_DRUM_PX))
        height = self._drum_height or wanted
        self.splitter.setSizes([max(self.splitter.height() - height, MIN_NOTES_PX), height])

    @Slot()
    def _on_splitter_moved(self) -> None:
        self._drum_height = self.splitter.sizes()[1]

    @Slot()
    def _place_playhead(self) -> None:
        corner = self.area.mapTo(self, QPoint(0, 0))
        x = corner.x() + round(self.area.pixel_of(self._seconds, 0.0).x())
        top = self.ruler.y()
        lane = QRect(corner.x(), top, self.area.width(), self.splitter.geometry().bottom() - top + 1)
        self._playhead.place(x, lane, self.ruler.height() - Playhead.GRIP)
        self._playhead.raise_()

    @Slot()
    def _on_viewport_changed(self) -> None:
        for area in self.areas:
            area.notes.set_moving(True)
        self._rest.start()
        self._place_playhead()

    @Slot()
    def _on_rest(self) -> None:
        for area in self.areas:
            area.notes.set_moving(False)


def _tool() -> QToolButton:
    """A button of the corner, hidden until it can do something."""
    button = QToolButton()
    button.setAutoRaise(True)
    button.setProperty("role", "corner")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the roll
    button.hide()
    return button
