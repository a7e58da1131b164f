"""The button in the corner of the roll: what lies behind the notes, and how strongly it shows."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget, QWidgetAction

from mt3_desktop.gui.roll.backdrop import MAX_STRENGTH, BackdropKind
from mt3_desktop.gui.sliders import PercentSlider
from mt3_desktop.gui.theme import icon

TEXTS = {
    BackdropKind.PLAIN: "Plain",
    BackdropKind.WAVEFORM: "Waveform",
    BackdropKind.SPECTROGRAM: "Spectrogram",
}


class BackdropButton(QToolButton):
    """Shows a backdrop and turns what is chosen into wishes; setters emit nothing.

    Signals:
        chosen: BackdropKind, strength 0-0.6.
    """

    chosen = Signal(object, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon("spectrogram"))
        self.setAutoRaise(True)
        self.setProperty("role", "corner")
        self.setAccessibleName("Behind the notes")
        self.setToolTip("What lies behind the notes, and how strongly (G)")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the roll
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0; }")
        menu = QMenu(self)
        self.kinds = QActionGroup(menu)
        for kind, text in TEXTS.items():
            action = self.kinds.addAction(text)
            action.setCheckable(True)
            action.setData(kind)
            menu.addAction(action)
        menu.addSeparator()
        self.strength = PercentSlider("Strength of the backdrop")
        self.strength.setMaximum(round(100 * MAX_STRENGTH))
        self.strength.setToolTip("How strongly the recording shows behind the notes")
        menu.addAction(_in_menu("Strength", self.strength, menu))
        self.setMenu(menu)
        self.kinds.triggered.connect(self._on_changed)
        self.strength.valueChanged.connect(self._on_changed)

    def set_backdrop(self, kind: BackdropKind, strength: float) -> None:
        """Show what is drawn."""
        for action in self.kinds.actions():
            action.setChecked(action.data() is kind)
        with QSignalBlocker(self.strength):
            self.strength.setValue(round(100 * strength))
        self.strength.setEnabled(kind is not BackdropKind.PLAIN)

    @Slot()
    def _on_changed(self) -> None:
        checked = self.kinds.checkedAction()
        kind = BackdropKind.PLAIN if checked is None else checked.data()
        self.chosen.emit(kind, self.strength.value() / 100)


def _in_menu(text: str, widget: QWidget, menu: QMenu) -> QAction:
    """A widget with a caption as an entry of a menu."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(12, 4, 12, 6)
    caption = QLabel(text)
    caption.setBuddy(widget)
    row.addWidget(caption)
    row.addWidget(widget, 1)
    action = QWidgetAction(menu)
    action.setDefaultWidget(holder)
    return action
