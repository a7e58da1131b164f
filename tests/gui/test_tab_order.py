"""Tab goes through the window in the order of reading."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mt3_desktop.gui.cleanup_panel import CleanupPanel
from mt3_desktop.gui.job_panel import JobPanel
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.top_bar import TopBar
from mt3_desktop.gui.track_row import TrackRow
from mt3_desktop.gui.transport import TransportBar
from tests.helpers.window import Hands


def test_tab_goes_through_the_rows_between_the_notes_and_the_clean_up(hands: Hands, song: Path) -> None:
    hands.drop(song)
    hands.wait_until_done()
    parts = (TopBar, JobPanel, RollView, TrackRow, CleanupPanel, TransportBar)
    widget, order = hands.window.nextInFocusChain(), []
    while widget is not hands.window:
        kind = next((kind for kind in parts if _is_within(widget, kind)), None)
        if kind is not None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and kind not in order[-1:]:
            order.append(kind)
        widget = widget.nextInFocusChain()
    start = order.index(TopBar)
    assert [*order[start:], *order[:start]] == list(parts)


def _is_within(widget: QWidget, kind: type[QWidget]) -> bool:
    while widget is not None and not isinstance(widget, kind):
        widget = widget.parentWidget()
    return widget is not None
