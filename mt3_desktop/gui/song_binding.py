"""Keeps the roll, the note table and the track list showing one document, whichever that is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMetaObject, QObject, Signal, SignalInstance, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.tracks import Track, played_by
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.editing import NoteEdit
from mt3_desktop.gui.window_layout import WindowLayout


class SongBinding(QObject):
    """Connects a document with the views; connecting another one lets go of the first.

    Signals:
        content_changed: () the song on show gained or lost notes, or what can be undone changed.
    """

    content_changed = Signal()

    def __init__(self, parts: WindowLayout, parent: QObject) -> None:
        """Bind nothing yet.

        Args:
            parts: the views.
            parent: owner.
        """
        super().__init__(parent)
        self._roll = roll = parts.roll
        self._table = table = parts.table
        self._panel = panel = parts.tracks
        self._document: TranscriptionDocument | None = None
        self._connections: list[QMetaObject.Connection] = []
        panel.mute_changed.connect(self._on_mute_changed)
        panel.solo_changed.connect(self._on_solo_changed)
        panel.show_changed.connect(self._on_show_changed)
        panel.level_changed.connect(self._on_level_changed)
        panel.renamed.connect(self._on_renamed)
        panel.recoloured.connect(self._on_recoloured)
        panel.merge_requested.connect(self._on_merge_requested)
        panel.split_requested.connect(self._on_split_requested)
        panel.delete_requested.connect(self._on_delete_requested)
        panel.select_requested.connect(self._on_select_requested)
        panel.spotlight_changed.connect(roll.set_spotlight)
        roll.selection_changed.connect(table.select)
        table.selection_changed.connect(roll.select)
        table.note_activated.connect(roll.note_clicked)
        table.edit_requested.connect(self._on_edit_requested)
        roll.edit_requested.connect(self._on_edit_requested)
        roll.reassign_requested.connect(self._on_reassign_requested)

    @property
    def document(self) -> TranscriptionDocument | None:
        """The document on show."""
        return self._document

    def show(self, document: TranscriptionDocument | None) -> None:
        """Show a document, or nothing."""
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections = []
        shown = None if self._document is None else self._document.song
        if document is None or document.song is not shown:
            self._roll.reset_view()
        self._document = document
        if document is not None:
            self._connections = [
                self._connect(document.notes_appended, self._on_notes_appended),
                self._connect(document.notes_changed, self._on_notes_changed),
                self._connect(document.sounding_changed, self._on_sounding_changed),
                self._connect(document.tracks_changed, self._on_tracks_changed),
                self._connect(document.heard_changed, self._on_heard_changed),
                self._connect(document.completed, self._on_completed),
                self._connect(document.undo_stack.indexChanged, self._on_undo_moved),
            ]
        self._show_everything()

    def _connect(self, signal: SignalInstance, slot: Callable[..., None]) -> QMetaObject.Connection:
        return signal.connect(slot)

    def _show_everything(self) -> None:
        document = self._document
        tracks = () if document is None else document.tracks
        self._roll.set_tracks(tracks)
        self._panel.set_complete(document is None or document.is_complete)
        self._panel.set_tracks(tracks)
        self._table.set_tracks(tracks)
        notes = () if document is None else document.notes
        self._roll.set_notes(notes)
        self._table.set_notes(notes)
        self._roll.set_sounding(() if document is None else document.sounding)
        self._show_extent()
        self.content_changed.emit()

    def _show_extent(self) -> None:
        document = self._document
        self._roll.set_duration(0.0 if document is None else document.duration)
        self._roll.set_heard_until(0.0 if document is None else document.heard_until)

    @Slot(object)
    def _on_notes_appended(self, notes: tuple[Note, ...]) -> None:
        self._table.change(NoteDiff(added=notes))
        self._roll.append(notes)
        self.content_changed.emit()

    @Slot(object)
    def _on_notes_changed(self, diff: NoteDiff) -> None:
        self._table.change(diff)  # first, so that it knows the notes that the roll selects
        self._roll.change(diff)
        self.content_changed.emit()

    @Slot(object)
    def _on_sounding_changed(self, notes: tuple[Note, ...]) -> None:
        self._roll.set_sounding(notes)

    @Slot(object)
    def _on_tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        self._roll.set_tracks(tracks)
        self._panel.set_tracks(tracks)
        self._table.set_tracks(tracks)

    @Slot(float)
    def _on_heard_changed(self, _seconds: float) -> None:
        self._show_extent()

    @Slot()
    def _on_completed(self) -> None:
        self._panel.set_complete(True)

    @Slot(int)
    def _on_undo_moved(self, _index: int) -> None:
        self.content_changed.emit()

    # --- wishes of the views; without a document nobody can make any ---

    @Slot(object, bool)
    def _on_mute_changed(self, instrument: Instrument, is_on: bool) -> None:
        self._edited.set_track(instrument, muted=is_on)

    @Slot(object, bool, bool)
    def _on_solo_changed(self, instrument: Instrument, is_on: bool, is_additive: bool) -> None:
        self._edited.solo(instrument, is_on, additive=is_additive)

    @Slot(object, bool)
    def _on_show_changed(self, instrument: Instrument, is_on: bool) -> None:
        self._edited.set_track(instrument, shown=is_on)

    @Slot(object, float)
    def _on_level_changed(self, instrument: Instrument, level: float) -> None:
        self._edited.set_track(instrument, level=level)

    @Slot(object, str)
    def _on_renamed(self, instrument: Instrument, name: str) -> None:
        self._edited.rename(instrument, name)

    @Slot(object, int)
    def _on_recoloured(self, instrument: Instrument, colour: int) -> None:
        self._edited.recolour(instrument, colour)

    @Slot(object, object)
    def _on_merge_requested(self, sources: tuple[Instrument, ...], target: Instrument) -> None:
        self._edited.merge(sources, target)

    @Slot(object, int, object)
    def _on_split_requested(self, source: Instrument, lowest: int, target: Instrument) -> None:
        self._edited.split(source, lowest, target)

    @Slot(object)
    def _on_delete_requested(self, instrument: Instrument) -> None:
        self._edited.delete_track(instrument)

    @Slot(object)
    def _on_select_requested(self, instrument: Instrument) -> None:
        self._roll.select([note for note in self._edited.notes if note.instrument == instrument])

    @Slot(object)
    def _on_edit_requested(self, edit: NoteEdit) -> None:
        self._edited.replace_notes(edit.before, edit.after, edit.text)
        self._roll.select(edit.after)

    @Slot(object, object)
    def _on_reassign_requested(self, notes: tuple[Note, ...], target: Instrument) -> None:
        moved = tuple(played_by(note, target) for note in notes)
        self._edited.replace_notes(notes, moved, f"Move notes to {instrument_name(target)}")
        self._roll.select(moved)

    @property
    def _edited(self) -> TranscriptionDocument:
        assert self._document is not None, "views without a document have nothing to wish for"
        return self._document
