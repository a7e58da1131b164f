"""A thin line above the status line, while something is done aside: what, how far, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QToolButton, QWidget

from mt3_desktop.app.errands import Errands
from mt3_desktop.gui.message_bar import announce
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import icon

STEPS = 1000
BAR_WIDTH = 180


class ErrandLine(QWidget):
    """Shows the running errand of one service; hidden while there is none."""

    def __init__(self, errands: Errands, parent: QWidget | None = None) -> None:
        """Watch a service.

        Args:
            errands: what does the errands.
            parent: owner.
        """
        super().__init__(parent)
        self._errands = errands
        self._text = plain_label()
        self._text.setAccessibleName("In the background")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setFixedWidth(BAR_WIDTH)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress in the background")
        stop = QToolButton()
        stop.setIcon(icon("stop"))
        stop.setToolTip("Stop")
        stop.setAccessibleName("Stop what is done in the background")
        stop.clicked.connect(errands.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 0)
        row.setSpacing(10)
        row.addWidget(self._text, 1)
        row.addWidget(self._bar)
        row.addWidget(stop)
        errands.changed.connect(self._refresh)
        self._refresh()

    @property
    def text(self) -> str:
        """What is said about the errand."""
        return self._text.text()

    @Slot()
    def _refresh(self) -> None:
        errand, fraction = self._errands.running, self._errands.fraction
        self.setVisible(errand is not None)
        if errand is None:
            self._text.clear()
            return
        share = "…" if fraction is None else f" · {fraction:.0%}"
        if not self._text.text().startswith(errand.title):
            announce(self, errand.title)
        self._text.setText(errand.title + share)
        self._bar.setRange(0, 0 if fraction is None else STEPS)
        if fraction is not None:
            self._bar.setValue(round(fraction * STEPS))
