"""The results of the song on show, side by side: a row of tabs above the roll, where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QTabBar, QToolButton, QWidget

from mt3_desktop.gui.theme import icon


class ResultTab(NamedTuple):
    """One tab.

    Attributes:
        job_id: the result.
        text: the model, and how far it is or how much it found.
    """

    job_id: int
    text: str


class ResultBar(QTabBar):
    """Switches between results; there is nothing to see for a song with one.

    Signals:
        chosen: (job_id: int) this result is to be shown.
        removal_wanted: (job_id: int) this result is to go.
        comparison_wanted: (job_id: int) this result is to lie over the one on show.
    """

    chosen = Signal(int)
    removal_wanted = Signal(int)
    comparison_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job_ids: list[int] = []
        self.setAccessibleName("Results of this song")
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the roll
        self.currentChanged.connect(self._on_current_changed)
        self.hide()

    def set_results(self, results: Sequence[ResultTab], current: int) -> None:
        """Show the results of a song; nothing is emitted.

        Args:
            results: in the order of the tabs.
            current: job id of the one on show.
        """
        with QSignalBlocker(self):
            if [tab.job_id for tab in results] != self._job_ids:
                self._job_ids = [tab.job_id for tab in results]
                while self.count():
                    self.removeTab(0)
                for tab in results:
                    side = QTabBar.ButtonPosition.RightSide
                    self.setTabButton(self.addTab(""), side, self._close_button(tab.job_id))
            for place, tab in enumerate(results):
                if self.tabText(place) != tab.text:
                    self.setTabText(place, tab.text)
                    self.setTabToolTip(place, f"{tab.text} (R shows the next one)")
            if current in self._job_ids:
                self.setCurrentIndex(self._job_ids.index(current))
        self.setVisible(len(results) > 1)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the result under the pointer, or with the one that has the focus."""
        is_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        place = self.currentIndex() if is_by_key else self.tabAt(event.pos())
        if place < 0:
            return
        job_id = self._job_ids[place]
        menu = QMenu(self)
        compare = menu.addAction("Lay over the result on show", partial(self.comparison_wanted.emit, job_id))
        compare.setEnabled(place != self.currentIndex())
        menu.addAction(icon("close"), "Remove result", partial(self.removal_wanted.emit, job_id))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    @Slot(int)
    def _on_current_changed(self, place: int) -> None:
        if 0 <= place < len(self._job_ids):
            self.chosen.emit(self._job_ids[place])

    def _close_button(self, job_id: int) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon("close"))
        button.setAutoRaise(True)
        button.setToolTip("Take this result off the list")
        button.setAccessibleName("Remove result")
        button.clicked.connect(partial(self._remove, job_id))
        return button

    def _remove(self, job_id: int, _is_checked: bool = False) -> None:
        self.removal_wanted.emit(job_id)
