"""The clean-up over the notes of a document, like a stencil: what of them is seen, heard and saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from mt3_desktop.core.cleanup import CleanUp, Rules, clean_up
from mt3_desktop.core.tempo import Beats
from mt3_desktop.core.values import Instrument, Note, sort_key


class Stencil:
    """Sorted, cleaned and counted notes, worked out when they are asked for and kept while they hold."""

    def __init__(self, notes: Callable[[], Iterable[Note]], beats: Callable[[], Beats | None]) -> None:
        """Lie over some notes without a clean-up.

        Args:
            notes: gives the notes as edited.
            beats: gives the grid that `Rules.quantise` moves them to, or None.
        """
        self._notes = notes
        self._beats = beats
        self._rules = Rules()
        self._edited: tuple[Note, ...] | None = None
        self._cleaned: CleanUp | None = None
        self._counts: Counter[Instrument] | None = None
        self._n_notes: int | None = None

    @property
    def rules(self) -> Rules:
        """The clean-up."""
        return self._rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._rules = rules
        self.forget_cleaned()

    @property
    def is_plain(self) -> bool:
        """Whether the clean-up changes nothing."""
        return self._rules == Rules()

    @property
    def edited(self) -> tuple[Note, ...]:
        """The notes before the clean-up, in the order of `sort_key`."""
        if self._edited is None:
            self._edited = tuple(sorted(self._notes(), key=sort_key))
        return self._edited

    @property
    def cleaned(self) -> CleanUp:
        """What the clean-up makes of the notes."""
        if self._cleaned is None:
            self._cleaned = (
                CleanUp(self.edited, ())
                if self.is_plain
                else clean_up(self.edited, self._rules, self._beats())
            )
        return self._cleaned

    @property
    def counts(self) -> Counter[Instrument]:
        """How many notes each instrument has after the clean-up."""
        if self._counts is None:
            self._counts = Counter(note.instrument for note in self.cleaned.kept)
        return self._counts

    @property
    def n_notes(self) -> int:
        """How many notes there are, hidden ones too."""
        if self._n_notes is None:
            self._n_notes = len(self.edited)
        return self._n_notes

    def forget(self) -> None:
        """The notes are others than before."""
        self._edited = self._n_notes = None
        self.forget_cleaned()

    def forget_cleaned(self) -> None:
        """The notes are the same, but the clean-up or the grid is another one."""
        self._cleaned = self._counts = None

    def extend(self, new: Collection[Note]) -> None:
        """These notes have come to the others, which are as before; without a clean-up only they count."""
        n_notes, counts = self._n_notes, self._counts if self.is_plain else None
        self.forget()
        if n_notes is not None:
            self._n_notes = n_notes + len(new)
        if counts is not None:
            counts.update(note.instrument for note in new)
            self._counts = counts

    def notes_of(self, instruments: Collection[Instrument]) -> tuple[Note, ...]:
        """The edited notes of some instruments, among them those that the clean-up gave to one of these."""
        given = {origin: note.instrument for note, parts in self.cleaned.origins.items() for origin in parts}
        return tuple(note for note in self.edited if given.get(note, note.instrument) in instruments)

    def origins(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """The edited notes that some cleaned ones were made of: themselves, where nothing changed them."""
        origins = self.cleaned.origins
        return tuple(origin for note in notes for origin in origins.get(note, (note,)))
