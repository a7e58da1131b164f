"""Edits as differences: what goes, what comes, and the undo command that does it either way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from PySide6.QtGui import QUndoCommand

from mt3_desktop.app.layers import LayerEdit
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument

_IS_ALONE, _HAS_TOPIC = -1, 1

Redirects = dict[Instrument, Instrument]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """An edit as a difference, so that it can be undone while the model still appends notes.

    Attributes:
        edit: what changes in the user's layer of notes.
        looks: tracks as (before, after), where a name or a colour changes.
        redirects: instruments whose notes of the model go to another one, as (before, after), or None where
            that stays as it is by then.
        rules: the clean-up as (before, after), or None likewise.
        tempo: the bars of the song as (before, after), or None likewise.
        topic: what is being set: further settings of it make no step of their own; "" for what always does.
    """

    edit: LayerEdit = field(default_factory=LayerEdit)
    looks: tuple[tuple[Track, Track], ...] = ()
    redirects: tuple[Redirects, Redirects] | None = None
    rules: tuple[Rules, Rules] | None = None
    tempo: tuple[Tempo | None, Tempo | None] | None = None
    topic: str = ""

    @property
    def moves_notes(self) -> bool:
        """Whether any note may be another one afterwards."""
        return bool(self.edit or self.redirects or self.rules)

    @property
    def is_nothing(self) -> bool:
        """Whether what is set is what it was before."""
        return all(pair is None or pair[0] == pair[1] for pair in (self.rules, self.tempo))

    @property
    def reverse(self) -> Change:
        """The change that undoes this one."""
        return replace(
            self,
            edit=self.edit.reverse,
            looks=tuple(map(_turned, self.looks)),
            redirects=self.redirects and _turned(self.redirects),
            rules=self.rules and _turned(self.rules),
            tempo=self.tempo and _turned(self.tempo),
        )

    def followed_by(self, other: Change) -> Change:
        """Both at once, of one topic."""
        return replace(
            self,
            rules=self.rules and other.rules and (self.rules[0], other.rules[1]),
            tempo=self.tempo and other.tempo and (self.tempo[0], other.tempo[1]),
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

    def id(self) -> int:
        """Only steps with a topic may become one."""
        return _HAS_TOPIC if self._change.topic else _IS_ALONE

    def mergeWith(self, other: QUndoCommand) -> bool:
        """A slider that is still being moved makes one step, or none if it returns to where it was."""
        if not isinstance(other, ChangeCommand) or other._change.topic != self._change.topic:
            return False
        self._change = self._change.followed_by(other._change)
        self.setObsolete(self._change.is_nothing)
        return True


def differing(before: Rules, after: Rules) -> str:
    """Which rules differ, as a topic."""
    names = (one.name for one in fields(Rules) if getattr(before, one.name) != getattr(after, one.name))
    return f"clean-up: {', '.join(names)}"


def _turned(pair: tuple[T, T]) -> tuple[T, T]:
    return pair[1], pair[0]
