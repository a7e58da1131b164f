"""How much of what the model thought possible is a note: a slider, and a switch that shows the rest."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from mt3_desktop.gui.sliders import CentredSlider

TIP = "To the right more of what the model doubted, to the left only what it is sure of; edits stay"
CANDIDATES_TIP = "Show what might be notes with dotted outlines; Enter or a double click accepts one"
WITHOUT = "Not for this result: nothing is known of it but the notes"
_WIDEST_DIFFERENCE = "+0,000"


class SensitivityRow(QWidget):
    """Shows a sensitivity and turns what is done to it into wishes; setters emit nothing.

    Signals:
        sensitivity_chosen: (sensitivity: float) 0-1, also while the slider is dragged.
        candidates_toggled: (is_on: bool) whether candidates shall be seen.
    """

    sensitivity_chosen = Signal(float)
    candidates_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = CentredSlider("Sensitivity")
        self.difference = QLabel()
        self.difference.setProperty("role", "caption")
        self.difference.setAccessibleName("Notes more or fewer than usual")
        self.difference.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.difference.setMinimumWidth(self.fontMetrics().horizontalAdvance(_WIDEST_DIFFERENCE))
        self.candidates = QCheckBox("Show possible notes")
        caption = QLabel("Sensitivity")
        caption.setBuddy(self.slider)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.addWidget(caption, 0, 0)
        grid.addWidget(self.slider, 0, 1)
        grid.addWidget(self.difference, 0, 2)
        grid.addWidget(self.candidates, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        self.slider.valueChanged.connect(self._on_value_changed)
        self.candidates.toggled.connect(self.candidates_toggled)
        self.set_possible(False)

    def set_possible(self, is_possible: bool) -> None:
        """Offer both where the model told its candidates, else say why not."""
        for control, tip in ((self.slider, TIP), (self.candidates, CANDIDATES_TIP)):
            control.setEnabled(is_possible)
            control.setToolTip(tip if is_possible else WITHOUT)
            control.setAccessibleDescription(control.toolTip())

    def set_sensitivity(self, sensitivity: float, n_more: int) -> None:
        """Show a sensitivity.

        Args:
            sensitivity: 0-1.
            n_more: how many notes there are more than usual, negative: fewer.
        """
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(100 * sensitivity))
        self.difference.setText(f"{n_more:+,}".replace("-", "−") if n_more else "")

    def set_candidates_shown(self, is_shown: bool) -> None:
        """Show whether candidates are seen."""
        with QSignalBlocker(self.candidates):
            self.candidates.setChecked(is_shown)

    @Slot(int)
    def _on_value_changed(self, value: int) -> None:
        self.sensitivity_chosen.emit(value / 100)
