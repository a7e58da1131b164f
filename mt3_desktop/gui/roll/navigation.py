"""How the window moves over the song: wheel, pinch, zoom commands, and pages that turn with the playhead."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from mt3_desktop.gui.roll.gestures import Place
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import N_PITCHES, Viewport, Window
from mt3_desktop.gui.roll.wheel import WheelAction, WheelStep

TIME_ZOOM = 1.25
PITCH_ZOOM = 1.15
PITCHES_PER_NOTCH = 3.0
WINDOW_PER_NOTCH = 0.08
LEAST_PITCHES = 24.0


class Navigation(QObject):
    """Moves the viewport.

    Signals:
        follow_paused: bool: following the playhead waits, as the user looks elsewhere.
    """

    follow_paused = Signal(bool)

    def __init__(self, state: RollState, viewport: Viewport, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._viewport = state, viewport
        self._playhead = 0.0
        self._is_following = True
        self._is_paused = False
        viewport.time_scrolled.connect(self._on_time_scrolled)

    # --- the playhead ---

    @property
    def playhead(self) -> float:
        """Where the playhead is, in seconds."""
        return self._playhead

    def set_follow(self, is_following: bool) -> None:
        """Whether pages turn with the playhead."""
        self._is_following = is_following
        self._set_paused(False)

    def set_playhead(self, seconds: float) -> None:
        """Turn the page if the playhead has left it; take up following again in the middle third."""
        self._playhead = seconds
        window = self._viewport.window
        is_seen = window.start <= seconds <= window.end
        if self._is_following and not self._is_paused and not is_seen:
            self._viewport.turn_page(seconds)
        third = window.seconds / 3.0
        if self._is_paused and window.start + third <= seconds <= window.end - third:
            self._set_paused(False)

    def follow_again(self) -> None:
        """Turn pages again if the playhead is in sight: the user put it there, or plays from there."""
        window = self._viewport.window
        if window.start <= self._playhead <= window.end:
            self._set_paused(False)

    @Slot()
    def _on_time_scrolled(self) -> None:
        window = self._viewport.window
        if self._is_following and not window.start <= self._playhead <= window.end:
            self._set_paused(True)

    def _set_paused(self, is_paused: bool) -> None:
        if is_paused != self._is_paused:
            self._is_paused = is_paused
            self.follow_paused.emit(is_paused)

    # --- zoom ---

    def fit(self) -> None:
        """Show the whole song and the pitches in use."""
        end = max(self._viewport.duration, self._state.store.end, 1.0)
        self._viewport.zoom_to(Window(-0.01 * end, 1.02 * end, *self.pitches_in_use()))

    def zoom_to_selection(self) -> None:
        """Show the selected notes with some room; without any, like `fit`."""
        notes = self._state.store.selection
        if not notes:
            self.fit()
            return
        start, end = notes[0].onset, max(note.offset for note in notes)
        pitched = [note.pitch for note in notes if not note.is_drum]
        window = self._viewport.window
        low, high = (min(pitched) - 3.0, max(pitched) + 4.0) if pitched else (window.low, window.high)
        margin = max(0.1 * (end - start), 0.1)
        self._viewport.zoom_to(Window(start - margin, end + margin, low, high))

    def zoom_time(self, notches: float) -> None:
        """Zoom time around the playhead if it is seen, else around the middle."""
        window = self._viewport.window
        is_seen = window.start <= self._playhead <= window.end
        anchor = self._playhead if is_seen else (window.start + window.end) / 2.0
        self._viewport.zoom_time(TIME_ZOOM**notches, anchor)

    def zoom_pitch(self, notches: float) -> None:
        """Zoom pitches around the middle."""
        window = self._viewport.window
        self._viewport.zoom_pitch(PITCH_ZOOM**notches, (window.low + window.high) / 2.0)

    def scroll_screens(self, screens: int) -> None:
        """Move right by whole screens, less a little that stays in sight."""
        self._viewport.scroll_time(screens * 0.9 * self._viewport.window.seconds)

    def pitches_in_use(self) -> tuple[float, float]:
        """Edges around the pitches that occur, two octaves apart at least."""
        pitches = self._state.pitch_range
        if pitches is None:
            return 36.0, 84.0
        low, high = pitches[0] - 2.0, pitches[1] + 3.0
        missing = max(LEAST_PITCHES - (high - low), 0.0) / 2.0
        low, high = low - missing, high + missing
        return max(low, 0.0), min(high, float(N_PITCHES))

    # --- wheel and touch pad ---

    @Slot(object, object)
    def turn_over_notes(self, step: WheelStep, place: Place) -> None:
        """A wheel over the pitched notes or the keys."""
        self._turn(step, place.seconds, place.row)

    @Slot(object, object)
    def turn_over_drums(self, step: WheelStep, place: Place) -> None:
        """A wheel over the drum lane, which has no pitches to zoom at."""
        window = self._viewport.window
        self._turn(step, place.seconds, (window.low + window.high) / 2.0)

    def turn_over_time(self, step: WheelStep, seconds: float) -> None:
        """A wheel over ruler or waveform, where up and down mean nothing."""
        if step.action is WheelAction.SCROLL_PITCH:
            step = WheelStep(WheelAction.SCROLL_TIME, step.notches)
        window = self._viewport.window
        self._turn(step, seconds, (window.low + window.high) / 2.0)

    @Slot(float, object)
    def pinch(self, factor: float, place: Place) -> None:
        """A pinch zooms time."""
        if factor > 0.0:
            self._viewport.zoom_time(factor, place.seconds)

    def _turn(self, step: WheelStep, seconds: float, pitch: float) -> None:
        """Do one step; zooms keep `seconds` or `pitch` where it is."""
        viewport, notches = self._viewport, step.notches
        if step.action is WheelAction.SCROLL_PITCH:
            viewport.scroll_pitch(notches * PITCHES_PER_NOTCH)
        elif step.action is WheelAction.SCROLL_TIME:
            viewport.scroll_time(-notches * WINDOW_PER_NOTCH * viewport.window.seconds)
        elif step.action is WheelAction.ZOOM_TIME:
            viewport.zoom_time(TIME_ZOOM**notches, seconds)
        else:
            viewport.zoom_pitch(PITCH_ZOOM**notches, pitch)
