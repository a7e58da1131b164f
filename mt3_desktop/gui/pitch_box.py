"""A box for a pitch: it shows "C4" and understands "c#4", "E♭3", "eb3" and MIDI numbers."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QSpinBox, QWidget

from mt3_desktop.core.instruments import pitch_name
from mt3_desktop.gui.forms import indent

_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFTS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_WIDEST = "B♭-1" + "000"
"""The widest name, its indent and the arrows."""
_NAME = re.compile(r"([A-Ga-g])([#♯b♭]?)(-?\d)")


class PitchBox(QSpinBox):
    """A spin box over the MIDI pitches 0-127."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make the box.

        Args:
            name: what screen readers call it.
            parent: owner.
        """
        super().__init__(parent)
        indent(self)
        self.setRange(0, 127)
        self.setKeyboardTracking(False)
        self.setAccessibleName(name)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(_WIDEST))  # Qt wants half as much again

    def textFromValue(self, value: int) -> str:
        """The pitch's name."""
        return pitch_name(value)

    def valueFromText(self, text: str) -> int:
        """The pitch that was typed; Qt asks only for what `validate` accepts."""
        pitch = pitch_of(text)
        return self.value() if pitch is None else pitch

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Anything may be typed; it counts once it is a pitch."""
        is_pitch = pitch_of(text) is not None
        state = QValidator.State.Acceptable if is_pitch else QValidator.State.Intermediate
        return state, text, position


def pitch_of(text: str) -> int | None:
    """The MIDI pitch that a text names, or None: "C4" and "60" are 60."""
    text = text.strip()
    found = _NAME.fullmatch(text)
    if found is not None:
        letter, shift, octave = found.groups()
        pitch = _NATURALS[letter.upper()] + _SHIFTS[shift] + 12 * (int(octave) + 1)
    elif text.isdecimal():
        pitch = int(text)
    else:
        return None
    return pitch if 0 <= pitch <= 127 else None
