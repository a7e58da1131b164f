"""A check box for each track of a song: which of them are saved."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from mt3_desktop.app.wording import counted, menu_text, tool_tip
from mt3_desktop.core.tracks import Track, audible
from mt3_desktop.core.values import Instrument

COLUMNS = 3
MAX_ROWS = 4
"""More rows than these scroll."""

_NAME_LENGTH = 24


class TrackBoxes(QWidget):
    """The boxes, in columns.

    Signals:
        changed: () a track was checked or unchecked.
    """

    changed = Signal()

    def __init__(self, tracks: tuple[Track, ...], parent: QWidget | None = None) -> None:
        """All checked.

        Args:
            tracks: of the song on show.
            parent: owner.
        """
        super().__init__(parent)
        self._audible = audible(tracks)
        self._boxes: dict[Instrument, QCheckBox] = {}
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for place, track in enumerate(tracks):
            box = QCheckBox(menu_text(_shortened(track.name)))
            box.setToolTip(tool_tip(f"{track.name}, {counted(track.count, 'note')}"))
            box.setAccessibleName(track.name)
            box.setChecked(True)
            box.toggled.connect(self.changed)
            self._boxes[track.instrument] = box
            grid.addWidget(box, place // COLUMNS, place % COLUMNS)
        grid.setColumnStretch(COLUMNS, 1)
        self.setAccessibleName("Tracks")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        n_rows = -(-len(tracks) // COLUMNS)
        column.addWidget(inside if n_rows <= MAX_ROWS else _scrolling(inside, MAX_ROWS / n_rows))

    @property
    def chosen(self) -> frozenset[Instrument] | None:
        """The tracks to be saved, or None for all: also for those that come while the song is heard."""
        chosen = frozenset(instrument for instrument, box in self._boxes.items() if box.isChecked())
        return None if len(chosen) == len(self._boxes) else chosen

    def set_choosable(self, is_single: bool, *, with_muted: bool) -> None:
        """Say whether tracks can be chosen at all, and whether muted ones can."""
        for instrument, box in self._boxes.items():
            box.setEnabled(is_single and (with_muted or instrument in self._audible))


def _scrolling(inside: QWidget, share: float) -> QScrollArea:
    """A view on so much of the rows; the one that is cut through says that there are more."""
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedHeight(round(inside.sizeHint().height() * share * 1.1))
    return area


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
