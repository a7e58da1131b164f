"""The line above the roll while another result lies over the notes: how the two agree, and what to take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from mt3_desktop.app.comparing import Comparison
from mt3_desktop.app.wording import counted, menu_text
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument
from mt3_desktop.gui.plain_label import plain_label
from mt3_desktop.gui.theme import icon
from mt3_desktop.gui.track_controls import ElidedLabel


class ComparisonBar(QWidget):
    """Shows a comparison and turns what is done to it into wishes; hidden while nothing is compared.

    Signals:
        all_wanted: () take all of the other result.
        track_wanted: Instrument: take this track of it.
        note_wanted: () take the note that has the focus.
        next_wanted: () go to the next note that only the other result has.
        left: () the comparison is over.
    """

    all_wanted = Signal()
    track_wanted = Signal(object)
    note_wanted = Signal()
    next_wanted = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Comparison")
        self.title = plain_label()
        self.title.setProperty("role", "heading")
        self.counts = ElidedLabel()
        self.counts.setProperty("role", "caption")
        self.counts.setAccessibleName("Agreement")
        self.counts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.next = _button("Next", "Go to the next note that only the outlined result has")
        self.note = _button("Accept note", "Take the note that has the focus (Enter)")
        self.track = _button("Accept track", "Take a track in the place of that of the result on show")
        self.track.setMenu(QMenu(self))
        self.all = _button("Accept all", "Take the outlined notes in the place of those on show")
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setToolTip("Stop comparing")
        close.setAccessibleName("Stop comparing")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(6)
        row.addWidget(self.title)
        row.addWidget(self.counts, 1)
        for button in (self.next, self.note, self.track, self.all, close):
            row.addWidget(button)
        self.next.clicked.connect(self.next_wanted)
        self.note.clicked.connect(self.note_wanted)
        self.all.clicked.connect(self.all_wanted)
        close.clicked.connect(self.left)
        self.hide()

    def show_comparison(self, title: str, comparison: Comparison, tracks: Sequence[Track]) -> None:
        """Show how two results agree.

        Args:
            title: the model whose notes are outlined.
            comparison: of the two.
            tracks: those of the outlined result.
        """
        theirs, mine = len(comparison.only_theirs), len(comparison.only_mine)
        self.title.setText(title)
        both = comparison.n_both
        self.counts.setText(f"{theirs:,} more · {mine:,} missing · {both:,} both")
        self.counts.setToolTip(
            f"{counted(theirs, 'note')} only in the outlined result, {counted(mine, 'note')} only in the one "
            f"on show, {both:,} in both"
        )
        self.next.setEnabled(theirs > 0)
        menu = self.track.menu()
        menu.clear()
        for track in tracks:
            menu.addAction(menu_text(track.name), partial(self._on_track_chosen, track.instrument))
        self.show()

    def set_in_loop(self, is_in_loop: bool) -> None:
        """Say whether only the notes in the loop are taken."""
        where = " in the loop" if is_in_loop else ""
        self.all.setText(f"Accept all{where}")
        self.track.setText(f"Accept track{where}")

    def set_can_accept(self, can_accept: bool) -> None:
        """Say whether a note that only the other result has is in the focus."""
        self.note.setEnabled(can_accept)

    def _on_track_chosen(self, instrument: Instrument) -> None:
        self.track_wanted.emit(instrument)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button
