"""Modulators: how key, velocity and controllers change a generator (§8.2-8.4).

Notes here carry a key and a velocity and nothing else, so every modulator is a constant per note: controllers
stand at their reset values, the pitch wheel in its middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from mt3_desktop.core.soundfont.voice import Generator

_LINK = 0x8000  # the target is another modulator; unused by real fonts, and ignored
_CONTROLLER_RESET = {7: 127, 10: 64, 11: 127}  # volume and expression open: levels belong to the mixer
_FROM_VELOCITY, _OLD_CONTROL = 0x0102, 0x0D02
_NO_CONTROLLER, _VELOCITY, _KEY, _PITCH_WHEEL = 0, 2, 3, 14


@dataclass(frozen=True, slots=True)
class Modulator:
    """One record of a pmod or imod table."""

    source: int
    target: int
    amount: int
    control: int = 0
    transform: int = 0

    @property
    def identity(self) -> tuple[int, int, int, int]:
        """Two modulators of equal identity do not add up: the more special one counts.

        The default from velocity to cutoff had a second source in version 2.01 of the specification and has
        none since; fonts replace it under either name.
        """
        is_velocity_to_cutoff = self.source == _FROM_VELOCITY and self.target == Generator.FILTER_CUTOFF
        control = 0 if is_velocity_to_cutoff and self.control == _OLD_CONTROL else self.control
        return (self.source, self.target, control, self.transform)

    def value(self, key: int, velocity: int) -> float:
        """What it adds to its target for one note, in the target's units."""
        product = self.amount * _source(self.source, key, velocity)
        if self.control:
            product *= _source(self.control, key, velocity)
        return abs(product) if self.transform == 2 else product


DEFAULT_MODULATORS = (
    Modulator(source=0x0502, target=Generator.ATTENUATION, amount=960),
    Modulator(source=_FROM_VELOCITY, target=Generator.FILTER_CUTOFF, amount=-2400),
)
"""Those of the ten default modulators that are not zero at rest (§8.4.1, §8.4.2)."""


def replaced(lower: Iterable[Modulator], upper: Iterable[Modulator]) -> tuple[Modulator, ...]:
    """`lower`, with those replaced that `upper` has too, and the rest of `upper`."""
    merged = {modulator.identity: modulator for modulator in lower}
    merged.update({modulator.identity: modulator for modulator in upper})
    return tuple(merged.values())


def total(modulators: Iterable[Modulator], key: int, velocity: int) -> dict[int, float]:
    """Generator → what its modulators add for one note."""
    offsets: dict[int, float] = {}
    for modulator in modulators:
        if not modulator.target & _LINK:
            value = modulator.value(key, velocity)
            offsets[modulator.target] = offsets.get(modulator.target, 0.0) + value
    return offsets


def _source(operator: int, key: int, velocity: int) -> float:
    """The value of a source, 0 to 1 or -1 to 1, by its curve, direction and polarity (§8.2)."""
    x = _position(operator & 0x7F, bool(operator & 0x80), key, velocity)
    if operator & 0x7F == _NO_CONTROLLER and not operator & 0x80:
        return 1.0
    if operator & 0x100:
        x = 1.0 - x
    curve = operator >> 10
    if not operator & 0x200:
        return _curve(curve, x)
    centred = 2.0 * x - 1.0
    if curve == 3:
        return 1.0 if x >= 0.5 else -1.0
    return math.copysign(_curve(curve, abs(centred)), centred)


def _position(index: int, is_midi_controller: bool, key: int, velocity: int) -> float:
    """Where a source stands, 0-1."""
    if is_midi_controller:
        return _CONTROLLER_RESET.get(index, 0) / 127
    return {_VELOCITY: velocity / 127, _KEY: key / 127, _PITCH_WHEEL: 0.5}.get(index, 0.0)


def _curve(kind: int, x: float) -> float:
    """Linear, concave, convex or switch (§9.5.3); the logarithmic curves span 96 dB."""
    if kind == 1:
        return min(1.0, -(400.0 / 960.0) * math.log10(max(1.0 - x, 1e-6)))
    if kind == 2:
        return 1.0 - _curve(1, 1.0 - x)
    if kind == 3:
        return 1.0 if x >= 0.5 else 0.0
    return x
