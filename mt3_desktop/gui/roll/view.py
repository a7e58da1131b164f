"""The piano roll: keys, notes, drums, ruler, waveform, overview and playhead, put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.audio.key_spectrogram import KeySpectrogram
from mt3_desktop.core.tempo import Beats
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.roll.backdrop import BackdropKind, Peaks
from mt3_desktop.gui.roll.commands import NoteCommands
from mt3_desktop.gui.roll.inspector import Inspector
from mt3_desktop.gui.roll.keys import Keys
from mt3_desktop.gui.roll.lit_keys import LitKeys
from mt3_desktop.gui.roll.loop import Loop
from mt3_desktop.gui.roll.menu import NoteMenu
from mt3_desktop.gui.roll.navigation import Navigation
from mt3_desktop.gui.roll.notes import inks
from mt3_desktop.gui.roll.offers import Offers, OtherResult
from mt3_desktop.gui.roll.panes import Panes
from mt3_desktop.gui.roll.pitch_fit import PitchFit
from mt3_desktop.gui.roll.side_menus import SideMenus
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import Viewport
from mt3_desktop.gui.roll.wheel import WheelPreset, WheelReader, WheelStep

REPAINT_MS = 33
DEFAULT_STRENGTH = 0.4


class RollView(QWidget):
    """Shows notes and turns what people do into wishes; it changes no note itself.

    Attributes:
        commands: what can be done to the selection.
        inspector: the values of the selected notes.
        navigation: how the window moves.
        viewport: what is shown.
        state: notes, selection, focus, tool, grid.

    Signals:
        seek_requested: seconds.
        loop_changed: (start, end) in seconds, or None.
        loop_switched: (is_on: bool) the loop that is there is to be used or not.
        downbeat_moved: seconds at which bar 1 shall begin, while it is dragged.
        note_clicked: Note, to be sounded.
        key_clicked: (pitch, is_drum), to be sounded.
        selection_changed: tuple[Note, ...].
        edit_requested: NoteEdit: `before` is to be replaced by `after`, one undo step named `text`.
        candidate_accepted: Note: make a note of this candidate.
        other_accepted: Note: take this one over from the result that lies over the notes.
        revert_requested: the selection shall be as the model gave it.
        reassign_requested: tuple[Note, ...], Instrument: give these notes to a track.
        drag_out_requested: the selection is being dragged out of the window.
        follow_paused: bool: following the playhead waits, as the user scrolled.
        backdrop_changed: BackdropKind, strength 0-0.6, by `G` or the button in the corner.
        copy_out_requested: the selection is wanted on the clipboard as a file.
    """

    commands: NoteCommands
    inspector: Inspector
    navigation: Navigation
    state: RollState
    viewport: Viewport

    seek_requested = Signal(float)
    loop_changed = Signal(object)
    loop_switched = Signal(bool)
    downbeat_moved = Signal(float)
    note_clicked = Signal(object)
    key_clicked = Signal(int, bool)
    selection_changed = Signal(object)
    edit_requested = Signal(object)
    candidate_accepted = Signal(object)
    other_accepted = Signal(object)
    revert_requested = Signal()
    reassign_requested = Signal(object, object)
    drag_out_requested = Signal()
    follow_paused = Signal(bool)
    backdrop_changed = Signal(object, float)
    copy_out_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = RollState(self)
        self.viewport = Viewport(self)
        self.navigation = Navigation(self.state, self.viewport, self)
        self.commands = NoteCommands(self.state, self.viewport)
        self._wheel = WheelReader()
        self._spotlight: Instrument | None = None
        self._heard_until: float | None = None
        self._fit = PitchFit(self.state, self.viewport, self.navigation)
        self._arrived: list[Note] = []
        self._panes = panes = Panes(self.state, self.viewport, self._wheel, self)
        self.area, self.drum_area = panes.area, panes.drum_area
        self.ruler, self.waveform, self.overview = panes.ruler, panes.waveform, panes.overview
        self.keyboard, self.drum_names = panes.keyboard, panes.drum_names
        self.backdrop_button = panes.backdrop_button
        self.set_backdrop(BackdropKind.SPECTROGRAM)
        self._offers = Offers(self.state, panes, self)
        self._lit_keys = LitKeys(self.state, panes)
        self._loop = Loop(self.state, self.viewport, panes, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(panes)
        self.inspector = Inspector(self.state)
        layout.addWidget(self.inspector)
        self._menu = NoteMenu(self)
        self._side_menus = SideMenus(self, panes, self._loop)
        self.setFocusProxy(self.area)
        self.setAccessibleName("Piano roll")
        self._connect()
        self._keys = Keys(self)
        self._repaint = QTimer(self, singleShot=True, interval=REPAINT_MS)
        self._repaint.timeout.connect(self.flush)

    def _connect(self) -> None:
        state = self.state
        state.selection_changed.connect(self._on_selection_changed)
        state.note_clicked.connect(self.note_clicked)
        state.edit_requested.connect(self.edit_requested)
        self._offers.candidate_accepted.connect(self.candidate_accepted)
        self._offers.other_accepted.connect(self.other_accepted)
        state.focus_changed.connect(self._on_focus_changed)
        self.navigation.follow_paused.connect(self.follow_paused)
        self.area.wheel_stepped.connect(self.navigation.turn_over_notes)
        self.drum_area.wheel_stepped.connect(self.navigation.turn_over_drums)
        for area in self._panes.areas:
            area.pinched.connect(self.navigation.pinch)
            area.drag_out_requested.connect(self.drag_out_requested)
            area.menu_requested.connect(self._on_menu_requested)
        self.area.hovered.connect(self.keyboard.set_hovered)
        self.keyboard.key_clicked.connect(self._on_key_clicked)
        self.drum_names.key_clicked.connect(self._on_drum_name_clicked)
        self.keyboard.wheel_stepped.connect(self._on_keyboard_wheel)
        self.drum_names.wheel_stepped.connect(self._on_keyboard_wheel)
        self.ruler.wheel_stepped.connect(self._on_time_wheel)
        self.waveform.wheel_stepped.connect(self._on_time_wheel)
        self.ruler.seek_requested.connect(self.seek)
        self.waveform.seek_requested.connect(self.seek)
        self._loop.changed.connect(self.loop_changed)
        self._loop.switched.connect(self.loop_switched)
        self.ruler.downbeat_moved.connect(self.downbeat_moved)
        self.backdrop_button.chosen.connect(self._on_backdrop_chosen)
        self.inspector.track_chosen.connect(self.reassign_requested)
        self.inspector.left.connect(self.area.setFocus)

    # --- what is shown ---

    def show_tools(self, *switches: QAction) -> None:
        """Put buttons for drawing and the like into the corner."""
        self._panes.show_tools(*switches)

    def set_tracks(self, tracks: tuple[Track, ...]) -> None:
        """Hand in colours, and which tracks are shown, muted, soloed."""
        self.state.set_tracks(tracks)
        self.inspector.refresh_tracks()
        self._ink()

    def set_spotlight(self, instrument: Instrument | None) -> None:
        """Dim all tracks but one."""
        if instrument != self._spotlight:
            self._spotlight = instrument
            self._ink()

    def set_notes(self, notes: Iterable[Note]) -> None:
        """Show these notes and no others; the selection is kept where its notes are still there."""
        self._arrived.clear()
        self.state.set_notes(notes)
        self._redraw_notes()
        self.overview.refresh()
        self._fit.choose()

    def change(self, diff: NoteDiff) -> None:
        """Show what became of the notes; the selection is kept where its notes are still there."""
        self.flush()
        self.state.change(diff)
        self._redraw_notes()
        self.overview.refresh_soon()

    def reset_view(self) -> None:
        """Begin anew at the start: another song is going to be shown."""
        self._fit.begin()
        self.viewport.reset()
        self.set_playhead(0.0)
        self._loop.clear()

    def look_at(self, start: float, end: float, pitches: tuple[float, float] | None = None) -> None:
        """Show what was shown when this song was left.

        Args:
            start: left edge in seconds.
            end: right edge in seconds.
            pitches: lower and upper edge, if the user chose them.
        """
        self.viewport.show_seconds(start, end)
        if pitches is not None:
            self.viewport.show_pitches(*pitches)
            self._fit.leave()

    @property
    def chosen_pitches(self) -> tuple[float, float] | None:
        """Lower and upper edge of what is shown, or None as long as the user has chosen none."""
        window = self.viewport.window
        return None if self._fit.is_ours else (window.low, window.high)

    def append(self, notes: Iterable[Note]) -> None:
        """Show more notes; drawn at most every 33 ms."""
        self._arrived.extend(notes)
        if self._arrived and not self._repaint.isActive():
            self._repaint.start()

    def set_sounding(self, notes: Collection[Note]) -> None:
        """Show pale notes that still sound at the edge of what was heard; they replace the last ones."""
        self.state.sounding = tuple(notes)
        self._show_drum_rows()
        self._panes.set_sounding(notes)
        self._fit.widen()

    def set_ghosts(self, notes: Collection[Note]) -> None:
        """Show notes that were cleaned away, pale; they can't be touched."""
        for area in self._panes.areas:
            area.ghosts.set_ghosts(notes, self.state.tracks)

    def set_candidates(self, notes: Collection[Note]) -> None:
        """Show what might be notes, with dotted outlines; they can be accepted."""
        self._offers.set_candidates(notes)

    def set_other(self, other: OtherResult | None) -> None:
        """Lay another result over the notes, outlined; None: take it off."""
        self._offers.set_other(other)

    def set_duration(self, seconds: float) -> None:
        """Tell the length of the recording."""
        self.viewport.set_duration(seconds)
        self._show_heard()
        self.overview.refresh()

    def set_heard_until(self, seconds: float | None) -> None:
        """Hatch what the machine has not listened to yet; None: everything was heard."""
        self._heard_until = seconds
        self._show_heard()

    def set_playhead(self, seconds: float) -> None:
        """Move the playhead; the page turns when it leaves the window, unless the user looks elsewhere."""
        self.navigation.set_playhead(seconds)
        self._panes.set_playhead(seconds)
        self._lit_keys.set_playhead(seconds)

    def set_playing(self, is_playing: bool) -> None:
        """While the song plays, what is heard at the playhead lights up on the keys."""
        if is_playing:
            self.navigation.follow_again()
        self._lit_keys.set_playing(is_playing, self.navigation.playhead)

    def set_follow(self, is_following: bool) -> None:
        """Whether pages turn with the playhead."""
        self.navigation.set_follow(is_following)

    def set_loop(self, loop: tuple[float, float] | None, *, is_on: bool = True) -> None:
        """Show the loop; grey while it is switched off."""
        self._loop.show(loop, is_on=is_on)

    def set_beats(self, beats: Beats | None) -> None:
        """Show bars instead of seconds, and snap to them."""
        self.state.beats = beats
        for area in self._panes.areas:
            area.background.set_beats(beats)
        self.ruler.update()

    def set_peaks(self, peaks: Peaks | None) -> None:
        """Hand in the waveform: for the strip, the overview and the backdrop."""
        self.waveform.set_peaks(peaks)
        self.waveform.setVisible(peaks is not None)
        self.overview.set_peaks(peaks)
        self.area.backdrop.set_peaks(peaks)

    @property
    def peaks(self) -> Peaks | None:
        """The waveform, or None as long as there is none."""
        return self.waveform.peaks

    def set_spectrogram(self, spectrogram: KeySpectrogram | None) -> None:
        """Hand in the spectrogram, aligned to the keys."""
        self.area.backdrop.set_spectrogram(spectrogram)

    def set_backdrop(self, kind: BackdropKind, strength: float = DEFAULT_STRENGTH) -> None:
        """Choose what lies behind the notes, at a strength of 0 to 0.6."""
        self.area.backdrop.set_kind(kind, strength)
        self.backdrop_button.set_backdrop(kind, strength)

    def set_wheel_preset(self, preset: WheelPreset) -> None:
        """Choose what the bare wheel does: with "daw" it scrolls pitches, with "zoom" it zooms time."""
        self._wheel.preset = preset

    # --- selection, loop, zoom, for menus and actions (edits: `commands`) ---

    @property
    def selection(self) -> tuple[Note, ...]:
        """The selected notes in time order."""
        return self.state.store.selection

    def select(self, notes: Collection[Note]) -> None:
        """Select exactly these."""
        self.state.select(notes)
        first = min(notes, key=lambda note: note.onset, default=None)
        self.state.set_focus_note(first)

    def show_notes(self, notes: Collection[Note]) -> None:
        """Select exactly these and scroll to the first: they were chosen elsewhere."""
        self.select(notes)
        first = self.state.focus_note
        if first is not None:
            self.viewport.reveal(first.onset, first.offset, None if first.is_drum else first.pitch)

    def send_to_track(self, index: int) -> None:
        """Wish for the selection to be given to a track, counted from 0."""
        tracks = self.state.tracks
        if self.selection and index < len(tracks):
            self.reassign_requested.emit(self.selection, tracks[index].instrument)

    def toggle_loop(self) -> None:
        """Switch the loop off or on; without one, loop the selection or what is shown."""
        self._loop.toggle()

    def cancel(self) -> bool:
        """Esc: end a drag, else clear the selection; tells whether there was anything to do."""
        if any(part.cancel_gesture() for part in (self.area, self.drum_area, self.ruler)):
            return True
        had_selection = bool(self.selection)
        self.commands.select_none()
        return had_selection

    def next_backdrop(self) -> None:
        """`G`: plain, waveform, spectrogram."""
        backdrop = self.area.backdrop
        self._on_backdrop_chosen(backdrop.kind.next(), backdrop.strength)

    # --- events ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys as in the table of `keys`."""
        if not self._keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """The hand is let go with H."""
        if not self._keys.release(event):
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: all colours again."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange):
            self._ink()
            self._panes.repaint_all()

    # --- inside ---

    def _ink(self) -> None:
        by_instrument = inks(self.state.tracks, self._spotlight)
        self.area.notes.set_inks(by_instrument)
        self.drum_area.notes.set_inks(by_instrument)
        self._offers.ink()
        self.overview.set_inks(by_instrument)

    def _show_heard(self) -> None:
        for area in self._panes.areas:
            area.regions.set_heard(self._heard_until, self.viewport.duration)

    @Slot()
    def flush(self) -> None:
        """Show the notes that arrived now, without waiting for the next frame."""
        self._repaint.stop()
        arrived, self._arrived = self._arrived, []
        if not arrived:
            return
        self.state.store.extend(arrived)
        start, end = min(n.onset for n in arrived), max(n.offset for n in arrived)
        self._show_drum_rows()
        for area in self._panes.areas:
            area.notes.update_between(start, end)
        self.overview.refresh_soon()
        self._fit.widen()

    def _show_drum_rows(self) -> None:
        self._panes.show_drum_keys(self.state.drum_keys)

    def _redraw_notes(self) -> None:
        self._show_drum_rows()
        for area in self._panes.areas:
            area.notes.update()

    @Slot(object)
    def _on_selection_changed(self, notes: tuple[Note, ...]) -> None:
        for area in self._panes.areas:
            area.notes.update()
        self.selection_changed.emit(notes)

    @Slot(object)
    def _on_focus_changed(self, note: Note | None) -> None:
        if note is not None and QAccessible.isActive():
            announcement = QAccessibleAnnouncementEvent(self.area, self.state.describe(note))
            QAccessible.updateAccessibility(announcement)

    @Slot(float)
    def seek(self, seconds: float) -> None:
        """Wish for the song to go on there."""
        self.seek_requested.emit(seconds)
        self.set_playhead(seconds)
        self.navigation.follow_again()

    @Slot(object, float)
    def _on_backdrop_chosen(self, kind: BackdropKind, strength: float) -> None:
        self.set_backdrop(kind, strength)
        self.backdrop_changed.emit(kind, strength)

    @Slot(object, QPointF)
    def _on_time_wheel(self, step: WheelStep, pixel: QPointF) -> None:
        self.navigation.turn_over_time(step, self.area.place_of(pixel).seconds)

    @Slot(object, QPointF)
    def _on_keyboard_wheel(self, step: WheelStep, pixel: QPointF) -> None:
        middle = QPointF(self.area.width() / 2.0, pixel.y())
        self.navigation.turn_over_notes(step, self.area.place_of(middle))

    @Slot(object, QPoint)
    def _on_menu_requested(self, _note: Note | None, where: QPoint) -> None:
        self._menu.show_at(where)

    @Slot(int, bool)
    def _on_key_clicked(self, pitch: int, is_adding: bool) -> None:
        self.commands.select_keys((pitch,), is_drum=False, is_adding=is_adding)
        self.key_clicked.emit(pitch, False)

    @Slot(int, bool)
    def _on_drum_name_clicked(self, key: int, is_adding: bool) -> None:
        self.commands.select_keys((key,), is_drum=True, is_adding=is_adding)
        self.key_clicked.emit(key, True)
