"""Edits as differences: what goes, what comes, and the undo command that does it either way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand

from mt3_desktop.app.layers import LayerEdit
from mt3_desktop.core.cleanup import Rules
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument


@dataclass(frozen=True, slots=True)
class Change:
    """An edit as a difference, so that it can be undone while the model still appends notes.

    Attributes:
        edit: what changes in the user's layer of notes.
        looks: tracks as (before, after), where a name or a colour changes.
        redirects_before: instruments whose notes of the model go to another one, until now.
        redirects_after: the same from now on.
        rules: the clean-up as (before, after), or None where it stays, whatever it is by then.
    """

    edit: LayerEdit
    looks: tuple[tuple[Track, Track], ...]
    redirects_before: dict[Instrument, Instrument]
    redirects_after: dict[Instrument, Instrument]
    rules: tuple[Rules, Rules] | None = None

    @property
    def moves_notes(self) -> bool:
        """Whether any note is another one afterwards."""
        return bool(self.edit or self.rules) or self.redirects_before != self.redirects_after

    @property
    def reverse(self) -> Change:
        """The change that undoes this one."""
        return Change(
            self.edit.reverse,
            tuple((after, before) for before, after in self.looks),
            self.redirects_after,
            self.redirects_before,
            self.rules and (self.rules[1], self.rules[0]),
        )


class ChangeCommand(QUndoCommand):
    """A change on the undo stack."""

    def __init__(self, text: str, change: Change, apply: Callable[[Change], None]) -> None:
        """Keep the change.

        Args:
            text: what the undo menu says.
            change: the difference.
            apply: carries a change out.
        """
        super().__init__(text)
        self._change = change
        self._carry_out = apply

    def redo(self) -> None:
        """Do it, for the first time or again."""
        self._carry_out(self._change)

    def undo(self) -> None:
        """Take it back."""
        self._carry_out(self._change.reverse)
