"""Keeps the roll and the track list showing one document, whichever that is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMetaObject, QObject, Signal, SignalInstance, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Note
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.track_panel import TrackPanel


class SongBinding(QObject):
    """Connects a document with the views; connecting another one lets go of the first.

    Signals:
        content_changed: () the song on show gained or lost notes.
    """

    content_changed = Signal()

    def __init__(self, roll: RollView, panel: TrackPanel, parent: QObject) -> None:
        """Bind nothing yet.

        Args:
            roll: shows notes.
            panel: shows tracks.
            parent: owner.
        """
        super().__init__(parent)
        self._roll = roll
        self._panel = panel
        self._document: TranscriptionDocument | None = None
        self._connections: list[QMetaObject.Connection] = []

    @property
    def document(self) -> TranscriptionDocument | None:
        """The document on show."""
        return self._document

    def show(self, document: TranscriptionDocument | None) -> None:
        """Show a document, or nothing."""
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections = []
        self._document = document
        if document is not None:
            self._connections = [
                self._connect(document.notes_appended, self._on_notes_appended),
                self._connect(document.notes_changed, self._on_notes_changed),
                self._connect(document.sounding_changed, self._on_sounding_changed),
                self._connect(document.tracks_changed, self._on_tracks_changed),
                self._connect(document.heard_changed, self._on_heard_changed),
            ]
        self._show_everything()

    def _connect(self, signal: SignalInstance, slot: Callable[..., None]) -> QMetaObject.Connection:
        return signal.connect(slot)

    def _show_everything(self) -> None:
        document = self._document
        tracks = () if document is None else document.tracks
        self._roll.set_tracks(tracks)
        self._panel.set_tracks(tracks)
        self._roll.set_notes(() if document is None else document.notes)
        self._roll.set_sounding(() if document is None else document.sounding)
        self._show_extent()
        self.content_changed.emit()

    def _show_extent(self) -> None:
        document = self._document
        self._roll.set_duration(0.0 if document is None else document.duration)
        self._roll.set_heard_until(0.0 if document is None else document.heard_until)

    @Slot(object)
    def _on_notes_appended(self, notes: tuple[Note, ...]) -> None:
        self._roll.append(notes)
        self.content_changed.emit()

    @Slot()
    def _on_notes_changed(self) -> None:
        if self._document is not None:
            self._roll.set_notes(self._document.notes)
            self.content_changed.emit()

    @Slot(object)
    def _on_sounding_changed(self, notes: tuple[Note, ...]) -> None:
        self._roll.set_sounding(notes)

    @Slot(object)
    def _on_tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        self._roll.set_tracks(tracks)
        self._panel.set_tracks(tracks)

    @Slot(float)
    def _on_heard_changed(self, _seconds: float) -> None:
        self._show_extent()
