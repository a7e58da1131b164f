"""What can be done to notes and to the view of them, as one table: for keys, menus and the palette.

Nothing is imported here but for type checkers: the menu bar is made before the first picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mt3_desktop.gui.roll.view import RollView

Run = Callable[["RollView"], object]

OCTAVE = 12
FINE_SECONDS = 0.01
VELOCITY_STEP = 5


@dataclass(frozen=True, slots=True)
class RollCommand:
    """One thing that is done in the roll.

    Attributes:
        id: name in code; of a command of the window that does the same, that one's.
        text: what menus and the palette say.
        run: does it; False says that there was nothing to do, and the key goes on to the window.
        keys: in Qt's portable spelling, while the roll has the focus.
        icon: name of an icon, or "".
        menu: the menu of the window that it is in, or "" if it is in none.
        needs_selection: whether it makes sense with selected notes only.
        is_switch: whether it is on or off.
        starts_group: whether a line comes before it in the menu of the window.
    """

    id: str
    text: str
    run: Run
    keys: tuple[str, ...] = ()
    icon: str = ""
    menu: str = "Notes"
    needs_selection: bool = True
    is_switch: bool = False
    starts_group: bool = False


ROLL_COMMANDS: tuple[RollCommand, ...] = (
    RollCommand("cut", "Cut", lambda roll: roll.commands.cut(), ("Ctrl+X",), menu="Edit"),
    RollCommand("copy", "Copy", lambda roll: roll.commands.copy(), ("Ctrl+C",), menu="Edit"),
    RollCommand("paste", "Paste at the playhead", lambda roll: roll.commands.paste(roll.navigation.playhead),
                ("Ctrl+V",), menu="Edit", needs_selection=False),
    RollCommand("duplicate", "Duplicate", lambda roll: roll.commands.duplicate(), ("Ctrl+D",), menu="Edit"),
    RollCommand("delete", "Delete", lambda roll: roll.commands.delete(), ("Del", "Backspace"), "trash",
                menu=""),
    RollCommand("select_all", "Select all notes", lambda roll: roll.commands.select_all(), ("Ctrl+A",),
                menu="Edit", needs_selection=False),
    RollCommand("select_none", "Select nothing", lambda roll: roll.commands.select_none(), ("Ctrl+Shift+A",),
                menu="Edit", needs_selection=False),
    RollCommand("draw", "Draw notes", lambda roll: roll.state.set_drawing(not roll.state.is_drawing), ("B",),
                "pencil", needs_selection=False, is_switch=True),
    RollCommand("snap", "Snap to the grid", lambda roll: roll.state.set_snapping(not roll.state.is_snapping),
                ("N",), "magnet", needs_selection=False, is_switch=True),
    RollCommand("edit_values", "Edit values", lambda roll: roll.inspector.take_focus(),
                ("Shift+Return", "Shift+Enter"), starts_group=True),
    RollCommand("accept", "Accept possible note", lambda roll: roll.state.accept(), ("Return", "Enter"),
                needs_selection=False),
    RollCommand("join", "Join", lambda roll: roll.commands.join(), ("J",)),
    RollCommand("split", "Split at the playhead", lambda roll: roll.commands.split(roll.navigation.playhead),
                ("K",), needs_selection=False),
    RollCommand("quantise", "Quantise", lambda roll: roll.commands.quantise(), ("Q", "Ctrl+U")),
    RollCommand("semitone_up", "Up a semitone", lambda roll: roll.commands.transpose(1), ("Up",),
                starts_group=True),
    RollCommand("semitone_down", "Down a semitone", lambda roll: roll.commands.transpose(-1), ("Down",)),
    RollCommand("octave_up", "Up an octave", lambda roll: roll.commands.transpose(OCTAVE), ("Shift+Up",)),
    RollCommand("octave_down", "Down an octave", lambda roll: roll.commands.transpose(-OCTAVE),
                ("Shift+Down",)),
    RollCommand("grid_earlier", "Earlier by a grid step", lambda roll: roll.commands.nudge_by_grid(-1),
                ("Ctrl+Left",), starts_group=True),
    RollCommand("grid_later", "Later by a grid step", lambda roll: roll.commands.nudge_by_grid(1),
                ("Ctrl+Right",)),
    RollCommand("earlier", "Earlier by 10 ms", lambda roll: roll.commands.move(-FINE_SECONDS, 0),
                ("Alt+Left",)),
    RollCommand("later", "Later by 10 ms", lambda roll: roll.commands.move(FINE_SECONDS, 0), ("Alt+Right",)),
    RollCommand("longer", "Longer by a grid step", lambda roll: roll.commands.resize_by_grid(1)),
    RollCommand("shorter", "Shorter by a grid step", lambda roll: roll.commands.resize_by_grid(-1)),
    RollCommand("louder", "Louder", lambda roll: roll.commands.change_velocity(VELOCITY_STEP), ("Ctrl+Up",),
                starts_group=True),
    RollCommand("softer", "Softer", lambda roll: roll.commands.change_velocity(-VELOCITY_STEP),
                ("Ctrl+Down",)),
    RollCommand("next_note", "Next note", lambda roll: roll.commands.step(1), ("Right",),
                needs_selection=False, starts_group=True),
    RollCommand("previous_note", "Previous note", lambda roll: roll.commands.step(-1), ("Left",),
                needs_selection=False),
    RollCommand("select_next", "Select the next note too",
                lambda roll: roll.commands.step(1, is_extending=True), ("Shift+Right",),
                needs_selection=False),
    RollCommand("select_previous", "Select the previous note too",
                lambda roll: roll.commands.step(-1, is_extending=True), ("Shift+Left",),
                needs_selection=False),
    RollCommand("fit", "Fit song", lambda roll: roll.navigation.fit(), ("F",), "fit", "View",
                needs_selection=False),
    RollCommand("zoom_in", "Zoom in", lambda roll: roll.navigation.zoom_time(1),
                ("Ctrl+=", "Ctrl++", "Ctrl+Shift++"), menu="View", needs_selection=False),
    RollCommand("zoom_out", "Zoom out", lambda roll: roll.navigation.zoom_time(-1), ("Ctrl+-",), menu="View",
                needs_selection=False),
    RollCommand("zoom_selection", "Zoom to selection", lambda roll: roll.navigation.zoom_to_selection(),
                ("Z",), "zoom-in", "View"),
    RollCommand("zoom_back", "Zoom back", lambda roll: roll.viewport.back(), ("X",), menu="View",
                needs_selection=False),
    RollCommand("zoom_pitches_in", "Zoom in on pitches", lambda roll: roll.navigation.zoom_pitch(1),
                ("Alt+=", "Alt++"), menu="View", needs_selection=False, starts_group=True),
    RollCommand("zoom_pitches_out", "Zoom out of pitches", lambda roll: roll.navigation.zoom_pitch(-1),
                ("Alt+-",), menu="View", needs_selection=False),
    RollCommand("screen_forward", "One screen forward", lambda roll: roll.navigation.scroll_screens(1),
                ("PgDown",), menu="View", needs_selection=False),
    RollCommand("screen_back", "One screen back", lambda roll: roll.navigation.scroll_screens(-1), ("PgUp",),
                menu="View", needs_selection=False),
    RollCommand("backdrop", "Next backdrop", lambda roll: roll.next_backdrop(), ("G",), menu="View",
                needs_selection=False),
    RollCommand("loop", "Loop", lambda roll: roll.toggle_loop(), ("L",), "loop", "Play",
                needs_selection=False),
)  # fmt: skip


def slots(roll: RollView) -> dict[str, Callable[[], object]]:
    """What each command does in a roll, by id."""
    return {command.id: partial(command.run, roll) for command in ROLL_COMMANDS}
