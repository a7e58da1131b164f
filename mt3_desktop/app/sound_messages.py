"""What the player says about sound devices."""

from __future__ import annotations

from mt3_desktop.app.messages import Action, Level, UserMessage, describe
from mt3_desktop.core.errors import NoSoundDevice

_WITHOUT = "You can transcribe, edit and export. Playback returns when a device is connected."


def output_message(problem: NoSoundDevice, *, wanted: str, used: str) -> UserMessage:
    """Why the sound does not go where it should.

    Args:
        problem: what was in the way.
        wanted: name of the device that was chosen, or "" for the system's.
        used: name of the device in use, or "" for none.
    """
    if not used:
        return describe(NoSoundDevice("No sound output found.", hint=_WITHOUT, detail=problem.detail))
    return UserMessage(
        Level.WARNING,
        f'"{wanted}" can\'t be used' if wanted else "The sound output can't be used",
        f"Playback goes to {used}.",
        (Action.SOUND_SETTINGS,),
        problem.detail,
    )


def lost_message(lost: str, *, used: str) -> UserMessage:
    """A device vanished.

    Args:
        lost: its name, or "".
        used: name of the device in use now, or "" for none.
    """
    title = f'"{lost}" was disconnected' if lost else "The sound output was disconnected"
    if used:
        text = f"Playback moved to {used} at the same position."
        return UserMessage(Level.WARNING, title, text, (Action.SOUND_SETTINGS,))
    return UserMessage(Level.WARNING, title, _WITHOUT, (Action.LOOK_AGAIN, Action.SOUND_SETTINGS))
