"""What part of the song is on screen: seconds across, pitches up. Shared by all parts of the roll."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

N_PITCHES = 128
MIN_SECONDS = 0.05
MIN_PITCHES = 6.0
DEFAULT_SECONDS = 20.0
HISTORY_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the song.

    Attributes:
        start: left edge in seconds.
        end: right edge in seconds.
        low: lower edge in pitches; pitch p fills p to p + 1.
        high: upper edge in pitches.
    """

    start: float
    end: float
    low: float
    high: float

    @property
    def seconds(self) -> float:
        """Width."""
        return self.end - self.start

    @property
    def pitches(self) -> float:
        """Height."""
        return self.high - self.low


class Viewport(QObject):
    """The window that is shown, kept inside the song; remembers where it was before each zoom.

    Signals:
        changed: the window or the duration changed.
        time_scrolled: the user moved or zoomed time (not `reveal`, not `turn_page`): following stops.
    """

    changed = Signal()
    time_scrolled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._duration = 0.0
        self._window = Window(0.0, DEFAULT_SECONDS, 36.0, 84.0)
        self._history: list[Window] = []
        self._is_zooming = False

    @property
    def window(self) -> Window:
        """What is shown."""
        return self._window

    @property
    def duration(self) -> float:
        """Length of the song in seconds."""
        return self._duration

    def set_duration(self, seconds: float) -> None:
        """Tell the length of the song."""
        if seconds != self._duration:
            self._duration = seconds
            self._show(self._window, is_forced=True)

    def reset(self) -> None:
        """Show the start of another song, and forget the history."""
        self._history.clear()
        self._is_zooming = False
        self._show(Window(0.0, DEFAULT_SECONDS, self._window.low, self._window.high))

    def scroll_time(self, seconds: float) -> None:
        """Move right by some seconds (left if negative)."""
        self._is_zooming = False
        window = self._window
        self._show(replace(window, start=window.start + seconds, end=window.end + seconds))
        self.time_scrolled.emit()

    def scroll_pitch(self, pitches: float) -> None:
        """Move up by some pitches (down if negative)."""
        self._is_zooming = False
        window = self._window
        self._show(replace(window, low=window.low + pitches, high=window.high + pitches))

    def zoom_time(self, factor: float, anchor: float) -> None:
        """Show `factor` times fewer seconds; the second `anchor` stays where it is."""
        self._remember_zoom()
        window = self._window
        seconds = min(max(window.seconds / factor, MIN_SECONDS), self._longest())
        share = (anchor - window.start) / window.seconds
        start = anchor - share * seconds
        self._show(replace(window, start=start, end=start + seconds))
        self.time_scrolled.emit()

    def zoom_pitch(self, factor: float, anchor: float) -> None:
        """Show `factor` times fewer pitches; the pitch `anchor` stays where it is."""
        self._remember_zoom()
        window = self._window
        pitches = min(max(window.pitches / factor, MIN_PITCHES), float(N_PITCHES))
        share = (anchor - window.low) / window.pitches
        low = anchor - share * pitches
        self._show(replace(window, low=low, high=low + pitches))

    def zoom_to(self, target: Window) -> None:
        """Show a window; `back` returns to the one before."""
        self._is_zooming = False
        self._remember()
        self._show(target)
        self.time_scrolled.emit()

    def show_pitches(self, low: float, high: float) -> None:
        """Show these pitches, without a place in the history."""
        self._show(replace(self._window, low=low, high=high))

    def show_seconds(self, start: float, end: float) -> None:
        """Show these seconds: the overview was dragged."""
        self._is_zooming = False
        self._show(replace(self._window, start=start, end=end))
        self.time_scrolled.emit()

    def back(self) -> None:
        """Return to the window before the last zoom."""
        self._is_zooming = False
        if self._history:
            self._show(self._history.pop())
            self.time_scrolled.emit()

    def turn_page(self, seconds: float) -> None:
        """Show `seconds` near the left edge, as the playhead has left the window."""
        window = self._window
        start = seconds - 0.04 * window.seconds
        self._show(replace(window, start=start, end=start + window.seconds))

    def reveal(self, start: float, end: float, pitch: int | None) -> None:
        """Scroll as little as needed for a note to be seen with some room around it.

        Args:
            start: its onset.
            end: its offset.
            pitch: None for drums, which have their own lane.
        """
        window = self._window
        dx = _shift(window.start, window.end, start, end, 0.08 * window.seconds)
        room = min(2.0, 0.2 * window.pitches)
        dy = 0.0 if pitch is None else _shift(window.low, window.high, pitch, pitch + 1, room)
        if dx or dy:
            moved = Window(window.start + dx, window.end + dx, window.low + dy, window.high + dy)
            self._show(moved)

    def _show(self, window: Window, *, is_forced: bool = False) -> None:
        """Bring a window inside the song and show it."""
        seconds = min(max(window.seconds, MIN_SECONDS), self._longest())
        pitches = min(max(window.pitches, MIN_PITCHES), float(N_PITCHES))
        margin = 0.03 * seconds
        last = max(self._duration + margin, self._duration * 0.5 + seconds, seconds - margin) - seconds
        start = max(min(window.start, max(last, -margin)), -margin)
        low = max(min(window.low, N_PITCHES - pitches), 0.0)
        inside = Window(start, start + seconds, low, low + pitches)
        if inside != self._window or is_forced:
            self._window = inside
            self.changed.emit()

    def _longest(self) -> float:
        """The most seconds that may be shown."""
        return max(self._duration * 1.06, DEFAULT_SECONDS)

    def _remember_zoom(self) -> None:
        """Remember the window once per series of zooms."""
        if not self._is_zooming:
            self._remember()
        self._is_zooming = True

    def _remember(self) -> None:
        self._history.append(self._window)
        del self._history[:-HISTORY_LENGTH]


def _shift(low: float, high: float, start: float, end: float, margin: float) -> float:
    """How far to move low-high so that start-end lies inside, the start first."""
    if start < low + margin:
        return start - margin - low
    if end > high - margin:
        return min(end + margin - high, start - margin - low)
    return 0.0
