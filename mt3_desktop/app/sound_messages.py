"""What the player says about sound devices."""

from __future__ import annotations

from dataclasses import replace

from mt3_desktop.app.messages import UserMessage, describe
from mt3_desktop.app.wordings import ALL_DEVICES_LOST, DEVICE_LOST, DEVICE_REFUSES
from mt3_desktop.core.errors import NoSoundDevice

SYSTEM_NAMES = frozenset({"default", "sysdefault", "pulse", "pipewire"})
"""What PortAudio calls the way to the sound system on Linux: no device that anybody knows by this name."""


def output_message(problem: NoSoundDevice, *, wanted: str, used: str) -> UserMessage:
    """Why the sound does not go where it should.

    Args:
        problem: what was in the way.
        wanted: name of the device that was chosen, or "" for the system's.
        used: name of the device in use, or "" for none.
    """
    if not used:
        return describe(NoSoundDevice("No sound output found.", detail=problem.detail))
    facts = {"device": wanted, "used": used} if wanted else {"used": used}
    message = DEVICE_REFUSES.message(facts, title="The sound output can't be used")
    return replace(message, detail=problem.detail)


def lost_message(lost: str, *, used: str) -> UserMessage:
    """A device vanished.

    Args:
        lost: its name, or "".
        used: name of the device in use now, or "" for none.
    """
    wording = DEVICE_LOST if used else ALL_DEVICES_LOST
    facts = {"device": lost} if lost and lost not in SYSTEM_NAMES else {}
    facts["used"] = "the system's sound output" if used in SYSTEM_NAMES else used
    return wording.message(facts, title="The sound output was disconnected")
