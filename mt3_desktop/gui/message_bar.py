"""The bar above the roll that says what went wrong, or well, and offers what can be done about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QGuiApplication,
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
from mt3_desktop.app.wording import menu_text
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import blend, icon, tokens

SUCCESS_SECONDS = 12
"""A good message leaves by itself; a bad one waits to be read, under later ones if need be."""

RELEASE_MS = 50
"""How often is looked whether the mouse button was let go."""

WORDS_WIDTH = 280
"""What a sentence needs to be read in two or three lines."""

_FRAME_WIDTH = 100
"""Icon, closing button, margins."""

_ICONS = {Level.INFO: "info", Level.SUCCESS: "check", Level.WARNING: "warning", Level.ERROR: "error"}
_TOKENS = {Level.INFO: "accent", Level.SUCCESS: "success", Level.WARNING: "warning", Level.ERROR: "danger"}


class MessageBar(QWidget):
    """Shows the latest message, the unread ones below it; never blocks, never opens a window.

    What went wrong, or is the matter with the song on show, comes back once the later message has left.

    Signals:
        acted: (action: Action, message: UserMessage) a button was pressed.
    """

    acted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack: list[UserMessage] = []
        self._built_in = ""
        self._heir: QWidget | None = None
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
        self._more = plain_label()
        self._more.setProperty("role", "caption")
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
        row.addWidget(self._more)
        row.addWidget(close)
        self._release = QTimer(self, singleShot=True, interval=RELEASE_MS)
        self._release.timeout.connect(self._settle)
        self._timer = QTimer(self, singleShot=True, interval=SUCCESS_SECONDS * 1000)
        self._timer.timeout.connect(self.dismiss)
        self.setAccessibleName("Message")
        self.hide()

    @property
    def message(self) -> UserMessage | None:
        """The message on show, or None."""
        return self._stack[-1] if self._stack else None

    @property
    def n_unread(self) -> int:
        """How many messages come back once the one on show has left."""
        return max(len(self._stack) - 1, 0)

    def set_built_in(self, title: str) -> None:
        """Say what the built-in model is called, for the buttons that offer it."""
        self._built_in = title

    def set_heir(self, heir: QWidget) -> None:
        """Choose what gets the keyboard focus when the button that has it leaves."""
        self._heir = heir

    @Slot(object)
    def show_message(self, message: UserMessage) -> None:
        """Show a message; one before that is unread, and about something else, comes back after it."""
        unread = [other for other in self._stack if _is_kept(other) and other != message]
        if message.job_id is not None:
            unread = [other for other in unread if other.job_id != message.job_id]
        self._stack = [*unread, message]
        self._show(message)
        self._announce(message)

    def _show(self, message: UserMessage) -> None:
        self._icon.setPixmap(icon(_ICONS[message.level]).pixmap(20, 20))
        self._title.setText(message.title)
        self._text.setText(message.text)
        self._text.setVisible(bool(message.text))
        self._set_buttons(message)
        self._more.setText(f"{self.n_unread} more" if self.n_unread else "")
        self._more.setVisible(bool(self.n_unread))
        self.setAccessibleDescription(f"{message.title}. {message.text}")
        self._settle()
        if _is_kept(message):
            self._timer.stop()
        else:
            self._timer.start()
        self.update()

    @Slot()
    def _settle(self) -> None:
        """Appear, or leave; not while a mouse button is held: what is dragged would slip from the pointer."""
        if QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self.setVisible(self.message is not None)
        else:
            self._release.start()

    @Slot()
    def dismiss(self) -> None:
        """Let the message leave, and show the one below it."""
        self._keep(self._stack[:-1])

    @Slot(int)
    def withdraw(self, job_id: int) -> None:
        """Let what is said about a job leave."""
        self._keep([message for message in self._stack if message.job_id != job_id])

    @Slot(object)
    def retract(self, message: UserMessage) -> None:
        """Let a message leave that no longer holds; by then it may have lost buttons that can do nothing."""
        self._keep([one for one in self._stack if (one.title, one.text) != (message.title, message.text)])

    def leave_song(self) -> None:
        """Let what is said about any job leave, as another song is shown; its own message says it again."""
        self._keep([message for message in self._stack if message.job_id is None])

    def _keep(self, stack: list[UserMessage]) -> None:
        """Show the last of these messages, if it is not shown already."""
        before, self._stack = self.message, stack
        if self.message is None:
            self._timer.stop()
            self._leave_focus()
            self._settle()
        elif self.message is not before:
            self._show(self.message)
        else:
            self._more.setVisible(bool(self.n_unread))
            self._more.setText(f"{self.n_unread} more")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons below the words where they would leave too little room beside them."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A tinted, rounded ground with a stripe in the level's colour."""
        if self.message is None:
            return
        table = tokens()
        colour = QColor(getattr(table, _TOKENS[self.message.level]))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(blend(colour, QColor(table.window), 0.5))
        painter.setBrush(blend(colour, QColor(table.panel), 0.12))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(self.rect().toRectF().adjusted(5, 8, 8 - self.width(), -8), 1.5, 1.5)

    def _leave_focus(self) -> None:
        """Hand the focus on before its button leaves: Qt would give it to the first control of the window."""
        focus = self.window().focusWidget()
        if self._heir is not None and focus is not None and self.isAncestorOf(focus):
            self._heir.setFocus()

    def _set_buttons(self, message: UserMessage) -> None:
        self._leave_focus()
        while (item := self._buttons.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for action in message.actions:
            button = QPushButton(menu_text(action.value.format(built_in=self._built_in)))
            button.setAccessibleDescription(f"{message.title}. {message.text}")
            button.clicked.connect(partial(self._act, action))
            self._buttons.addWidget(button)
            button.show()  # else with the next turn of a loop that may be busy for a second
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
        message = self.message
        if message is None:
            return
        if action is not Action.COPY_DETAILS:
            self.dismiss()
        self.acted.emit(action, message)

    def _announce(self, message: UserMessage) -> None:
        announce(self, f"{message.title}. {message.text}", is_urgent=message.level is Level.ERROR)


def _is_kept(message: UserMessage) -> bool:
    """Whether a message stays until somebody has seen it."""
    return message.waits or message.job_id is not None


def announce(source: QWidget, text: str, *, is_urgent: bool = False) -> None:
    """Have a screen reader say something; failures interrupt it, the rest waits its turn."""
    event = QAccessibleAnnouncementEvent(source, text)
    if is_urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)
