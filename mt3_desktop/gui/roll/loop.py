"""The loop as the roll shows it: a brace in the ruler, a tint over the notes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from mt3_desktop.gui.roll.panes import Panes
from mt3_desktop.gui.roll.state import RollState
from mt3_desktop.gui.roll.viewport import Viewport

Span = tuple[float, float]


class Loop(QObject):
    """Shows a loop; tells what the user makes of it.

    Signals:
        changed: (start, end) in seconds, or None; by the user.
        switched: (is_on: bool) the loop that is there is used or not; by the user.
    """

    changed = Signal(object)
    switched = Signal(bool)

    def __init__(self, state: RollState, viewport: Viewport, panes: Panes, parent: QObject) -> None:
        """Begin without a loop.

        Args:
            state: has the selection.
            viewport: what is shown.
            panes: show it.
            parent: owner.
        """
        super().__init__(parent)
        self._state, self._viewport, self._panes = state, viewport, panes
        self._span: Span | None = None
        self._is_on = True
        panes.ruler.loop_changed.connect(self._choose)

    def show(self, span: Span | None, *, is_on: bool) -> None:
        """Show a loop, grey while it is switched off, or none."""
        self._span, self._is_on = span, is_on
        self._panes.ruler.set_loop(span, is_on=is_on)
        for area in self._panes.areas:
            area.regions.set_loop(span if is_on else None)

    @property
    def is_there(self) -> bool:
        """Whether there is a loop, used or not."""
        return self._span is not None

    @property
    def is_on(self) -> bool:
        """Whether there is a loop that is used."""
        return self.is_there and self._is_on

    def begin_at(self, seconds: float) -> None:
        """Loop from here to where the loop ends, or to the end of what is shown."""
        end = self._span[1] if self._span is not None else 0.0
        if end <= seconds:
            end = min(self._viewport.window.end, self._viewport.duration)
        if end > seconds:
            self._choose((seconds, end))

    def end_at(self, seconds: float) -> None:
        """Loop to here from where the loop begins, or from the start of what is shown."""
        start = self._span[0] if self._span is not None else seconds
        if start >= seconds:
            start = max(self._viewport.window.start, 0.0)
        if start < seconds:
            self._choose((start, seconds))

    def clear(self) -> None:
        """Take the loop away, if there is one."""
        if self._span is not None:
            self._choose(None)

    def toggle(self) -> None:
        """Switch the loop off or on; without one, loop the selection or what is shown."""
        if self._span is not None:
            self.show(self._span, is_on=not self._is_on)
            self.switched.emit(self._is_on)
            return
        notes, window = self._state.store.selection, self._viewport.window
        start = notes[0].onset if notes else max(window.start, 0.0)
        end = max((note.offset for note in notes), default=min(window.end, self._viewport.duration))
        if end > start:
            self._choose((start, end))

    @Slot(object)
    def _choose(self, span: Span | None) -> None:
        self.show(span, is_on=True)
        self.changed.emit(span)
