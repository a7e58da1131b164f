"""Songs, tracks and selections that leave the window by drag or clipboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from mt3_desktop.core.values import Instrument
from mt3_desktop.gui.drag_handle import start_drag
from mt3_desktop.gui.export_commands import ExportCommands
from mt3_desktop.gui.song_binding import SongBinding
from mt3_desktop.gui.window_layout import WindowLayout


class DragCommands(QObject):
    """Writes what is dragged at the moment the drag begins."""

    def __init__(
        self, parts: WindowLayout, binding: SongBinding, exports: ExportCommands, window: QWidget
    ) -> None:
        """Wire the views.

        Args:
            parts: the roll and the tracks that are dragged from.
            binding: knows the song on show.
            exports: writes the files.
            window: source of the drags, and owner.
        """
        super().__init__(window)
        self._window = window
        self._roll = parts.roll
        self._binding = binding
        self._exports = exports
        parts.roll.drag_out_requested.connect(self._on_selection_dragged)
        parts.roll.copy_out_requested.connect(self.copy_selection)
        parts.tracks.drag_requested.connect(self._on_track_dragged)
        parts.tracks.copy_requested.connect(self._on_track_copied)

    def song_file(self) -> Path | None:
        """The song on show as a file, or None where there is none."""
        document = self._binding.document
        return None if document is None else self._exports.make_file(document)

    @Slot()
    def copy_selection(self) -> None:
        """Put the selected notes on the clipboard as a file."""
        self._exports.copy_file(self._selection_file())

    def _selection_file(self) -> Path | None:
        document, selection = self._binding.document, self._roll.selection
        return (
            self._exports.make_file(document, notes=selection) if document is not None and selection else None
        )

    def _track_file(self, instrument: Instrument) -> Path | None:
        document = self._binding.document
        return None if document is None else self._exports.make_track_file(document, instrument)

    @Slot()
    def _on_selection_dragged(self) -> None:
        if self._roll.selection:
            start_drag(self._window, self._selection_file())

    @Slot(object)
    def _on_track_dragged(self, instrument: Instrument) -> None:
        start_drag(self._window, self._track_file(instrument))

    @Slot(object)
    def _on_track_copied(self, instrument: Instrument) -> None:
        self._exports.copy_file(self._track_file(instrument))
