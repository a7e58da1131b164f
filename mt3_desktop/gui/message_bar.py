"""The bar above the roll that says what went wrong, or well, and offers what can be done about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.app.messages import Action, Level, UserMessage
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import blend, icon, tokens

SUCCESS_SECONDS = 12
"""A good message leaves by itself; a bad one waits to be read."""

WORDS_WIDTH = 280
"""What a sentence needs to be read in two or three lines."""

_FRAME_WIDTH = 100
"""Icon, closing button, margins."""

_ICONS = {Level.INFO: "info", Level.SUCCESS: "check", Level.WARNING: "warning", Level.ERROR: "error"}
_TOKENS = {Level.INFO: "accent", Level.SUCCESS: "success", Level.WARNING: "warning", Level.ERROR: "danger"}


class MessageBar(QWidget):
    """Shows one message; never blocks, never opens a window.

    Signals:
        acted: (action: Action, message: UserMessage) a button was pressed.
    """

    acted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message: UserMessage | None = None
        self._icon = QLabel()
        self._title = plain_label()
        self._title.setProperty("role", "heading")
        self._text = plain_label()
        self._text.setProperty("role", "caption")
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(6)
        self._buttons_width = 0
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setToolTip("Dismiss")
        close.setAccessibleName("Dismiss message")
        close.clicked.connect(self.dismiss)
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._title)
        words.addWidget(self._text)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(8)
        self._body.addLayout(words, 1)
        self._body.addLayout(self._buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addLayout(self._body, 1)
        row.addWidget(close)
        self._timer = QTimer(self, singleShot=True, interval=SUCCESS_SECONDS * 1000)
        self._timer.timeout.connect(self.dismiss)
        self.setAccessibleName("Message")
        self.hide()

    @property
    def message(self) -> UserMessage | None:
        """The message on show, or None."""
        return self._message

    @Slot(object)
    def show_message(self, message: UserMessage) -> None:
        """Show a message in the place of the one before."""
        self._message = message
        self._icon.setPixmap(icon(_ICONS[message.level]).pixmap(20, 20))
        self._title.setText(message.title)
        self._text.setText(message.text)
        self._text.setVisible(bool(message.text))
        self._set_buttons(message)
        self.setAccessibleDescription(f"{message.title}. {message.text}")
        self.show()
        self._announce(message)
        if message.level in (Level.INFO, Level.SUCCESS) and message.job_id is None:
            self._timer.start()
        else:
            self._timer.stop()
        self.update()

    @Slot()
    def dismiss(self) -> None:
        """Hide the message."""
        self._timer.stop()
        self._message = None
        self.hide()

    @Slot(int)
    def withdraw(self, job_id: int) -> None:
        """Hide the message if it is about this job."""
        if self._message is not None and self._message.job_id == job_id:
            self.dismiss()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below the words where they would leave too little room beside them."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A tinted, rounded ground with a stripe in the level's colour."""
        if self._message is None:
            return
        table = tokens()
        colour = QColor(getattr(table, _TOKENS[self._message.level]))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(blend(colour, QColor(table.window), 0.5))
        painter.setBrush(blend(colour, QColor(table.panel), 0.12))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(self.rect().toRectF().adjusted(5, 8, 8 - self.width(), -8), 1.5, 1.5)

    def _set_buttons(self, message: UserMessage) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for action in message.actions:
            button = QPushButton(action.value)
            button.setAccessibleDescription(f"{message.title}. {message.text}")
            button.clicked.connect(partial(self._act, action))
            self._buttons.addWidget(button)
        self._buttons_width = self._buttons.sizeHint().width() if message.actions else 0
        self._arrange()

    def _arrange(self) -> None:
        room = self.width() - self._buttons_width - _FRAME_WIDTH
        is_narrow = bool(self._buttons_width) and room < WORDS_WIDTH
        directions = QBoxLayout.Direction
        self._body.setDirection(directions.TopToBottom if is_narrow else directions.LeftToRight)
        sides = Qt.AlignmentFlag
        self._body.setAlignment(self._buttons, sides.AlignLeft if is_narrow else sides.AlignVCenter)

    def _act(self, action: Action, _is_checked: bool = False) -> None:
        message = self._message
        if message is None:
            return
        if action is not Action.COPY_DETAILS:
            self.dismiss()
        self.acted.emit(action, message)

    def _announce(self, message: UserMessage) -> None:
        announce(self, f"{message.title}. {message.text}", is_urgent=message.level is Level.ERROR)


def announce(source: QWidget, text: str, *, is_urgent: bool = False) -> None:
    """Have a screen reader say something; failures interrupt it, the rest waits its turn."""
    event = QAccessibleAnnouncementEvent(source, text)
    if is_urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)
