"""What can compute on this computer, for who lets a person choose."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from mt3_desktop.core.errors import DeviceUnavailable


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device that is there and works.

    Attributes:
        name: for `Request.device`: "cpu", "cuda" or "mps".
        title: what its maker calls it; "" where nobody says.
    """

    name: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What a self-test found out about a device.

    Attributes:
        name: for `Request.device`: "cpu", "cuda" or "mps".
        title: what its maker calls it; "" where nobody says.
        milliseconds: how long it took to multiply two matrices rightly, or None where it cannot be used.
        problem: why it cannot be used, a whole sentence; "" where it can.
    """

    name: str
    title: str = ""
    milliseconds: float | None = None
    problem: str = ""


def try_devices() -> tuple[DeviceReport, ...]:
    """Let every device that this program knows compute something, and say why where one cannot.

    Loads torch, so it may take seconds: not for the main thread.
    """
    from mt3_desktop.core.nn.device import DEVICES, device_titles, try_device  # imports torch

    titles = device_titles()

    def report(name: str) -> DeviceReport:
        try:
            return DeviceReport(name, titles.get(name, ""), 1000 * try_device(name))
        except DeviceUnavailable as error:
            return DeviceReport(name, titles.get(name, ""), problem=error.message)

    return tuple(report(name) for name in DEVICES if name != "auto")


def find_devices() -> tuple[FoundDevice, ...]:
    """The devices of this computer, the processor first; none as long as no model has loaded torch.

    To load it only to look would take seconds.
    """
    if "torch" not in sys.modules:
        return ()
    from mt3_desktop.core.nn.device import device_titles  # imports torch

    return tuple(FoundDevice(name, title) for name, title in device_titles().items())
