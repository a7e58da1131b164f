"""Everything the window can do, as one table: name, words, keys, menu, icon."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from mt3_desktop.gui.roll.command_table import ROLL_COMMANDS, RollCommand
from mt3_desktop.gui.theme import icon


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing the window can do.

    Attributes:
        id: name in code.
        text: what menus and the palette say.
        menu: the menu it is in, or "" for none.
        keys: shortcuts in Qt's portable spelling (Ctrl is Cmd on macOS); the first is shown.
        icon: name of an icon, or "".
        is_checkable: whether it is a switch.
        starts_group: whether a line comes before it in its menu.
        is_for_roll: whether its keys work only while the roll has the focus, as single letters must.
        roll_keys: shortcuts that the roll handles itself while it has the focus: shown, not bound.
        tip: a longer sentence for the tool tip, or "" for `text`.
    """

    id: str
    text: str
    menu: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    is_checkable: bool = False
    starts_group: bool = False
    is_for_roll: bool = False
    roll_keys: tuple[str, ...] = ()
    tip: str = ""


MENUS = ("File", "Edit", "Notes", "Song", "Play", "View", "Help")

_OWN: tuple[ActionSpec, ...] = (
    ActionSpec("add_files", "Add files…", "File", ("Ctrl+O",), "add", tip="Add audio or video files"),
    ActionSpec("add_folder", "Add folder…", "File", ("Ctrl+Shift+O",), "folder"),
    ActionSpec("export", "Export MIDI…", "File", ("Ctrl+E",), "export", starts_group=True,
               tip="Save the notes as a MIDI file (also CSV, JSON)"),
    ActionSpec("export_again", "Export again", "File", ("Ctrl+Shift+E",),
               tip="Repeat the last export without asking"),
    ActionSpec("copy_midi", "Copy as MIDI file", "File", ("Ctrl+Shift+C",), "midi",
               tip="Put the song on the clipboard as a MIDI file, to paste into another program"),
    ActionSpec("save_session", "Save session", "File", ("Ctrl+S",), starts_group=True,
               tip="Save the song with all its notes and edits as a file"),
    ActionSpec("save_session_as", "Save session as…", "File", ("Ctrl+Shift+S",)),
    ActionSpec("settings", "Settings…", "File", ("Ctrl+,",), "settings", starts_group=True),
    ActionSpec("quit", "Quit", "File", ("Ctrl+Q",)),
    ActionSpec("undo", "Undo", "Edit", ("Ctrl+Z",), "undo"),
    ActionSpec("redo", "Redo", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    ActionSpec("delete", "Delete", "Edit", ("Del", "Backspace"), "trash", starts_group=True,
               tip="Delete the selected notes, or take the song off the list"),
    ActionSpec("select_all", "Select all notes", "Edit", ("Ctrl+A",), is_for_roll=True),
    ActionSpec("select_none", "Select nothing", "Edit", ("Ctrl+Shift+A",), is_for_roll=True),
    ActionSpec("copy_selection", "Copy selection as MIDI file", "Edit", icon="midi",
               tip="Put the selected notes on the clipboard as a MIDI file, to paste into another program"),
    ActionSpec("revert", "Revert selection to model output", "Notes", icon="undo",
               tip="Put back what the model said of the selected notes, or of the loop"),
    ActionSpec("shape_by_loudness", "Shape by loudness", "Notes",
               tip="Guess velocities from how loud the recording is where each note begins; can be undone"),
    ActionSpec("bake", "Bake the clean-up", "Notes",
               tip="Make edits of what the clean-up does; can be undone"),
    ActionSpec("transcribe", "Transcribe", "Song", ("Ctrl+Return", "Ctrl+Enter"), "transcribe",
               tip="Find the notes of this song with the chosen model"),
    ActionSpec("stop", "Cancel", "Song", ("Ctrl+.",), "stop", tip="Stop and keep the notes so far"),
    ActionSpec("resume", "Continue", "Song", icon="retry", tip="Go on where this song stopped"),
    ActionSpec("transcribe_all", "Transcribe all waiting songs", "Song"),
    ActionSpec("next_result", "Next result", "Song", ("R",), is_for_roll=True,
               tip="Show and hear what another model found in this song"),
    ActionSpec("compare", "Compare with the next result", "Song", ("Shift+R",), is_for_roll=True,
               tip="Outline what another model found over the notes on show, and take over from it"),
    ActionSpec("move_up", "Move up", "Song", ("Ctrl+Shift+Up",), starts_group=True),
    ActionSpec("move_down", "Move down", "Song", ("Ctrl+Shift+Down",)),
    ActionSpec("show_source", "Show recording in folder", "Song", icon="folder"),
    ActionSpec("locate", "Locate recording…", "Song"),
    ActionSpec("remove", "Remove from list", "Song", icon="close",
               tip="Take the song off the list; the recording stays where it is"),
    ActionSpec("clear_done", "Remove finished songs", "Song"),
    ActionSpec("play", "Play or pause", "Play", ("Space",), "play"),
    ActionSpec("to_start", "Go to start", "Play", ("Home",), "to-start"),
    ActionSpec("to_end", "Go to end", "Play", ("End",)),
    ActionSpec("loop", "Loop", "Play", ("L",), "loop", is_for_roll=True),
    ActionSpec("faster", "Faster", "Play", ("Ctrl+PgUp",), starts_group=True),
    ActionSpec("slower", "Slower", "Play", ("Ctrl+PgDown",)),
    ActionSpec("normal_speed", "Normal speed", "Play", ("Ctrl+Backspace",)),
    ActionSpec("mix_original", "More of the original", "Play", (",",), starts_group=True, is_for_roll=True),
    ActionSpec("mix_synth", "More of the notes", "Play", (".",), is_for_roll=True),
    ActionSpec("mix_flip", "Original or notes", "Play", ("O",), is_for_roll=True),
    ActionSpec("tap_tempo", "Tap tempo", "Play", ("T",), starts_group=True, is_for_roll=True,
               tip="Tap the beat, from a downbeat on; while the song plays this also says where bar 1 is"),
    ActionSpec("half_tempo", "Half tempo", "Play"),
    ActionSpec("double_tempo", "Double tempo", "Play"),
    ActionSpec("bar_one", "Bar 1 at the playhead", "Play"),
    ActionSpec("no_bars", "No bars", "Play", tip="Show seconds instead of bars"),
    ActionSpec("fit", "Fit song", "View", ("F",), "fit", is_for_roll=True),
    ActionSpec("zoom_in", "Zoom in", "View", ("Ctrl+=", "Ctrl++"), "zoom-in"),
    ActionSpec("zoom_out", "Zoom out", "View", ("Ctrl+-",), "zoom-out"),
    ActionSpec("zoom_selection", "Zoom to selection", "View", ("Z",), is_for_roll=True),
    ActionSpec("zoom_back", "Zoom back", "View", ("X",), is_for_roll=True),
    ActionSpec("backdrop", "Next backdrop", "View", ("G",), "spectrogram", is_for_roll=True),
    ActionSpec("show_library", "Library", "View", ("F9", "Ctrl+Alt+1"), "panel-left",
               is_checkable=True, starts_group=True),
    ActionSpec("show_tracks", "Tracks", "View", ("F10", "Ctrl+Alt+2"), "panel-right", is_checkable=True),
    ActionSpec("show_table", "Table of notes", "View", ("Ctrl+T",), "table", is_checkable=True),
    ActionSpec("next_region", "Next part of the window", "View", ("F6",)),
    ActionSpec("previous_region", "Previous part of the window", "View", ("Shift+F6",)),
    ActionSpec("full_screen", "Full screen", "View", ("F11",), is_checkable=True),
    ActionSpec("palette", "Find a command…", "Help", ("Ctrl+K",), "search"),
    ActionSpec("keys", "Keyboard shortcuts", "Help", ("F1",), "keyboard"),
    ActionSpec("show_log", "Show log folder", "Help"),
    ActionSpec("about", "About MT3 Desktop", "Help", icon="info"),
)  # fmt: skip


def _of_roll(command: RollCommand) -> ActionSpec:
    return ActionSpec(
        command.id,
        command.text,
        command.menu,
        icon=command.icon,
        is_checkable=command.is_switch,
        starts_group=command.starts_group,
        roll_keys=command.keys,
    )


_KNOWN = frozenset(spec.id for spec in _OWN)
ACTIONS: tuple[ActionSpec, ...] = (
    *_OWN,
    *(_of_roll(command) for command in ROLL_COMMANDS if command.id not in _KNOWN),
)


class Actions(QObject):
    """The `QAction`s made from the table, by id."""

    def __init__(self, window: QWidget) -> None:
        """Make the actions and add them to the window, so that their keys work everywhere in it.

        Those of the roll wait for `add_to_roll`.
        """
        super().__init__(window)
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}
        window.addActions([self._actions[spec.id] for spec in ACTIONS if not spec.is_for_roll])

    def add_to_roll(self, roll: QWidget) -> None:
        """Make the keys that are the roll's work in it."""
        for spec in ACTIONS:
            if spec.is_for_roll:
                self._actions[spec.id].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                roll.addAction(self._actions[spec.id])

    def connect_slots(self, slots: Mapping[str, Callable[[], object]]) -> None:
        """Say what each action does, by id.

        Raises:
            ValueError: if an action has no slot, or a slot no action.
        """
        if set(slots) != set(self._actions):
            raise ValueError(f"actions and slots differ: {sorted(set(slots) ^ set(self._actions))}")
        for action_id, slot in slots.items():
            self._actions[action_id].triggered.connect(partial(_without_state, slot))

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def fill(self, bar: QMenuBar) -> None:
        """Put the actions into menus."""
        for title in MENUS:
            self.fill_menu(bar.addMenu(f"&{title}"), title)

    def fill_menu(self, menu: QMenu, title: str) -> None:
        """Put the actions of one menu into it."""
        for spec in ACTIONS:
            if spec.menu == title:
                if spec.starts_group:
                    menu.addSeparator()
                menu.addAction(self._actions[spec.id])

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(keyed(spec.text, spec.roll_keys), self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.is_checkable)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        action.setShortcuts(
            [QKeySequence(key, QKeySequence.SequenceFormat.PortableText) for key in spec.keys]
        )
        action.setToolTip(tool_tip(spec))
        action.setStatusTip(spec.tip)
        return action


def _without_state(slot: Callable[[], object], _is_checked: bool = False) -> None:
    slot()


def tool_tip(spec: ActionSpec) -> str:
    """The tool tip of an action: its sentence and its first key."""
    text = spec.tip or spec.text.rstrip("…")
    keys = spec.keys or spec.roll_keys
    return f"{text} ({_native(keys[0])})" if keys else text


def keyed(text: str, keys: Sequence[str]) -> str:
    """What a menu shows of something whose keys somebody else handles: its text and its first key."""
    return f"{text}\t{_native(keys[0])}" if keys else text


def _native(key: str) -> str:
    sequence = QKeySequence(key, QKeySequence.SequenceFormat.PortableText)
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
