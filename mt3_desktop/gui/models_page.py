"""The list of models in the settings: get, check, import, move, delete; and how much room they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.app.downloads import FolderTask, ModelLibrary
from mt3_desktop.app.library_worker import TaskKind
from mt3_desktop.app.model_status import ModelState, ModelStatus
from mt3_desktop.app.wording import counted
from mt3_desktop.core.catalogue import link_text
from mt3_desktop.core.specs import OptionFacts, OptionValue
from mt3_desktop.core.store.disk import size_text
from mt3_desktop.core.store.imported import WEIGHTS_SUFFIXES
from mt3_desktop.gui.ask import confirm
from mt3_desktop.gui.model_row import PROGRESS_STEPS, ModelRow
from mt3_desktop.gui.options_dialog import ask_options
from mt3_desktop.gui.plain_label import plain_label

_COLUMNS = ("Model", "Size", "Licence", "State", "")
_GRID_ROWS_PER_MODEL = 3  # a line, and the two rows of a `ModelRow`
_GETTABLE = frozenset({ModelState.MISSING, ModelState.PAUSED, ModelState.DAMAGED})
_WEIGHTS_FILTER = f"Weights ({' '.join(sorted(f'*{suffix}' for suffix in WEIGHTS_SUFFIXES))});;All files (*)"
_SONGS_NAMED = 8
_DOING = {TaskKind.IMPORT: "Reading", TaskKind.MOVE: "Moving the models to"}


@dataclass(frozen=True, slots=True)
class Questions:
    """What the page asks the user; tests answer instead.

    Attributes:
        folder: (parent, title) → a folder, or None.
        file: (parent, title) → a file, or None.
        delete: (parent, sentence) → whether to do it.
        options: as `ask_options`.
        show: shows a folder in the system's file manager.
    """

    folder: Callable[[QWidget, str], Path | None]
    file: Callable[[QWidget, str], Path | None]
    delete: Callable[[QWidget, str], bool]
    options: Callable[
        [
            QWidget,
            str,
            Mapping[str, OptionFacts],
            Mapping[str, OptionValue],
            Callable[[dict[str, OptionValue]], None],
        ],
        None,
    ]
    show: Callable[[Path], None]


class ModelsPage(QWidget):
    """Shows a `ModelLibrary` and passes on the user's wishes. Weights may be dropped on it.

    Signals:
        system_proxy_chosen: (is_used: bool) by the user.
    """

    system_proxy_chosen = Signal(bool)

    def __init__(
        self,
        library: ModelLibrary,
        *,
        songs_with: Callable[[str], tuple[str, ...]] = lambda _model_id: (),
        questions: Questions | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Build the page.

        Args:
            library: the models.
            songs_with: a model's id → names of the songs for which it was chosen.
            questions: asks the user; system dialogs where None.
            parent: owner.
        """
        super().__init__(parent)
        self._library = library
        self._songs_with = songs_with
        self._ask = questions or system_questions()
        self._rows: dict[str, ModelRow] = {}
        self._speeds: Mapping[str, float] = {}
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(self._folder_row())
        column.addWidget(self._model_list(), 1)
        column.addWidget(self._task_row())
        column.addLayout(self._button_row())
        column.addLayout(self._leftover_row())
        column.addWidget(self._note_label())
        library.models_changed.connect(self._on_models_changed)
        library.model_changed.connect(self._on_model_changed)
        library.folder_changed.connect(self._on_folder_changed)
        library.folder_task_changed.connect(self._on_folder_task_changed)
        self._on_models_changed()
        self._on_folder_changed()
        self._on_folder_task_changed(library.folder_task)

    def set_speeds(self, seconds_per_second: Mapping[str, float]) -> None:
        """Say how fast models are on this computer: model id → seconds per second of sound."""
        self._speeds = dict(seconds_per_second)
        for model_id, row in self._rows.items():
            row.set_speed(self._speeds.get(model_id))

    def set_system_proxy(self, is_used: bool) -> None:
        """Show whether downloads go through the system's proxy; nothing is emitted."""
        self._proxy.setChecked(is_used)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that may be weights, and folders."""
        if _weights_in(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Import what was dropped."""
        for path in _weights_in(event):
            self._library.import_path(path)
        event.acceptProposedAction()

    # --- parts ---

    def _folder_row(self) -> QHBoxLayout:
        self._folder = plain_label()
        self._folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._folder.setWordWrap(True)
        self._folder.setAccessibleName("Models folder")
        self._room = QLabel()
        self._room.setProperty("role", "caption")
        self._room.setAccessibleName("Room that the models take")
        self._move = _button("Move…", "Move all models to another folder", self._on_move_clicked)
        row = QHBoxLayout()
        row.addWidget(QLabel("Folder"))
        row.addWidget(self._folder, 1)
        row.addWidget(self._room)
        row.addWidget(_button("Show", "Show the models folder", self._on_show_clicked))
        row.addWidget(self._move)
        return row

    def _model_list(self) -> QScrollArea:
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setAccessibleName("Models")
        self._scroll.setProperty("role", "bare")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return self._scroll

    def _task_row(self) -> QWidget:
        self._task = QWidget()
        self._task_text = plain_label()
        self._task_bar = QProgressBar(maximum=PROGRESS_STEPS, textVisible=False)
        self._task_bar.setAccessibleName("Progress of the import or move")
        row = QHBoxLayout(self._task)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._task_text)
        row.addWidget(self._task_bar, 1)
        row.addWidget(_button("Stop", "Stop the import or move", self._library.stop_folder_task))
        return self._task

    def _button_row(self) -> QHBoxLayout:
        self._get_all = _button("Get all", "Download every model that is not here", self._on_get_all_clicked)
        self._check_all = _button(
            "Check all", "Compare every file with its published hash", self._library.verify_all
        )
        self._proxy = QCheckBox("Use the system's proxy")
        self._proxy.setChecked(True)
        self._proxy.clicked.connect(self.system_proxy_chosen)
        row = QHBoxLayout()
        row.addWidget(_button("Import file…", "Take in a file of weights", self._on_import_file_clicked))
        row.addWidget(
            _button("Import folder…", "Take in all weights of a folder", self._on_import_folder_clicked)
        )
        row.addWidget(self._get_all)
        row.addWidget(self._check_all)
        row.addStretch(1)
        row.addWidget(self._proxy)
        return row

    def _leftover_row(self) -> QHBoxLayout:
        self._leftovers = plain_label()
        self._delete_leftovers = _button(
            "Delete", "Delete left-over downloads", self._library.delete_leftovers
        )
        row = QHBoxLayout()
        row.addWidget(self._leftovers)
        row.addWidget(self._delete_leftovers)
        row.addStretch(1)
        return row

    def _note_label(self) -> QLabel:
        self._note = plain_label()
        self._note.setWordWrap(True)
        self._note.setProperty("role", "caption")
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._note.setAccessibleName("Note")
        self._note.hide()
        return self._note

    # --- what the library says ---

    @Slot()
    def _on_models_changed(self) -> None:
        """Build the rows anew; models come and go rarely."""
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 4, 8, 4)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        for index, share in enumerate((4, 0, 3, 4, 0)):
            grid.setColumnStretch(index, share)
        for index, text in enumerate(_COLUMNS):
            head = QLabel(text)
            head.setProperty("role", "caption")
            grid.addWidget(head, 0, index)
        self._rows = {}
        for number, status in enumerate(self._library.statuses):
            place = 1 + number * _GRID_ROWS_PER_MODEL
            grid.addWidget(_line(), place, 0, 1, len(_COLUMNS))
            row = ModelRow(status, body)
            row.set_speed(self._speeds.get(status.spec.id))
            row.wished.connect(self._on_wished)
            row.add_to(grid, place + 1)
            self._rows[status.spec.id] = row
        grid.setRowStretch(grid.rowCount(), 1000)  # all but nothing is left for the rows
        self._scroll.setWidget(body)
        self._show_buttons()

    @Slot(str)
    def _on_model_changed(self, model_id: str) -> None:
        row, status = self._rows.get(model_id), self._library.status(model_id)
        if row is not None and status is not None:
            row.set_status(status)
        self._show_buttons()

    @Slot()
    def _on_folder_changed(self) -> None:
        folder = self._library.folder
        self._folder.setText(str(folder.folder))
        self._room.setText(f"Used {size_text(folder.used_bytes)} · Free {size_text(folder.free_bytes)}")
        self._move.setEnabled(not folder.is_fixed)
        self._move.setToolTip(
            "The folder is set by MT3_CHECKPOINT_DIR" if folder.is_fixed else "Copies, checks, then deletes"
        )
        self._leftovers.setText(f"Left-over downloads: {size_text(folder.leftover_bytes)}")
        self._leftovers.setVisible(bool(folder.leftovers))
        self._delete_leftovers.setVisible(bool(folder.leftovers))

    @Slot(object)
    def _on_folder_task_changed(self, task: FolderTask | None) -> None:
        self._task.setVisible(task is not None)
        if task is None:
            return
        self._task_text.setText(f"{_DOING[task.kind]} {task.path.name}")
        fraction = task.progress.fraction if task.progress else None
        self._task_bar.setMaximum(PROGRESS_STEPS if fraction is not None else 0)
        self._task_bar.setValue(round((fraction or 0) * PROGRESS_STEPS))

    # --- what the user wishes ---

    @Slot(str, str)
    def _on_wished(self, command: str, model_id: str) -> None:
        status = self._library.status(model_id)
        if status is not None:
            self._wishes()[command](status)

    def _wishes(self) -> dict[str, Callable[[ModelStatus], None]]:
        """What each command of a row does."""
        return {
            "get": lambda status: self._library.get(status.spec.id),
            "pause": lambda status: self._library.pause(status.spec.id),
            "cancel": lambda status: self._library.cancel(status.spec.id),
            "verify": lambda status: self._library.verify(status.spec.id),
            "remove": self._remove,
            "show": self._show_file,
            "link": self._copy_link,
            "options": self._change_options,
            "licence": self._tell_licence,
            "uses": self._tell_uses,
        }

    def _remove(self, status: ModelStatus) -> None:
        sentence = (
            f"Delete {status.spec.title}? Its file ({size_text(status.size_bytes)}) goes to the recycle bin."
        )
        if self._ask.delete(self, sentence):
            self._library.remove(status.spec.id)

    def _show_file(self, status: ModelStatus) -> None:
        if status.path is not None:
            self._ask.show(status.path.parent)

    def _copy_link(self, status: ModelStatus) -> None:
        QGuiApplication.clipboard().setText(link_text(status.spec))
        self._tell(f"The addresses, size and hash of {status.spec.title} are on the clipboard.")

    def _tell_licence(self, status: ModelStatus) -> None:
        self._tell(
            f"{status.spec.title}: licence of the weights as their authors state it: {status.spec.licence}."
        )

    def _tell_uses(self, status: ModelStatus) -> None:
        """Say which songs and which other models need a model's file."""
        songs = self._songs_with(status.spec.id)
        named = ", ".join(songs[:_SONGS_NAMED]) + (" and others" if len(songs) > _SONGS_NAMED else "")
        sentences = [
            f"{status.spec.title}: {counted(len(songs), 'song')} of the library ({named})."
            if songs
            else f"No song of the library uses {status.spec.title}."
        ]
        also = [
            other.spec.title
            for other in self._library.statuses
            if other.path is not None and other.path == status.path and other.spec.id != status.spec.id
        ]
        if also:
            sentences.append(f"Its file is also that of {', '.join(also)}.")
        self._tell(" ".join(sentences))

    def _change_options(self, status: ModelStatus) -> None:
        spec = status.spec
        self._ask.options(
            self,
            f"Options of {spec.title}",
            status.options,
            spec.options,
            partial(self._library.set_options, spec.id),
        )

    @Slot()
    def _on_show_clicked(self) -> None:
        folder = self._library.folder.folder
        self._ask.show(next(place for place in (folder, *folder.parents) if place.exists()))

    @Slot()
    def _on_move_clicked(self) -> None:
        folder = self._ask.folder(self, "Where shall the models be?")
        if folder is not None:
            self._library.move_folder(folder)

    @Slot()
    def _on_import_file_clicked(self) -> None:
        file = self._ask.file(self, "Import a model")
        if file is not None:
            self._library.import_path(file)

    @Slot()
    def _on_import_folder_clicked(self) -> None:
        folder = self._ask.folder(self, "Import the models of a folder")
        if folder is not None:
            self._library.import_path(folder)

    @Slot()
    def _on_get_all_clicked(self) -> None:
        self._library.get_all()

    def _show_buttons(self) -> None:
        missing = [status for status in self._library.statuses if status.state in _GETTABLE]
        self._get_all.setEnabled(bool(missing))
        total = sum(status.size_bytes for status in missing)
        self._get_all.setToolTip(
            f"{size_text(total)} to {self._library.folder.folder}" if missing else "All are here"
        )
        self._check_all.setEnabled(any(status.path is not None for status in self._library.statuses))

    def _tell(self, text: str) -> None:
        self._note.setText(text)
        self._note.show()


def system_questions() -> Questions:
    """Questions asked by the system's own dialogs."""
    return Questions(
        folder=_choose_folder, file=_choose_file, delete=_confirm, options=ask_options, show=_show_folder
    )


def _choose_folder(parent: QWidget, title: str) -> Path | None:
    chosen = QFileDialog.getExistingDirectory(parent, title)
    return Path(chosen) if chosen else None


def _choose_file(parent: QWidget, title: str) -> Path | None:
    chosen, _filter = QFileDialog.getOpenFileName(parent, title, "", _WEIGHTS_FILTER)
    return Path(chosen) if chosen else None


def _confirm(parent: QWidget, sentence: str) -> bool:
    return confirm(parent, sentence, do="Delete", leave="Cancel")


def _show_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet("background: palette(mid); border: none;")
    return line


def _button(text: str, name: str, slot: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setAccessibleName(name)
    button.clicked.connect(slot)
    return button


def _weights_in(event: QDropEvent) -> tuple[Path, ...]:
    """The dropped files that may be weights, and the dropped folders."""
    paths = (Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
    return tuple(path for path in paths if path.suffix.lower() in WEIGHTS_SUFFIXES or path.is_dir())
