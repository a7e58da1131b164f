"""What a turn of the wheel means: which axis, how far, scroll or zoom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from PySide6.QtCore import QPoint, Qt

WheelPreset = Literal["daw", "zoom"]
NOTCH = 120
MAX_NOTCHES = 4
PIXELS_PER_NOTCH = 40.0


class WheelAction(Enum):
    """What the wheel does to the view."""

    SCROLL_PITCH = "scroll pitch"
    SCROLL_TIME = "scroll time"
    ZOOM_TIME = "zoom time"
    ZOOM_PITCH = "zoom pitch"


ACTIONS: dict[WheelPreset, dict[Qt.KeyboardModifier, WheelAction]] = {
    "daw": {
        Qt.KeyboardModifier.NoModifier: WheelAction.SCROLL_PITCH,
        Qt.KeyboardModifier.ShiftModifier: WheelAction.SCROLL_TIME,
        Qt.KeyboardModifier.ControlModifier: WheelAction.ZOOM_TIME,
        Qt.KeyboardModifier.AltModifier: WheelAction.ZOOM_PITCH,
    },
    "zoom": {
        Qt.KeyboardModifier.NoModifier: WheelAction.ZOOM_TIME,
        Qt.KeyboardModifier.ShiftModifier: WheelAction.SCROLL_TIME,
        Qt.KeyboardModifier.ControlModifier: WheelAction.SCROLL_PITCH,
        Qt.KeyboardModifier.AltModifier: WheelAction.ZOOM_PITCH,
    },
}


@dataclass(frozen=True, slots=True)
class WheelStep:
    """One thing to do to the view.

    Attributes:
        action: what.
        notches: how far, in notches of a wheel; positive is away from the user, or to the left.
    """

    action: WheelAction
    notches: float


class WheelReader:
    """Turns wheel events into steps; collects the crumbs of fine wheels until they make a notch."""

    def __init__(self, preset: WheelPreset = "daw") -> None:
        self.preset: WheelPreset = preset
        self._rest = 0

    def read(self, angle: QPoint, pixels: QPoint, modifiers: Qt.KeyboardModifier) -> tuple[WheelStep, ...]:
        """The steps of one event.

        Qt swaps the axes while Alt is held (and Shift on macOS), so whichever axis
        moved counts.

        Args:
            angle: `angleDelta`, eighths of a degree.
            pixels: `pixelDelta` of touch pads, else null.
            modifiers: keys held.
        """
        held = _main_modifier(modifiers)
        action = ACTIONS[self.preset][held]
        if not pixels.isNull():
            return self._read_pixels(pixels, held, action)
        is_tilt = held == Qt.KeyboardModifier.NoModifier and angle.y() == 0 and angle.x() != 0
        turned = angle.y() or angle.x()
        if (turned > 0) != (self._rest > 0):
            self._rest = 0
        self._rest += turned
        notches = int(self._rest / NOTCH)
        self._rest -= notches * NOTCH
        notches = max(min(notches, MAX_NOTCHES), -MAX_NOTCHES)
        if not notches:
            return ()
        return (WheelStep(WheelAction.SCROLL_TIME if is_tilt else action, float(notches)),)

    def _read_pixels(
        self, pixels: QPoint, held: Qt.KeyboardModifier, action: WheelAction
    ) -> tuple[WheelStep, ...]:
        """A touch pad scrolls both ways at once; with a modifier it does one thing."""
        limit = MAX_NOTCHES * PIXELS_PER_NOTCH
        x, y = (max(min(float(v), limit), -limit) / PIXELS_PER_NOTCH for v in (pixels.x(), pixels.y()))
        if held != Qt.KeyboardModifier.NoModifier:
            return (WheelStep(action, y or x),)
        steps = [WheelStep(action, y)] if y else []
        if x:
            steps.append(WheelStep(WheelAction.SCROLL_TIME, x))
        return tuple(steps)


def _main_modifier(modifiers: Qt.KeyboardModifier) -> Qt.KeyboardModifier:
    """The one modifier that decides, where several are held."""
    for modifier in (
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.AltModifier,
        Qt.KeyboardModifier.ShiftModifier,
    ):
        if modifiers & modifier:
            return modifier
    return Qt.KeyboardModifier.NoModifier
