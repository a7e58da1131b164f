"""The notes of a document in layers: what the model heard, and over it what the user took away and put there.

Neither layer ever overwrites the other. What the model heard may be read anew at any time, at another
sensitivity or with tracks merged, and what the user did by hand stays; and an edit can be undone although
notes have arrived since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from mt3_desktop.app.heard import Heard, Identity, meant
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.note_rows import rows_of, without
from mt3_desktop.core.candidates import USUAL
from mt3_desktop.core.values import Note


@dataclass(frozen=True, slots=True)
class LayerEdit:
    """A difference between two states of the user's layer.

    Attributes:
        taken: notes of the model that go.
        returned: notes of the model that come back.
        removed: notes of the user's that go.
        added: notes that come, and are the user's from now on.
    """

    taken: tuple[Identity, ...] = ()
    returned: tuple[Identity, ...] = ()
    removed: tuple[Note, ...] = ()
    added: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.taken or self.returned or self.removed or self.added)

    @property
    def reverse(self) -> LayerEdit:
        """The edit that undoes this one."""
        return LayerEdit(self.returned, self.taken, self.added, self.removed)


@dataclass(slots=True)
class NoteLayers:
    """The model's layer, read as the user wants it, and the user's own.

    Attributes:
        heard: what the model gave.
        redirected: a note of the model → the same on the instrument that plays it now.
        sensitivity: how much of what the model thought possible is a note, 0-1.
        taken: notes of the model that the user took away or changed; also some that are no notes at this
            sensitivity.
        own: notes that the user put there or changed.
    """

    heard: Heard
    redirected: Callable[[Note], Note]
    sensitivity: float = USUAL
    taken: Counter[Identity] = field(default_factory=Counter)
    own: list[Note] = field(default_factory=list)

    @classmethod
    def again(
        cls,
        heard: Heard,
        redirected: Callable[[Note], Note],
        notes: Iterable[Note],
        *,
        sensitivity: float = USUAL,
        taken: Iterable[Note] = (),
    ) -> NoteLayers:
        """What was kept in a session.

        Args:
            heard: what the model gave.
            redirected: as in the attributes.
            notes: the notes as edited; what of them the model did not give is the user's.
            sensitivity: as in the attributes.
            taken: what `taken_notes` gave, as far as it was kept; what the model gave and is not in `notes`
                was taken in any case.
        """
        layers = cls(heard, redirected, sensitivity, Counter(map(heard.identity, taken)))
        notes = tuple(notes)
        if not layers.taken and notes == tuple(layers.notes):
            return layers  # the usual case, a hundred times faster than what follows
        left = Counter(notes)
        for given, note in list(layers._left_of(layers.heard.at(sensitivity))):
            if left[note] > 0:
                left[note] -= 1
            else:
                layers.taken[heard.identity(given)] += 1
        layers.own = list(left.elements())
        return layers

    def copy(self, redirected: Callable[[Note], Note]) -> NoteLayers:
        """The layers as they are now, for another thread; the notes themselves are shared.

        Args:
            redirected: as in the attributes, and never changing.
        """
        return NoteLayers(
            self.heard.copy(), redirected, self.sensitivity, Counter(self.taken), list(self.own)
        )

    @property
    def notes(self) -> list[Note]:
        """The notes of both layers, those of the model first, in its order."""
        if not self.taken:
            return [*map(self.redirected, self.heard.at(self.sensitivity)), *self.own]
        return [*(note for _, note in self._left_of(self.heard.at(self.sensitivity))), *self.own]

    @property
    def taken_notes(self) -> tuple[Note, ...]:
        """What was taken away, for sessions."""
        return tuple(map(meant, self.taken.elements()))

    @property
    def n_more(self) -> int:
        """How many notes of the model there are more than at the usual sensitivity; negative: fewer."""
        return len(self.heard.at(self.sensitivity)) - len(self.heard.notes)

    @property
    def can_weigh(self) -> bool:
        """Whether another sensitivity makes a difference."""
        return bool(self.heard.candidates)

    @property
    def candidates(self) -> tuple[Note, ...]:
        """What the model thought possible and is no note, as the notes that they would be."""
        return tuple(map(self.redirected, self._beyond()))

    def accept(self, candidate: Note) -> LayerEdit:
        """What it means for the layers to make a note, from then on the user's, of one of `candidates`."""
        for note in self._beyond():
            if self.redirected(note) == candidate:
                return LayerEdit(taken=(self.heard.identity(note),), added=(candidate,))
        return LayerEdit()

    def arrived(self, notes: Collection[Note]) -> tuple[Note, ...] | None:
        """The notes that are new with the last segment, or None if they may have changed others.

        Args:
            notes: as the model gave them.
        """
        if self.sensitivity != USUAL and self.can_weigh:
            return None
        if self.taken and any(self.taken[self.heard.identity(note)] for note in notes):
            return None
        return tuple(map(self.redirected, notes))

    def edit(self, removed: Iterable[Note], added: Iterable[Note]) -> LayerEdit:
        """What it means for the layers to put some notes in the place of others.

        Args:
            removed: notes that are there now, of either layer; others are passed over.
            added: notes to come.
        """
        removed = tuple(removed)
        mine = [self.own[row] for row in rows_of(self.own, removed)]
        left = without(removed, mine)
        near = self.heard.beginning(self.sensitivity, {note.onset for note in left})
        heard = list(self._left_of(near))
        rows = rows_of([note for _, note in heard], left)
        taken = tuple(self.heard.identity(heard[row][0]) for row in rows)
        return LayerEdit(taken=taken, removed=tuple(mine), added=tuple(added))

    def apply(self, edit: LayerEdit) -> NoteDiff:
        """Carry an edit out, and tell what became of the notes."""
        onsets = {onset for onset, *_ in (*edit.taken, *edit.returned)}
        near = self.heard.beginning(self.sensitivity, onsets)
        before = [note for _, note in self._left_of(near)]
        self.taken.update(edit.taken)
        self.taken -= Counter(edit.returned)
        self.own = [*without(self.own, edit.removed), *edit.added]
        after = [note for _, note in self._left_of(near)]
        return NoteDiff.of((*before, *edit.removed), (*after, *edit.added))

    def _beyond(self) -> Iterable[Note]:
        possible = self.heard.beyond(self.sensitivity)
        if not self.taken:
            return possible
        return [note for note in possible if self.heard.identity(note) not in self.taken]

    def _left_of(self, given: Iterable[Note]) -> Iterator[tuple[Note, Note]]:
        """What was not taken away of some notes of the model: as it gave them, and as who plays them now.

        Args:
            given: notes of the model, all that begin together among them.
        """
        identity, redirected, taken = self.heard.identity, self.redirected, self.taken
        passed: Counter[Identity] = Counter()
        for note in given:
            key = identity(note)
            n_taken = taken.get(key, 0)
            if n_taken and passed[key] < n_taken:
                passed[key] += 1
            else:
                yield note, redirected(note)
