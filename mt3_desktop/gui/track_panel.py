"""The track list: one row per instrument, and what can be done with whole tracks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mt3_desktop.app.wording import counted, menu_text
from mt3_desktop.core.instruments import DRUMS, FAMILY_NAMES, family, pitch_name
from mt3_desktop.core.tracks import Track, is_stray, nearest
from mt3_desktop.core.values import Instrument
from mt3_desktop.gui.program_picker import ProgramPicker
from mt3_desktop.gui.tab_order import put_after
from mt3_desktop.gui.theme import icon
from mt3_desktop.gui.track_row import TrackRow

SPLIT_PITCHES = (36, 43, 48, 55, 60, 67, 72, 79, 84)


class TrackPanel(QWidget):
    """Shows tracks and turns what people do into wishes; the document applies them.

    Signals:
        mute_changed: Instrument, bool.
        solo_changed: Instrument, bool, whether other solos stay.
        show_changed: Instrument, bool.
        level_changed: Instrument, gain 0-2.
        renamed: Instrument, name ("" for the instrument's own).
        recoloured: Instrument, colour index.
        merge_requested: tuple[Instrument, ...] of sources, Instrument that gets their notes; it may be new
            (a change of program) or the drums.
        split_requested: Instrument, lowest pitch that goes, Instrument that gets it (new).
        delete_requested: Instrument.
        spotlight_changed: Instrument or None: the roll dims the others.
        program_previewed: program, to be sounded.
        drag_requested: Instrument: the track is being dragged out of the window.
        copy_requested: Instrument: the track as a MIDI file onto the clipboard.
        select_requested: Instrument: its notes in the roll.
    """

    mute_changed = Signal(object, bool)
    solo_changed = Signal(object, bool, bool)
    show_changed = Signal(object, bool)
    level_changed = Signal(object, float)
    renamed = Signal(object, str)
    recoloured = Signal(object, int)
    merge_requested = Signal(object, object)
    split_requested = Signal(object, int, object)
    delete_requested = Signal(object)
    spotlight_changed = Signal(object)
    program_previewed = Signal(int)
    drag_requested = Signal(object)
    copy_requested = Signal(object)
    select_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracks: tuple[Track, ...] = ()
        self._rows: dict[Instrument, TrackRow] = {}
        self._picking_for: Instrument | None = None
        self._is_complete = True
        self.setAccessibleName("Tracks")
        self._title = QLabel("Tracks")
        self._title.setProperty("role", "heading")
        self._total = QLabel()
        self._total.setProperty("role", "caption")
        header = QHBoxLayout()
        header.setContentsMargins(8, 6, 8, 4)
        header.addWidget(self._title)
        header.addStretch(1)
        header.addWidget(self._total)
        self._all = QMenu(self)
        self._all.aboutToShow.connect(self._fill_menu_of_all)
        self._more = _menu_button(self._all)
        header.addWidget(self._more)
        self._nothing = QLabel("Instruments appear here as they are heard.")
        self._nothing.setProperty("role", "caption")
        self._nothing.setContentsMargins(8, 4, 8, 4)
        body = QWidget()
        self._list = QVBoxLayout(body)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(2)
        self._list.addWidget(self._nothing)
        self._list.addStretch(1)
        scroll = _Column()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setProperty("role", "bare")
        scroll.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(scroll, 1)
        self._scroll = scroll
        self._picker: ProgramPicker | None = None
        self._menu = QMenu(self)

    @property
    def rows(self) -> tuple[TrackRow, ...]:
        """The rows from top to bottom."""
        return tuple(self._rows[track.instrument] for track in self._tracks)

    def set_tracks(self, tracks: tuple[Track, ...]) -> None:
        """Show these tracks; rows of instruments that stay keep their place and focus."""
        before, self._tracks = self._tracks, tracks
        present = {track.instrument for track in tracks}
        for instrument in [i for i in self._rows if i not in present]:
            row = self._rows.pop(instrument)
            self._list.removeWidget(row)
            row.deleteLater()
        for index, track in enumerate(tracks):
            new = track.instrument not in self._rows
            row = self._rows[track.instrument] if not new else self._make_row(track)
            if self._list.indexOf(row) != index:
                self._list.insertWidget(index, row)
            row.set_track(track, merge_target=self._merge_target(track))
        if [track.instrument for track in before] != [track.instrument for track in tracks]:
            put_after(self._more, self.rows)
        self._nothing.setVisible(not tracks)
        total = sum(track.count for track in tracks)
        self._total.setText(counted(total, "note") if tracks else "")

    def set_complete(self, is_complete: bool) -> None:
        """Whether all notes are here; until then nobody knows which tracks will have few."""
        if is_complete != self._is_complete:
            self._is_complete = is_complete
            self.set_tracks(self._tracks)

    def focus_row(self, instrument: Instrument) -> None:
        """Give the keyboard to a row."""
        row = self._rows.get(instrument)
        if row is not None:
            row.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._scroll.ensureWidgetVisible(row)

    def _make_row(self, track: Track) -> TrackRow:
        instrument = track.instrument
        row = TrackRow(track)
        self._rows[instrument] = row
        row.mute_toggled.connect(partial(self.mute_changed.emit, instrument))
        row.solo_toggled.connect(partial(self.solo_changed.emit, instrument))
        row.show_toggled.connect(partial(self.show_changed.emit, instrument))
        row.level_changed.connect(partial(self.level_changed.emit, instrument))
        row.renamed.connect(partial(self.renamed.emit, instrument))
        row.recoloured.connect(partial(self.recoloured.emit, instrument))
        row.drag_wanted.connect(partial(self.drag_requested.emit, instrument))
        row.program_wanted.connect(partial(self._pick_program, instrument))
        row.merge_wanted.connect(partial(self._merge_stray, instrument))
        row.menu_wanted.connect(partial(self._open_menu, instrument))
        row.spotlight_changed.connect(self._on_row_lit)
        row.step_wanted.connect(partial(self._step, instrument))
        return row

    def _merge_target(self, track: Track) -> str:
        """Name of the track that a stray one would be merged into; "" if it is none."""
        is_astray = self._is_complete and is_stray(track, self._tracks)
        target = nearest(track, self._tracks) if is_astray else None
        return target.name if target else ""

    def _track(self, instrument: Instrument) -> Track | None:
        return next((track for track in self._tracks if track.instrument == instrument), None)

    @Slot(object, bool)
    def _on_row_lit(self, instrument: Instrument, is_lit: bool) -> None:
        self.spotlight_changed.emit(instrument if is_lit else None)

    def _step(self, instrument: Instrument, steps: int) -> None:
        order = [track.instrument for track in self._tracks]
        index = min(max(order.index(instrument) + steps, 0), len(order) - 1)
        self.focus_row(order[index])

    def _merge_stray(self, instrument: Instrument) -> None:
        track = self._track(instrument)
        target = nearest(track, self._tracks) if track is not None else None
        if target is not None:
            self.merge_requested.emit((instrument,), target.instrument)

    # --- programs ---

    def _pick_program(self, instrument: Instrument, where: QPoint) -> None:
        self._picking_for = instrument
        if self._picker is None:  # 128 rows that most sessions never show
            self._picker = ProgramPicker(self)
            self._picker.chosen.connect(self._on_program_chosen)
            self._picker.previewed.connect(self.program_previewed)
        self._picker.open_at(where, instrument.program)

    @Slot(int)
    def _on_program_chosen(self, program: int) -> None:
        if self._picking_for is not None and program != self._picking_for.program:
            self.merge_requested.emit((self._picking_for,), Instrument(program))

    # --- menus ---

    @Slot()
    def _fill_menu_of_all(self) -> None:
        """What can be done with all tracks at once."""
        tracks = self._tracks
        hidden = [track.instrument for track in tracks if not track.shown]
        muted = [track.instrument for track in tracks if track.muted]
        soloed = [track.instrument for track in tracks if track.soloed]
        strays = {track: nearest(track, tracks) for track in tracks if self._merge_target(track)}
        self._all.clear()
        for text, wish, chosen in (
            ("Show all", lambda one: self.show_changed.emit(one, True), hidden),
            ("Unmute all", lambda one: self.mute_changed.emit(one, False), muted),
            ("End solo", lambda one: self.solo_changed.emit(one, False, True), soloed),
        ):
            action = self._all.addAction(text, partial(_each, wish, chosen))
            action.setEnabled(bool(chosen))
        self._all.addSeparator()
        merge = self._all.addAction(
            icon("merge"), f"Merge {counted(len(strays), 'stray track')}", partial(self._merge_all, strays)
        )
        merge.setEnabled(bool(strays))

    def _merge_all(self, strays: dict[Track, Track | None]) -> None:
        gone: set[Track] = set()
        for track, target in strays.items():
            if target is not None and target not in gone:  # two strays may be nearest to each other
                gone.add(track)
                self.merge_requested.emit((track.instrument,), target.instrument)

    def _open_menu(self, instrument: Instrument, where: QPoint) -> None:
        self._fill_menu(instrument)
        self._menu.popup(where)

    def _fill_menu(self, instrument: Instrument) -> None:
        track, row = self._track(instrument), self._rows.get(instrument)
        menu = self._menu
        menu.clear()
        if track is None or row is None:
            return
        menu.addAction("Rename\tF2", row.name.edit)
        menu.addAction("Select notes", partial(self.select_requested.emit, instrument))
        menu.addAction(icon("midi"), "Copy as MIDI file", partial(self.copy_requested.emit, instrument))
        menu.addSeparator()
        others = [other for other in self._tracks if other.instrument != instrument]
        merge = menu.addMenu(icon("merge"), "Merge into")
        merge.setEnabled(bool(others))
        for other in others:
            wish = partial(self.merge_requested.emit, (instrument,), other.instrument)
            merge.addAction(menu_text(other.name), wish)
        if not instrument.is_drum:
            self._add_pitched(menu, instrument)
        menu.addSeparator()
        menu.addAction(icon("trash"), "Delete track", partial(self.delete_requested.emit, instrument))

    def _add_pitched(self, menu: QMenu, instrument: Instrument) -> None:
        """What makes no sense for drums."""
        relatives = tuple(
            track.instrument
            for track in self._tracks
            if not track.instrument.is_drum
            and track.instrument != instrument
            and family(track.instrument.program) == family(instrument.program)
        )
        name = FAMILY_NAMES[family(instrument.program)].lower()
        collapse = menu.addAction(f"Collapse all {name} tracks into this")
        collapse.setEnabled(bool(relatives))
        collapse.triggered.connect(partial(self._merge_into, relatives, instrument))
        split = menu.addMenu("Split by pitch")
        target = Instrument(free_program(instrument, self._tracks))
        for pitch in SPLIT_PITCHES:
            wish = partial(self.split_requested.emit, instrument, pitch, target)
            split.addAction(f"From {pitch_name(pitch)} up", wish)
        menu.addAction(icon("drums"), "Move to drums", partial(self._merge_into, (instrument,), DRUMS))

    def _merge_into(
        self, sources: tuple[Instrument, ...], target: Instrument, _is_checked: bool = False
    ) -> None:
        self.merge_requested.emit(sources, target)


def _menu_button(menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon("more"))
    button.setProperty("role", "quiet")
    button.setToolTip("What can be done with all tracks")
    button.setAccessibleName("All tracks")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0; }")
    button.setMenu(menu)
    return button


class _Column(QScrollArea):
    """Scrolls up and down, and is never narrower than what it holds."""

    def minimumSizeHint(self) -> QSize:
        """As wide as the rows need, as low as may be."""
        body = self.widget()
        width = body.minimumSizeHint().width() if body is not None else 0
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(width + bar, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The rows have another size: so has this."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _each(wish: Callable[[Instrument], object], instruments: Iterable[Instrument]) -> None:
    for instrument in instruments:
        wish(instrument)


def free_program(instrument: Instrument, tracks: tuple[Track, ...]) -> int:
    """A program near an instrument that no track has: of its family if possible."""
    taken = {track.instrument.program for track in tracks if not track.instrument.is_drum}
    own = family(instrument.program)
    order = sorted(
        range(128), key=lambda program: (family(program) != own, abs(program - instrument.program))
    )
    return next((program for program in order if program not in taken), instrument.program)
