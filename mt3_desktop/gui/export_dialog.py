"""The export dialog: which songs and notes, in which formats, under which name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.app.exporting import PLACEHOLDERS, SOUND_SUFFIX, ExportOptions, song_name
from mt3_desktop.app.settings import Existing, ExportSound, Settings
from mt3_desktop.app.wording import counted, menu_text
from mt3_desktop.core.export import Format
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Note
from mt3_desktop.gui.forms import level_captions
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.track_boxes import TrackBoxes


class Songs(Enum):
    """Which songs are saved."""

    CURRENT = "current"
    SELECTED = "selected"
    FINISHED = "finished"


class Range(Enum):
    """Which notes are saved."""

    EVERYTHING = "everything"
    LOOP = "loop"
    SELECTION = "selection"


class Time(Enum):
    """What the grid of a MIDI file is."""

    REAL = "real"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class ExportQuestion:
    """What the dialog has to know.

    Attributes:
        song: name of the song on show.
        model_title: the model that heard it.
        folder: where to, at first.
        n_selected: how many songs are selected in the library.
        n_finished: how many songs have notes.
        loop: the loop in seconds, or None.
        notes: the selected notes.
        tempo: the bars of the song on show, or None.
        tracks: the tracks of the song on show.
    """

    song: str
    model_title: str
    folder: Path
    n_selected: int = 1
    n_finished: int = 1
    loop: tuple[float, float] | None = None
    notes: tuple[Note, ...] = ()
    tempo: Tempo | None = None
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportAnswer:
    """What the user decided."""

    songs: Songs
    options: ExportOptions


FORMAT_TEXTS = {Format.MIDI: "MIDI", Format.CSV: "CSV notes", Format.JSON: "JSON"}
_SOUNDS: tuple[tuple[ExportSound, str], ...] = (
    ("none", "No sound"),
    ("notes", "WAV: the notes"),
    ("mix", "WAV: original and notes"),
)
_EXISTING: tuple[tuple[Existing, str], ...] = (
    ("ask", "Ask"),
    ("number", "Keep both, numbered"),
    ("replace", "Replace (the old one goes to the bin)"),
)


class ExportDialog(QDialog):
    """Asks how songs are to be saved."""

    def __init__(self, question: ExportQuestion, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._question = question
        self._songs = self._song_choice()
        self._range = self._range_choice()
        self._formats = {kind: QCheckBox(text) for kind, text in FORMAT_TEXTS.items()}
        for kind, box in self._formats.items():
            box.setChecked(kind.value in settings.export_formats)
            box.toggled.connect(self._refresh)
        self._sound = QComboBox()
        self._sound.setAccessibleName("Sound file")
        self._sound.setToolTip("The notes as they are heard; with the original as the mix slider stands")
        for sound, text in _SOUNDS:
            self._sound.addItem(text, sound)
        self._sound.setCurrentIndex(self._sound.findData(settings.export_sound))
        self._sound.currentIndexChanged.connect(self._refresh)
        self._wants_bars = settings.export_bars
        self._time = self._time_choice()
        self._quantised = QCheckBox("Quantised copy too")
        self._quantised.setToolTip("A second file whose notes begin on the sixteenths of the bars")
        self._quantised.setChecked(settings.export_quantised)
        self._per_track = QCheckBox("One MIDI file per track")
        self._per_track.setChecked(settings.export_per_track)
        self._muted = QCheckBox("Include muted tracks")
        self._muted.setChecked(settings.export_muted)
        self._tracks = TrackBoxes(question.tracks)
        self._tracks.changed.connect(self._refresh)
        self._muted.toggled.connect(self._refresh)
        self._pattern = QLineEdit(settings.export_pattern)
        self._pattern.setAccessibleName("Name pattern")
        self._pattern.setToolTip("May contain " + ", ".join(PLACEHOLDERS))
        self._pattern.textChanged.connect(self._refresh)
        self._preview = _caption("")
        self._folder = QLineEdit(str(question.folder))
        self._folder.setAccessibleName("Folder")
        self._folder.textChanged.connect(self._refresh)
        self._existing = QComboBox()
        self._existing.setAccessibleName("If a file is there already")
        for value, text in _EXISTING:
            self._existing.addItem(text, value)
        self._existing.setCurrentIndex(self._existing.findData(settings.export_existing))
        self._buttons = QDialogButtonBox()
        self._buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self._export = self._buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self._export.setDefault(True)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        self._refresh()

    @property
    def answer(self) -> ExportAnswer:
        """What the controls say now."""
        question = self._question
        songs = Songs(_value(self._songs))
        chosen = Range(_value(self._range)) if songs is Songs.CURRENT else Range.EVERYTHING
        return ExportAnswer(
            songs,
            ExportOptions(
                folder=Path(self._folder.text()).expanduser(),
                pattern=self._pattern.text(),
                formats=tuple(kind for kind, box in self._formats.items() if box.isChecked()),
                per_track=self._per_track.isChecked(),
                include_muted=self._muted.isChecked(),
                follow_bars=_value(self._time) == Time.BARS.value if self._has_bars else self._wants_bars,
                quantised_copy=self._quantised.isChecked(),
                sound=self._sound.currentData(),
                existing=self._existing.currentData(),
                span=question.loop if chosen is Range.LOOP else None,
                notes=question.notes if chosen is Range.SELECTION else None,
                instruments=self._tracks.chosen if songs is Songs.CURRENT else None,
            ),
        )

    def set_folder(self, folder: Path) -> None:
        """Choose the folder."""
        self._folder.setText(str(folder))

    def choose_songs(self, songs: Songs) -> None:
        """Choose which songs are saved, if there is that choice."""
        for button in self._songs.buttons():
            if button.property("value") == songs.value and button.isEnabled():
                button.setChecked(True)

    def _song_choice(self) -> QButtonGroup:
        question = self._question
        return _choice(
            self,
            (
                (Songs.CURRENT.value, _shortened(question.song), True),
                (
                    Songs.SELECTED.value,
                    counted(question.n_selected, "selected song"),
                    question.n_selected > 1,
                ),
                (Songs.FINISHED.value, f"All with notes ({question.n_finished})", question.n_finished > 1),
            ),
            self._refresh,
        )

    def _range_choice(self) -> QButtonGroup:
        question = self._question
        return _choice(
            self,
            (
                (Range.EVERYTHING.value, "Everything", True),
                (Range.LOOP.value, "Loop", question.loop is not None),
                (Range.SELECTION.value, counted(len(question.notes), "selected note"), bool(question.notes)),
            ),
            self._refresh,
        )

    @property
    def _has_bars(self) -> bool:
        """Whether there may be bars to follow: of several songs each has its own, or none."""
        return self._question.tempo is not None or _value(self._songs) != Songs.CURRENT.value

    def _time_choice(self) -> QButtonGroup:
        tempo = self._question.tempo
        bars = "Follow my bars" if tempo is None else f"Follow my bars ({tempo.bpm:g} bpm)"
        group = _choice(
            self, ((Time.REAL.value, "Keep real time", True), (Time.BARS.value, bars, True)), self._refresh
        )
        real, own = group.buttons()
        real.setToolTip("No beat is invented: the file's grid of 120 bpm means nothing")
        own.setToolTip(
            "There are no bars yet: type or tap the tempo below the roll"
            if tempo is None
            else "Bar lines lie where they do here; every note is heard when it was played"
        )
        with QSignalBlocker(group):
            own.setChecked(self._wants_bars and tempo is not None)
        return group

    def _lay_out(self) -> None:
        change = QPushButton("Change…")
        change.setAutoDefault(False)
        change.clicked.connect(self._on_change_clicked)
        form = QFormLayout()
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.addRow("What", _row(*self._songs.buttons()))
        form.addRow("Range", _row(*self._range.buttons()))
        if self._question.tracks:
            form.addRow("Tracks", self._tracks)
        form.addRow("" if self._question.tracks else "Tracks", _row(self._muted))
        form.addRow("Format", _row(*self._formats.values(), self._sound))
        form.addRow("MIDI", _row(*self._time.buttons(), self._quantised))
        form.addRow("", _row(self._per_track, _caption("480 ticks per quarter note")))
        form.addRow("Name", self._pattern)
        form.addRow("", self._preview)
        form.addRow("Folder", _row(self._folder, change))
        form.addRow("If it exists", self._existing)
        level_captions(form)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(18)
        column.addLayout(form)
        column.addWidget(self._buttons)
        self.setMinimumWidth(640)

    @Slot()
    def _refresh(self) -> None:
        """Say what the file will be called, and whether there is anything to save."""
        answer = self.answer
        midi = self._formats[Format.MIDI].isChecked()
        self._per_track.setEnabled(midi)
        real, own = self._time.buttons()
        real.setEnabled(midi)
        own.setEnabled(midi and self._has_bars)
        self._quantised.setEnabled(midi and self._has_bars and answer.options.follow_bars)
        is_single = answer.songs is Songs.CURRENT
        self._tracks.set_choosable(is_single, with_muted=self._muted.isChecked())
        for button in self._range.buttons():
            if button.property("value") != Range.EVERYTHING.value:
                button.setEnabled(is_single and button.property("isPossible"))
        name = song_name(answer.options.pattern, self._question.song, self._question.model_title)
        suffixes = [kind.suffix for kind in answer.options.formats]
        if answer.options.sound != "none":
            suffixes.append(SOUND_SUFFIX)
        self._preview.setText(f"→ {name}{', '.join(suffixes)}")
        has_tracks = answer.options.instruments is None or bool(answer.options.instruments)
        self._export.setEnabled(bool(suffixes and self._folder.text().strip() and has_tracks))

    @Slot()
    def _on_change_clicked(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Export to", self._folder.text())
        if folder:
            self._folder.setText(folder)


def _choice(
    dialog: QDialog, entries: tuple[tuple[str, str, bool], ...], on_toggled: Callable[[], None]
) -> QButtonGroup:
    """Radio buttons, the first checked; an entry is (value, text, is possible)."""
    group = QButtonGroup(dialog)
    for value, text, is_possible in entries:
        button = QRadioButton(menu_text(text))
        button.setProperty("value", value)
        button.setProperty("isPossible", is_possible)
        button.setEnabled(is_possible)
        group.addButton(button)
    group.buttons()[0].setChecked(True)
    group.buttonToggled.connect(on_toggled)
    return group


def _caption(text: str) -> QLabel:
    label = plain_label(text)
    label.setProperty("role", "caption")
    return label


def _shortened(name: str, length: int = 32) -> str:
    return name if len(name) <= length else f"{name[: length - 1]}…"


def _value(group: QButtonGroup) -> str:
    return next(str(button.property("value")) for button in group.buttons() if button.isChecked())


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(12)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QLineEdit) else 0)
    if not any(isinstance(widget, QLineEdit) for widget in widgets):
        row.addStretch(1)
    return row
