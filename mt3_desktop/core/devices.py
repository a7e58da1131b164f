"""What can compute on this computer, for who lets a person choose."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device that is there and works.

    Attributes:
        name: for `Request.device`: "cpu", "cuda" or "mps".
        title: what its maker calls it; "" where nobody says.
    """

    name: str
    title: str = ""


def find_devices() -> tuple[FoundDevice, ...]:
    """The devices of this computer, the processor first; none as long as no model has loaded torch.

    To load it only to look would take seconds.
    """
    if "torch" not in sys.modules:
        return ()
    from mt3_desktop.core.nn.device import device_titles  # imports torch

    return tuple(FoundDevice(name, title) for name, title in device_titles().items())
