"""The choice of what computes: only devices that are there, once that is known."""

from __future__ import annotations

import sys

from mt3_desktop.core.devices import FoundDevice

DEVICE_NAMES = {"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"}


def device_entries(found: tuple[FoundDevice, ...], chosen: str) -> tuple[tuple[str, str], ...]:
    """What a box of devices offers, as (device, text).

    Args:
        found: the devices of this computer; empty as long as nobody has looked.
        chosen: the device in the settings, which is offered whether it is there or not: a person may have
            taken the graphics card out since.
    """
    titles = {device.name: device.title for device in found}
    entries = {"auto": _automatic(titles), "cpu": _processor(titles)}
    for name, title in titles.items():
        if name != "cpu":
            entries[name] = f"{DEVICE_NAMES[name]} · {title}" if title else DEVICE_NAMES[name]
    if chosen not in entries:
        entries[chosen] = f"{DEVICE_NAMES[chosen]} — not found" if found else DEVICE_NAMES[chosen]
    return tuple(entries.items())


def _automatic(titles: dict[str, str]) -> str:
    """What is taken where nobody chooses, by its name once that is known; as `core.nn.device` picks it."""
    if not titles:
        return DEVICE_NAMES["auto"]
    return f"{DEVICE_NAMES['auto']} · {DEVICE_NAMES['cuda' if 'cuda' in titles else 'cpu']}"


def _processor(titles: dict[str, str]) -> str:
    is_alone = titles.keys() == {"cpu"}
    return "CPU — no CUDA found" if is_alone and sys.platform != "darwin" else DEVICE_NAMES["cpu"]
