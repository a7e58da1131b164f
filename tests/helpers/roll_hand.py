"""A small song, a roll that shows it, and hands for it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.area import NoteArea
from mt3_desktop.gui.roll.editing import NoteEdit
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.theme import apply_theme

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton

C4 = Note(1.0, 2.0, 60, 80, 0)
E4 = Note(2.0, 3.0, 64, 90, 0)
G4 = Note(4.0, 5.0, 67, 100, 0, confidence=0.3)
BASS = Note(1.0, 3.0, 40, 100, 33)
KICK = Note(1.0, 1.05, 36, 110, 0, is_drum=True)
SNARE = Note(2.0, 2.05, 38, 110, 0, is_drum=True)
SONG = (BASS, C4, KICK, E4, SNARE, G4)


class Mouse:
    """Presses, moves and releases, with modifiers."""

    def press(self, target: QWidget, at: QPoint, modifiers: Qt.KeyboardModifier = NONE, button=LEFT) -> None:
        self._mouse(QEvent.Type.MouseButtonPress, target, at, modifiers, button, button)

    def move(self, target: QWidget, at: QPoint, modifiers: Qt.KeyboardModifier = NONE, button=LEFT) -> None:
        self._mouse(QEvent.Type.MouseMove, target, at, modifiers, Qt.MouseButton.NoButton, button)

    def release(
        self, target: QWidget, at: QPoint, modifiers: Qt.KeyboardModifier = NONE, button=LEFT
    ) -> None:
        self._mouse(QEvent.Type.MouseButtonRelease, target, at, modifiers, button, Qt.MouseButton.NoButton)

    def drag(
        self,
        start: QPoint,
        end: QPoint,
        modifiers: Qt.KeyboardModifier = NONE,
        *,
        target: QWidget,
        button: Qt.MouseButton = LEFT,
    ) -> None:
        """Press, move in ten steps, release."""
        self.press(target, start, modifiers, button)
        for step in range(1, 11):
            self.move(target, start + (end - start) * (step / 10), modifiers, button)
        self.release(target, end, modifiers, button)

    def wheel(
        self,
        at: QPoint,
        *,
        up: int = 0,
        right: int = 0,
        pixels: QPoint | None = None,
        modifiers: Qt.KeyboardModifier = NONE,
        target: QWidget,
    ) -> None:
        """Turn the wheel by eighths of a degree, or move two fingers by pixels."""
        event = QWheelEvent(
            QPointF(at),
            QPointF(target.mapToGlobal(at)),
            pixels or QPoint(),
            QPoint(right, up),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)

    def _mouse(self, kind, target, at, modifiers, button, buttons) -> None:
        where = QPointF(at)
        event = QMouseEvent(kind, where, QPointF(target.mapToGlobal(at)), button, buttons, modifiers)
        QApplication.sendEvent(target, event)


class Hand(Mouse):
    """What a person does with a roll, and a document that does what the roll wishes for."""

    def __init__(self, roll: RollView) -> None:
        self.roll = roll
        self.edits: list[NoteEdit] = []
        self.sounded: list[Note] = []
        self.notes = list(SONG)
        roll.edit_requested.connect(self._apply)
        roll.note_clicked.connect(self.sounded.append)

    def _apply(self, edit: NoteEdit) -> None:
        self.edits.append(edit)
        for note in edit.before:
            self.notes.remove(note)
        self.notes += edit.after
        self.roll.set_notes(self.notes)

    def spot(self, seconds: float, key: int, *, is_drum: bool = False) -> QPoint:
        """The pixel in the middle of a row."""
        area = self.area(is_drum)
        return area.pixel_of(seconds, float(area.rows.table[key]) + 0.5).toPoint()

    def area(self, is_drum: bool = False) -> NoteArea:
        return self.roll.drum_area if is_drum else self.roll.area

    def drag(self, start: QPoint, end: QPoint, modifiers=NONE, *, target=None, button=LEFT) -> None:
        super().drag(start, end, modifiers, target=target or self.roll.area.viewport(), button=button)

    def wheel(self, at: QPoint, *, target=None, **turns) -> None:
        super().wheel(at, target=target or self.roll.area.viewport(), **turns)

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier = NONE, *, is_drum: bool = False) -> None:
        target = self.area(is_drum).viewport()
        self.press(target, at, modifiers)
        self.release(target, at, modifiers)

    def double_click(self, at: QPoint) -> None:
        target = self.area().viewport()
        self.click(at)
        self._mouse(QEvent.Type.MouseButtonDblClick, target, at, NONE, LEFT, LEFT)
        self.release(target, at)


def show(qtbot: QtBot, notes: Iterable[Note]) -> RollView:
    """A roll on screen with ten seconds of a song in view."""
    notes = tuple(notes)
    apply_theme(QApplication.instance(), "dark")
    roll = RollView()
    roll.resize(1000, 600)
    roll.set_tracks(tracks_of(notes))
    roll.set_duration(60.0)
    roll.set_notes(notes)
    qtbot.addWidget(roll)
    roll.show()
    qtbot.waitExposed(roll)
    roll.viewport.show_seconds(0.0, 10.0)
    roll.viewport.show_pitches(36.0, 76.0)
    roll.area.setFocus()
    return roll
