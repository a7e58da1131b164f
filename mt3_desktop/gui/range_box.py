"""The choice of what part of a song is transcribed: all of it, the loop, the selected notes, or from–to."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLabel, QLineEdit, QPushButton, QWidget

from mt3_desktop.app.settings import RangeKind
from mt3_desktop.core.span import WHOLE, Span, parse_time
from mt3_desktop.core.values import Note
from mt3_desktop.gui.forms import level_captions

_KINDS: tuple[tuple[RangeKind, str], ...] = (
    ("whole", "Whole file"),
    ("loop", "Loop"),
    ("notes", "Selection"),
    ("times", "From–to…"),
)
_TIMES = 3
LETTERS = 8


class RangeBox(QComboBox):
    """Names the passage; what the loop and the selection are is asked when it is needed.

    Signals:
        kind_chosen: (kind: RangeKind) by the user.
    """

    kind_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Choose the whole file."""
        super().__init__(parent)
        self.setAccessibleName("Range")
        self.setToolTip("What part of the song is transcribed")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LETTERS)
        for kind, text in _KINDS:
            self.addItem(text, kind)
        self._times: Span | None = None
        self.popup = TimesPopup(self)
        self.popup.taken.connect(self._on_times_taken)
        self.activated.connect(self._on_activated)

    @property
    def kind(self) -> RangeKind:
        """What is chosen."""
        return _KINDS[self.currentIndex()][0]

    def set_kind(self, kind: RangeKind) -> None:
        """Show a choice; nothing is emitted."""
        self.setCurrentIndex(self.findData(kind))

    def span(self, loop: tuple[float, float] | None, notes: Sequence[Note], *, n_songs: int = 1) -> Span:
        """The passage that is chosen.

        Args:
            loop: of the song on show, in seconds, or None.
            notes: the selected ones.
            n_songs: how many songs are to be transcribed.

        Raises:
            ValueError: as a sentence, if there is none.
        """
        if self.kind == "whole":
            return WHOLE
        if self.kind == "times":
            if self._times is None:
                raise ValueError("Choose From–to… once more, and say from where to where.")
            return self._times
        if n_songs > 1:
            raise ValueError("The loop and the selection are those of one song. Choose another range.")
        if self.kind == "loop":
            if loop is None:
                raise ValueError("There is no loop: drag in the ruler to make one, or choose another range.")
            return Span(*loop)
        if not notes:
            raise ValueError("No notes are selected: select some, or choose another range.")
        return Span(max(0.0, min(note.onset for note in notes)), max(note.offset for note in notes))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.kind_chosen.emit(_KINDS[index][0])
        if index == _TIMES:
            self.popup.open_below(self)

    @Slot(object)
    def _on_times_taken(self, span: Span) -> None:
        self._times = span
        self.setItemText(_TIMES, str(span))


class TimesPopup(QFrame):
    """Two times, and what is wrong with them.

    Signals:
        taken: (span: Span) there is such a passage; the popup is closed.
    """

    taken = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        """Be empty and closed."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.start, self.stop = QLineEdit("0:00"), QLineEdit()
        self.stop.setPlaceholderText("end of the song")
        self.start.setAccessibleName("From")
        self.stop.setAccessibleName("To")
        self._problem = QLabel(wordWrap=True)
        self._problem.hide()
        button = QPushButton("Use this range")
        form = QFormLayout(self)
        form.addRow("From", self.start)
        form.addRow("To", self.stop)
        form.addRow(self._problem)
        form.addRow(button)
        level_captions(form)
        for field in (self.start, self.stop):
            field.returnPressed.connect(self.take)
        button.clicked.connect(self.take)

    @property
    def problem(self) -> str:
        """What is wrong with the times, or ""."""
        return self._problem.text()

    def open_below(self, widget: QWidget) -> None:
        """Ask, below a widget."""
        self._say("")
        self.move(widget.mapToGlobal(QPoint(0, widget.height())))
        self.show()
        self.start.setFocus()
        self.start.selectAll()

    @Slot()
    def take(self) -> None:
        """Use what was typed, or say what is wrong with it."""
        end = self.stop.text().strip()
        try:
            span = Span(parse_time(self.start.text()), parse_time(end) if end else None)
        except ValueError as error:
            self._say(str(error))
            return
        self.hide()
        self.taken.emit(span)

    def _say(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.adjustSize()
