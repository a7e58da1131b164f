"""The context menus around the notes: of the ruler, the waveform, the overview and the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from mt3_desktop.core.instruments import drum_name, pitch_name
from mt3_desktop.gui.actions import keyed
from mt3_desktop.gui.roll.command_table import OCTAVE
from mt3_desktop.gui.roll.loop import Loop
from mt3_desktop.gui.roll.panes import Panes
from mt3_desktop.gui.roll.time_grid import format_seconds

if TYPE_CHECKING:
    from mt3_desktop.gui.roll.view import RollView


class SideMenus(QObject):
    """Opens a menu of what a click and a drag do there, for who does not drag.

    Attributes:
        menu: the one that was opened last.
    """

    def __init__(self, roll: RollView, panes: Panes, loop: Loop) -> None:
        """Wait for a right click, or the menu key.

        Args:
            roll: what the entries are about; becomes the owner.
            panes: its parts.
            loop: what is looped.
        """
        super().__init__(roll)
        self._roll, self._panes, self._loop = roll, panes, loop
        self.menu = QMenu(roll)
        for part, fill in (
            (panes.ruler, lambda at: self._fill_time(panes.ruler.seconds_at(at.x()))),
            (panes.waveform, lambda at: self._fill_time(panes.ruler.seconds_at(at.x()))),
            (panes.overview, lambda at: self._fill_time(panes.overview.seconds_at(at.x()))),
            (panes.keyboard, lambda at: self._fill_pitch(panes.keyboard.key_at(at.y()))),
            (panes.drum_names, lambda at: self._fill_drum(panes.drum_names.key_at(at.y()))),
        ):
            self._offer(part, fill)

    def _offer(self, part: QWidget, fill: Callable[[QPoint], None]) -> None:
        def open_menu(at: QPoint) -> None:
            self.menu.deleteLater()
            self.menu = QMenu(self._roll)
            fill(at)
            self.menu.popup(part.mapToGlobal(at))

        part.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        part.customContextMenuRequested.connect(open_menu)

    def _fill_time(self, seconds: float) -> None:
        roll = self._roll
        self._add(f"Go to {format_seconds(seconds, 0.1)}", lambda: roll.seek(seconds))
        self.menu.addSeparator()
        self._add("Loop off" if self._loop.is_on else "Loop", roll.toggle_loop, key="L")
        self._add("Loop from here", lambda: self._loop.begin_at(seconds))
        self._add("Loop to here", lambda: self._loop.end_at(seconds))
        self._add("Remove the loop", self._loop.clear, is_possible=self._loop.is_there)
        self.menu.addSeparator()
        has_bars = roll.state.beats is not None
        self._add("Bar 1 here", lambda: roll.downbeat_moved.emit(seconds), is_possible=has_bars)
        self.menu.addSeparator()
        self._add("Fit song", roll.navigation.fit, key="F")
        self._add(
            "Zoom to selection", roll.navigation.zoom_to_selection, key="Z", is_possible=bool(roll.selection)
        )
        self._add("Zoom back", roll.viewport.back, key="X")

    def _fill_pitch(self, pitch: int) -> None:
        roll, select = self._roll, self._roll.commands.select_keys
        name = pitch_name(pitch)
        self._add(f"Select every {name}", lambda: select((pitch,), is_drum=False))
        every = tuple(range(pitch % OCTAVE, 128, OCTAVE))
        self._add(f"Select every {name.rstrip('-0123456789')}", lambda: select(every, is_drum=False))
        self._add(f"Hear {name}", lambda: roll.key_clicked.emit(pitch, False))
        self.menu.addSeparator()
        self._add("Zoom in on pitches", lambda: roll.navigation.zoom_pitch(1), key="Alt+=")
        self._add("Zoom out of pitches", lambda: roll.navigation.zoom_pitch(-1), key="Alt+-")

    def _fill_drum(self, key: int) -> None:
        roll, name = self._roll, drum_name(key)
        self._add(f"Select every {name}", lambda: roll.commands.select_keys((key,), is_drum=True))
        self._add(f"Hear {name}", lambda: roll.key_clicked.emit(key, True))

    def _add(self, text: str, run: Callable[[], object], *, key: str = "", is_possible: bool = True) -> None:
        action = self.menu.addAction(keyed(text, (key,) if key else ()))
        action.setEnabled(is_possible)
        action.triggered.connect(lambda _is_checked: run())
