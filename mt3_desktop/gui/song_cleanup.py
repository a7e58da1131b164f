"""Keeps the clean-up panel, the document on show, and the ghosts and candidates of the roll in step."""

from __future__ import annotations

from PySide6.QtCore import QMetaObject, QObject, Slot

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.settings import SettingsStore
from mt3_desktop.core.candidates import USUAL
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.values import Note
from mt3_desktop.gui.cleanup_panel import CleanupPanel
from mt3_desktop.gui.roll.view import RollView


class SongCleanup(QObject):
    """Connects a document with the panel.

    Hidden notes are ghosts in the roll while the panel is open; what might be a note is seen as long as that
    is wanted, whether the panel is open or not.
    """

    def __init__(self, panel: CleanupPanel, roll: RollView, settings: SettingsStore, parent: QObject) -> None:
        """Bind nothing yet.

        Args:
            panel: the controls.
            roll: shows the ghosts.
            settings: remember whether the panel is open, and candidates are seen.
            parent: owner.
        """
        super().__init__(parent)
        self._panel = panel
        self._roll = roll
        self._settings = settings
        self._document: TranscriptionDocument | None = None
        self._connections: list[QMetaObject.Connection] = []
        panel.set_open(settings.value.cleanup_shown)
        panel.rules_chosen.connect(self._on_rules_chosen)
        panel.bake_requested.connect(self.bake)
        panel.folded.connect(self._on_folded)
        panel.sensitivity.set_candidates_shown(settings.value.candidates_shown)
        panel.sensitivity.sensitivity_chosen.connect(self._on_sensitivity_chosen)
        panel.sensitivity.candidates_toggled.connect(self._on_candidates_toggled)
        roll.candidate_accepted.connect(self._on_candidate_accepted)
        self.show(None)

    def show(self, document: TranscriptionDocument | None) -> None:
        """Show the clean-up of a document, or nothing."""
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections = []
        self._document = document
        self._panel.setEnabled(document is not None)
        if document is not None:
            self._connections = [
                document.notes_appended.connect(self._refresh),
                document.notes_changed.connect(self._refresh),
                document.rules_changed.connect(self._refresh),
                document.tempo_changed.connect(self._refresh),
            ]
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        document = self._document
        self._panel.set_rules(Rules() if document is None else document.rules)
        self._panel.set_instruments(frozenset() if document is None else document.instruments)
        self._panel.set_confident(document is not None and document.has_confidences)
        self._panel.set_bars(document is not None and document.tempo is not None)
        self._panel.set_counts(
            *((0, 0) if document is None else (len(document.cleaned.hidden), document.n_notes))
        )
        self._show_weighing()
        self._show_ghosts()

    def _show_weighing(self) -> None:
        document, row = self._document, self._panel.sensitivity
        row.set_possible(document is not None and document.can_weigh)
        row.set_sensitivity(*((USUAL, 0) if document is None else (document.sensitivity, document.n_more)))
        is_seen = self._settings.value.candidates_shown
        self._roll.set_candidates(document.candidates if document is not None and is_seen else ())

    def _show_ghosts(self) -> None:
        is_seen = self._document is not None and self._panel.is_open
        self._roll.set_ghosts(self._document.cleaned.hidden if self._document and is_seen else ())

    @Slot(object)
    def _on_rules_chosen(self, rules: Rules) -> None:
        if self._document is not None:
            self._document.set_rules(rules)

    @Slot(float)
    def _on_sensitivity_chosen(self, sensitivity: float) -> None:
        if self._document is not None:
            self._document.set_sensitivity(sensitivity)

    @Slot(bool)
    def _on_candidates_toggled(self, is_on: bool) -> None:
        self._settings.update(candidates_shown=is_on)
        self._show_weighing()

    @Slot(object)
    def _on_candidate_accepted(self, candidate: Note) -> None:
        if self._document is not None:
            self._document.accept(candidate)

    @Slot()
    def bake(self) -> None:
        """Make edits of what the clean-up does."""
        if self._document is not None:
            self._document.bake()

    @Slot(bool)
    def _on_folded(self, is_open: bool) -> None:
        self._settings.update(cleanup_shown=is_open)
        self._show_ghosts()
