"""The top bar: add, choose a model and a device, transcribe, export."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from mt3_desktop.core.devices import FoundDevice
from mt3_desktop.gui.action_button import ActionButton
from mt3_desktop.gui.actions import Actions
from mt3_desktop.gui.device_choice import device_entries
from mt3_desktop.gui.drag_handle import DragHandle
from mt3_desktop.gui.model_picker import ModelPicker
from mt3_desktop.gui.range_box import RangeBox
from mt3_desktop.gui.theme import icon

DEVICE_LETTERS = 16  # a long name of a graphics card is read in the list


class TopBar(QWidget):
    """The row of what one does most, from left to right in the order of doing it.

    Signals:
        device_chosen: (device: str) by the user.
    """

    device_chosen = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        """Lay out the bar.

        Args:
            actions: what the buttons do.
            parent: owner.
        """
        super().__init__(parent)
        self.picker = ModelPicker()
        self._device = QComboBox()
        self._device.setAccessibleName("Device")
        self._device.setToolTip("What computes: a graphics card is much faster where there is one")
        self._device.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._device.setMinimumContentsLength(DEVICE_LETTERS)
        self._found: tuple[FoundDevice, ...] = ()
        self.set_device("auto")
        self._device.activated.connect(self._on_device_activated)
        self.range = RangeBox()
        self.transcribe = ActionButton(actions["transcribe"], "Transcribe", "transcribe")
        self.stop = ActionButton(actions["stop"], "Cancel", "stop")
        self.export = ActionButton(actions["export"], "Export MIDI", "export")
        self.drag_handle = DragHandle()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self._add_button(actions))
        row.addWidget(_line())
        row.addWidget(_caption("Model", self.picker))
        row.addWidget(self.picker)
        row.addWidget(_caption("Device", self._device))
        row.addWidget(self._device)
        row.addWidget(_caption("Range", self.range))
        row.addWidget(self.range)
        row.addWidget(self.transcribe)
        row.addWidget(self.stop)
        row.addStretch(1)
        row.addWidget(self.drag_handle)
        row.addWidget(self.export)
        row.addWidget(_action_tool(actions, "settings"))

    @property
    def recent_menu(self) -> QMenu:
        """The menu of recent files, to be filled by the window."""
        return self._recent

    def set_device(self, device: str) -> None:
        """Show a device; nothing is emitted."""
        self._device.clear()
        for value, text in self.device_entries(device):
            self._device.addItem(icon("chip"), text, value)
        self._device.setCurrentIndex(self._device.findData(device))

    @Slot(object)
    def set_found(self, devices: tuple[FoundDevice, ...]) -> None:
        """Offer only devices that are there."""
        self._found = devices
        self.set_device(self._device.currentData())

    def device_entries(self, chosen: str) -> tuple[tuple[str, str], ...]:
        """What can be chosen, as (device, text), if `chosen` is in the settings."""
        return device_entries(self._found, chosen)

    def set_song(self, *, has_notes: bool, is_running: bool) -> None:
        """Make the next step the button that stands out."""
        self.stop.setVisible(is_running)
        self.transcribe.setVisible(not is_running)
        self.transcribe.set_primary(not has_notes)
        self.export.set_primary(has_notes and not is_running)
        self.drag_handle.setEnabled(has_notes)

    def _add_button(self, actions: Actions) -> QToolButton:
        menu = QMenu(self)
        menu.addAction(actions["add_files"])
        menu.addAction(actions["add_folder"])
        self._recent = menu.addMenu(icon("clock"), "Recent files")
        button = ActionMenuButton("Add…", "add", menu)
        button.clicked.connect(actions["add_files"].trigger)
        button.setToolTip(actions["add_files"].toolTip())
        return button

    @Slot(int)
    def _on_device_activated(self, index: int) -> None:
        self.device_chosen.emit(self._device.itemData(index))


class ActionMenuButton(QToolButton):
    """A button with words, and a small arrow that opens a menu."""

    def __init__(self, text: str, icon_name: str, menu: QMenu) -> None:
        super().__init__()
        self.setText(text)
        self.setIcon(icon(icon_name))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.setMenu(menu)
        self.setAccessibleName(text.rstrip("…"))


def _action_tool(actions: Actions, action_id: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[action_id])
    button.setAccessibleName(actions[action_id].text().rstrip("…"))
    return button


def _caption(text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "caption")
    label.setBuddy(buddy)
    return label


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.VLine)
    line.setForegroundRole(QPalette.ColorRole.Mid)  # a frame's line is as dark as text otherwise
    line.setFixedHeight(22)
    return line
