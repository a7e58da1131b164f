"""The lane of drums under the pitched notes: one row per drum that occurs."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from mt3_desktop.gui.roll.area import NoteArea
from mt3_desktop.gui.roll.keyboard import DrumNames
from mt3_desktop.gui.roll.rows import drum_rows
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.roll.wheel import WheelReader

ROW_PX = 15
MIN_ROWS = 4


class DrumLane(QWidget):
    """Names at the left, diamonds at the right; hidden while there are no drums."""

    def __init__(self, state: RollState, viewport: Viewport, wheel: WheelReader) -> None:
        super().__init__()
        self.area = NoteArea(state, viewport, drum_rows(()), wheel)
        self.names = DrumNames(self.area.rows, wheel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.names)
        layout.addWidget(self.area)
        self.area.hovered.connect(self.names.set_hovered)
        self.hide()

    @property
    def wanted_height(self) -> int:
        """Pixels that all rows need."""
        return len(self.area.rows) * ROW_PX

    def show_keys(self, keys: tuple[int, ...]) -> bool:
        """Show a row for each of these percussion keys, or nothing without any.

        Returns:
            Whether that changed anything.
        """
        if bool(keys) != self.isHidden() and keys in ((), self.area.rows.keys):
            return False
        self.setVisible(bool(keys))
        if keys:
            rows = drum_rows(keys)
            self.area.set_rows(rows)
            self.names.set_rows(rows)
            self.setMinimumHeight(min(len(rows), MIN_ROWS) * ROW_PX)
        return True
