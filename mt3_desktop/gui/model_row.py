"""One model of the list: what it is, how it stands, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QDateTime, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.app.model_status import ModelState, ModelStatus
from mt3_desktop.app.wording import speed_text
from mt3_desktop.core.progress import clock
from mt3_desktop.core.store.disk import size_text
from mt3_desktop.gui.model_picker import abilities_line
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import icon

PROGRESS_STEPS = 1000


@dataclass(frozen=True, slots=True)
class RowCommand:
    """What a button or menu entry does.

    Attributes:
        id: name of the wish, see `ModelRow.wished`.
        text: what it says.
    """

    id: str
    text: str


GET = RowCommand("get", "Get")
GET_AGAIN = RowCommand("get", "Get again")
RESUME = RowCommand("get", "Resume")
PAUSE = RowCommand("pause", "Pause")
VERIFY = RowCommand("verify", "Verify")
CANCEL = RowCommand("cancel", "Cancel download")
REMOVE = RowCommand("remove", "Delete")
SHOW = RowCommand("show", "Show in folder")
LINK = RowCommand("link", "Copy link for another computer")
LICENCE = RowCommand("licence", "Licence")
USES = RowCommand("uses", "Where it is used")
OPTIONS = RowCommand("options", "Options…")

_BUTTONS: dict[ModelState, RowCommand] = {
    ModelState.MISSING: GET,
    ModelState.PAUSED: RESUME,
    ModelState.DAMAGED: GET_AGAIN,
    ModelState.QUEUED: PAUSE,
    ModelState.DOWNLOADING: PAUSE,
    ModelState.READY: VERIFY,
    ModelState.IMPORTED: VERIFY,
}
_STATE_WORDS = {
    ModelState.BUILT_IN: "Ready",
    ModelState.READY: "Ready",
    ModelState.IMPORTED: "Imported, runs",
    ModelState.MISSING: "Not here",
    ModelState.DAMAGED: "Damaged: file differs",
    ModelState.QUEUED: "Waiting",
    ModelState.PAUSED: "Paused",
    ModelState.VERIFYING: "Checking",
    ModelState.REMOVING: "Deleting",
}
_AT_WORK = frozenset({ModelState.QUEUED, ModelState.DOWNLOADING, ModelState.PAUSED})
_WITH_BAR = frozenset({ModelState.DOWNLOADING, ModelState.PAUSED, ModelState.VERIFYING})


class ModelRow(QObject):
    """The cells of one row; the page puts them into its grid.

    Signals:
        wished: (command: str, model_id: str) a button or menu entry was chosen.
    """

    wished = Signal(str, str)

    def __init__(self, status: ModelStatus, parent: QWidget) -> None:
        """Build the cells.

        Args:
            status: how the model stands.
            parent: the page.
        """
        super().__init__(parent)
        self._status = status
        self._speed: float | None = None
        title = status.spec.title
        self._title = _label(role="")
        self._title.setStyleSheet("font-weight: 600;")
        self._facts = _label()
        self._size = QLabel()
        self._licence = _label(role="")
        self._state = _label(role="")
        self._problem = _label(role="danger")
        self._bar = QProgressBar(maximum=PROGRESS_STEPS, textVisible=False)
        self._bar.setAccessibleName(f"Progress of {title}")
        self._button = QPushButton()
        self._button.setAutoDefault(False)  # rows may come while their dialog is open
        self._button.setAccessibleName(f"Get {title}")
        self._button.clicked.connect(self._on_button_clicked)
        self._more = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setIcon(icon("more"))
        self._more.setAccessibleName(f"More about {title}")
        self._more.setToolTip("More")
        self._more.setIconSize(QSize(18, 18))
        self._more.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0; }")
        self._menu = QMenu(self._more)
        self._more.setMenu(self._menu)
        self._state_cell = _stack(self._state, self._bar, self._problem)
        self._actions_cell = _beside(self._button, self._more)
        self.set_status(status)

    @property
    def status(self) -> ModelStatus:
        """How the model stands."""
        return self._status

    def add_to(self, grid: QGridLayout, row: int) -> None:
        """Put the cells into two rows of a grid: the facts stand below name, size and licence."""
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._title, row, 0, top)
        grid.addWidget(self._size, row, 1, top)
        grid.addWidget(self._licence, row, 2, top)
        grid.addWidget(self._facts, row + 1, 0, 1, 3, top)
        grid.setRowStretch(row + 1, 1)  # what the state needs more of height goes below the facts
        grid.addWidget(self._state_cell, row, 3, 2, 1)
        grid.addWidget(self._actions_cell, row, 4, 2, 1, top)

    def set_speed(self, seconds_per_second: float | None) -> None:
        """Say how long this model took per second of sound on this computer; None: not yet measured."""
        self._speed = seconds_per_second
        self._show_facts()

    def set_status(self, status: ModelStatus) -> None:
        """Show how the model stands now."""
        menu_changes = _menu_of(status) != _menu_of(self._status) or self._menu.isEmpty()
        self._status = status
        spec = status.spec
        self._title.setText(spec.title)
        self._size.setText(size_text(status.size_bytes) if status.size_bytes else "–")
        self._licence.setText(spec.licence)
        self._state.setText(state_text(status))
        self._bar.setVisible(status.state in _WITH_BAR)
        self._bar.setValue(round(status.fraction * PROGRESS_STEPS))
        problem = status.problem
        self._problem.setVisible(problem is not None)
        self._problem.setText(f"{problem.title}. {problem.text}".strip() if problem else "")
        self._show_facts()
        self._show_button()
        if menu_changes:
            self._fill_menu()

    def _show_facts(self) -> None:
        spec = self._status.spec
        lines = [f"{spec.summary}.", f"{abilities_line(spec.abilities)} · {speed_text(self._speed)}"]
        if spec.checkpoint is not None and spec.checkpoint.is_hash_inferred:
            lines.append("Its hash was never published; the first download sets it.")
        self._facts.setText("\n".join(lines))

    def _show_button(self) -> None:
        command = _BUTTONS.get(self._status.state)
        self._button.setVisible(command is not None)
        if command is None:
            return
        spec = self._status.spec
        self._button.setText(command.text)
        self._button.setAccessibleName(f"{command.text} {spec.title}")
        self._button.setToolTip(
            f"{size_text(self._status.size_bytes)}, licence: {spec.licence}" if command is GET else ""
        )

    def _fill_menu(self) -> None:
        self._menu.clear()
        commands = _menu_of(self._status)
        for command in commands:
            action = QAction(command.text, self._menu)
            action.triggered.connect(partial(self._wish, command.id))
            self._menu.addAction(action)
        self._more.setVisible(bool(commands))

    def _on_button_clicked(self) -> None:
        command = _BUTTONS.get(self._status.state)
        if command is not None:
            self._wish(command.id)

    def _wish(self, command_id: str, _is_checked: bool = False) -> None:
        self.wished.emit(command_id, self._status.spec.id)


def state_text(status: ModelStatus) -> str:
    """How a model stands: "Ready · checked 12 May", "62 % · 11 MB/s · 1:10 left"."""
    words = [_STATE_WORDS[status.state]] if status.state in _STATE_WORDS else []
    if status.state in (ModelState.READY, ModelState.IMPORTED):
        words += _checked(status)
    elif status.state in (ModelState.VERIFYING, ModelState.PAUSED):
        words.append(f"{100 * status.fraction:.0f} %")
    elif status.state is ModelState.DOWNLOADING:
        words += _download_words(status)
    return " · ".join(words)


def _download_words(status: ModelStatus) -> list[str]:
    words = [f"{100 * status.fraction:.0f} %"]
    if status.bytes_per_second:
        words.append(f"{size_text(status.bytes_per_second)}/s")
    if status.seconds_left is not None:
        words.append(f"{clock(status.seconds_left)} left")
    if status.note.startswith("waiting"):
        words.append(status.note)
    return words


def _checked(status: ModelStatus) -> list[str]:
    """When the file was last compared with its hash, in the user's calendar."""
    if status.checked_at is None:
        return []
    return ["checked " + QDateTime.fromSecsSinceEpoch(int(status.checked_at)).toString("d MMM")]


def _menu_of(status: ModelStatus) -> tuple[RowCommand, ...]:
    """What can be done with a model beside its button."""
    checkpoint = status.spec.checkpoint
    is_here = status.path is not None or status.state is ModelState.DAMAGED
    facts = (
        (CANCEL, status.state in _AT_WORK),
        (REMOVE, is_here and not status.is_busy),
        (SHOW, status.path is not None),
        (LINK, checkpoint is not None and bool(checkpoint.mirrors)),
        (OPTIONS, bool(status.options)),
        (LICENCE, True),
        (USES, True),
    )
    return tuple(command for command, holds in facts if holds)


def _label(*, role: str = "caption") -> QLabel:
    label = plain_label()
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
    return label


def _stack(*widgets: QWidget) -> QWidget:
    """Widgets on top of each other."""
    cell = QWidget()
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(3)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    return cell


def _beside(*widgets: QWidget) -> QWidget:
    """Widgets beside each other, at the right."""
    cell = QWidget()
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addStretch(1)
    for widget in widgets:
        row.addWidget(widget)
    return cell
