"""What an empty window shows: where to drop, what is ready, and that nothing leaves this computer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mt3_desktop.app.wording import counted
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import blend, icon, tokens

CARD_WIDTH = 520
RADIUS = 16.0
VEIL = 0.92
ROOMY_HEIGHT = 350


class DropZone(QWidget):
    """The empty state. The whole window takes drops; this says so.

    Signals:
        choose_requested: () the file chooser is wanted.
        example_requested: () the example is wanted.
        models_requested: () the list of models is wanted.
    """

    choose_requested = Signal()
    example_requested = Signal()
    models_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card = _Card()
        self._lines = "", ""
        self._ready = plain_label()
        self._better = plain_label()
        self._get = QPushButton("Get…")
        self._get.setAccessibleName("Get a better model")
        self._get.clicked.connect(self.models_requested)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(40, 34, 40, 28)
        column.setSpacing(10)
        self._picture = _Picture()
        column.addLayout(_centred(self._picture))
        column.addWidget(_heading("Drop audio or video files here"))
        column.addWidget(_caption("Any format: single files, or whole folders"))
        column.addSpacing(12)
        column.addLayout(self._buttons())
        column.addSpacing(14)
        column.addWidget(self._ready)
        column.addLayout(_centred(self._better, self._get))
        column.addSpacing(6)
        self._promise = _caption("Nothing leaves this computer.")
        column.addWidget(self._promise)
        self._ready.setAlignment(Qt.AlignmentFlag.AlignCenter)
        around = QVBoxLayout(self)
        around.addStretch(2)
        around.addLayout(_centred(self._card))
        around.addStretch(3)
        self.set_models("", "")

    @property
    def models(self) -> tuple[str, str]:
        """What `set_models` was told last."""
        return self._lines

    def set_models(self, ready: str, better: str) -> None:
        """Say what works now and what would work better; "" hides a line.

        Args:
            ready: "Small model, built in (8 MB)".
            better: "YourMT3, 562 MB".
        """
        self._lines = ready, better
        self._ready.setText(f"Ready now: {ready}")
        self._ready.setVisible(bool(ready))
        self._better.setText(f"Better results: {better}")
        self._better.setVisible(bool(better))
        self._get.setVisible(bool(better))

    def set_hot(self, is_hot: bool) -> None:
        """Light up while files hover over the window."""
        self._card.set_hot(is_hot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what is only pleasant where a message above takes the room."""
        super().resizeEvent(event)
        is_roomy = event.size().height() >= ROOMY_HEIGHT
        self._picture.setVisible(is_roomy)
        self._promise.setVisible(is_roomy)

    def _buttons(self) -> QHBoxLayout:
        choose = QPushButton("Choose files…")
        choose.setProperty("primary", True)
        choose.clicked.connect(self.choose_requested)
        example = QPushButton("Try the example")
        example.setIcon(icon("note"))
        example.setToolTip("Transcribe a short song that comes with the program")
        example.clicked.connect(self.example_requested)
        for button in (choose, example):
            button.setMinimumHeight(34)
            button.setMinimumWidth(150)
        return _centred(choose, example)


class DropHint(QWidget):
    """Lies over a song while files hover: they may be dropped anywhere, and the song stays.

    It covers its parent, lets the pointer through, and is hidden at first.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Drop files here")
        self._heading = _heading("")
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self._heading)
        column.addWidget(_caption("The song on show stays open."))
        column.addStretch(1)
        self._over = parent
        parent.installEventFilter(self)
        self.hide()

    def show_for(self, n_files: int) -> None:
        """Say that so many files or folders can be dropped."""
        self._heading.setText(f"Drop to add {counted(n_files, 'file')}")
        self.setGeometry(self._over.rect())
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The parent has another size: so has this."""
        if event.type() == QEvent.Type.Resize and watched is self._over:
            self.setGeometry(self._over.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A veil, and a dashed border as the drop zone has."""
        table = tokens()
        veil = QColor(table.window)
        veil.setAlphaF(VEIL)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(table.accent), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(9, 9, -9, -9), RADIUS, RADIUS)
        painter.end()


class _Card(QFrame):
    """A rounded card with a dashed border."""

    def __init__(self) -> None:
        super().__init__()
        self._is_hot = False
        self.setFixedWidth(CARD_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)

    def set_hot(self, is_hot: bool) -> None:
        self._is_hot = is_hot
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        table = tokens()
        accent = QColor(table.accent)
        border = accent if self._is_hot else QColor(table.line)
        ground = blend(accent, QColor(table.panel), 0.10) if self._is_hot else QColor(table.panel)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(border, 2, Qt.PenStyle.DashLine))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


class _Picture(QWidget):
    """A few bars of a piano roll, so that one sees at once what will come out."""

    BARS = (
        (0, 3, 5, 0),
        (3, 1, 3, 1),
        (5, 4, 4, 0),
        (7, 2, 6, 2),
        (9, 0, 3, 1),
        (11, 3, 3, 0),
        (12, 1, 4, 2),
    )

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(136, 52)

    def paintEvent(self, _event: QPaintEvent) -> None:
        table = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for start, row, length, hue in self.BARS:
            painter.setBrush(QColor(table.notes[hue]))
            painter.drawRoundedRect(QRectF(start * 8.4, row * 10 + 1, length * 8.4 - 3, 7), 3, 3)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 1.6)
    font.setWeight(font.Weight.DemiBold)
    label.setFont(font)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "caption")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label


def _centred(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addStretch(1)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
