"""The self-test of what computes: a button, and what came out for each device."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mt3_desktop.core.devices import DeviceReport
from mt3_desktop.gui.device_choice import DEVICE_NAMES
from mt3_desktop.gui.plain_label import plain_label


class DeviceTest(QWidget):
    """Asks for the test, and shows its findings.

    Signals:
        requested: () the devices are to be tested.
    """

    requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Nothing was tested yet."""
        super().__init__(parent)
        self._is_testing = False
        self._button = QPushButton("Test")
        self._button.setAccessibleName("Test what can compute here")
        self._button.clicked.connect(self._on_clicked)
        self._findings = plain_label("Says what can compute here, how fast, and why something cannot")
        self._findings.setProperty("role", "caption")
        self._findings.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self._button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self._findings)

    @Slot(object)
    def show_reports(self, reports: Sequence[DeviceReport]) -> None:
        """Say what came out."""
        self._is_testing = False
        self._findings.setText("\n".join(map(_finding, reports)))

    @Slot()
    def _on_clicked(self) -> None:
        if not self._is_testing:  # a disabled button would hand the focus on
            self._is_testing = True
            self._findings.setText("Testing…")
            self.requested.emit()


def _finding(report: DeviceReport) -> str:
    name = DEVICE_NAMES[report.name] + (f" · {report.title}" if report.title else "")
    if report.milliseconds is None:
        return f"{name}: not usable. {report.problem}"
    return f"{name}: works ({report.milliseconds:.1f} ms for the test)"
