"""The clean-up over the notes of a document, like a stencil: what of them is seen, heard and saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.cleanup import CleanUp, Rules, clean_up
from mt3_desktop.core.tempo import Beats
from mt3_desktop.core.values import Instrument, Note, sort_key


class Stencil:
    """Sorted, cleaned and counted notes; every change is answered with what became of those that are seen."""

    def __init__(self, beats: Callable[[], Beats | None]) -> None:
        """Lie over no notes, without a clean-up.

        Args:
            beats: gives the grid that `Rules.quantise` moves notes to, or None.
        """
        self._beats = beats
        self._rules = Rules()
        self._edited: tuple[Note, ...] = ()
        self._cleaned = CleanUp((), ())
        self._n_edited: Counter[Instrument] = Counter()
        self._counts: Counter[Instrument] = Counter()
        self._n_confident = 0

    # --- what it is ---

    @property
    def rules(self) -> Rules:
        """The clean-up."""
        return self._rules

    @property
    def is_plain(self) -> bool:
        """Whether the clean-up changes nothing."""
        return self._rules == Rules()

    @property
    def edited(self) -> tuple[Note, ...]:
        """The notes before the clean-up, in the order of `sort_key`."""
        return self._edited

    @property
    def cleaned(self) -> CleanUp:
        """What the clean-up makes of the notes."""
        return self._cleaned

    @property
    def counts(self) -> Counter[Instrument]:
        """How many notes each instrument has after the clean-up."""
        return self._counts

    @property
    def instruments(self) -> frozenset[Instrument]:
        """The instruments that have notes before the clean-up."""
        return frozenset(self._n_edited)

    @property
    def has_confidences(self) -> bool:
        """Whether a model said of any note how sure it was."""
        return self._n_confident > 0

    def notes_of(self, instruments: Collection[Instrument]) -> tuple[Note, ...]:
        """The edited notes of some instruments, among them those that the clean-up gave to one of these."""
        given = {origin: note.instrument for note, parts in self.cleaned.origins.items() for origin in parts}
        return tuple(note for note in self.edited if given.get(note, note.instrument) in instruments)

    def origins(self, notes: Iterable[Note]) -> tuple[Note, ...]:
        """The edited notes that some cleaned ones were made of: themselves, where nothing changed them."""
        origins = self.cleaned.origins
        return tuple(origin for note in notes for origin in origins.get(note, (note,)))

    # --- what becomes of it ---

    def change(self, diff: NoteDiff) -> NoteDiff:
        """The notes before the clean-up changed."""
        return self._put(diff.applied(self._edited), diff) if diff else diff

    def replace(self, notes: Iterable[Note]) -> NoteDiff:
        """Any note before the clean-up may be another one; here are all, in any order."""
        edited = tuple(sorted(notes, key=sort_key))
        return self._put(edited, NoteDiff.between(self._edited, edited))

    def set_rules(self, rules: Rules) -> NoteDiff:
        """The clean-up is another one."""
        self._rules = rules
        return self.clean_again()

    def clean_again(self) -> NoteDiff:
        """The notes are the same, but the clean-up or the grid may be another one."""
        edited = self._edited
        cleaned = CleanUp(edited, ()) if self.is_plain else clean_up(edited, self._rules, self._beats())
        return self._show(cleaned, NoteDiff.between(self._cleaned.kept, cleaned.kept))

    def _put(self, edited: tuple[Note, ...], diff: NoteDiff) -> NoteDiff:
        self._edited, self._n_edited = edited, _counted(self._n_edited, diff)
        self._n_confident += _n_confident(diff.added) - _n_confident(diff.removed)
        return self._show(CleanUp(edited, ()), diff) if self.is_plain else self.clean_again()

    def _show(self, cleaned: CleanUp, diff: NoteDiff) -> NoteDiff:
        self._cleaned, self._counts = cleaned, _counted(self._counts, diff)
        return diff


def _counted(counts: Counter[Instrument], diff: NoteDiff) -> Counter[Instrument]:
    """Notes per instrument after a difference; those that have none are left out."""
    after = counts + Counter(note.instrument for note in diff.added)
    return after - Counter(note.instrument for note in diff.removed)


def _n_confident(notes: Iterable[Note]) -> int:
    return sum(note.confidence is not None for note in notes)
