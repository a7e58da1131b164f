"""The clean-up over the notes of a document, like a stencil: what of them is seen, heard and saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import compress
from operator import attrgetter
from types import MappingProxyType

from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.cleanup import CleanUp, clean_up
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.tempo import Beats
from mt3_desktop.core.values import Instrument, Note, sort_key

_MANY_PITCHES = 12
"""Where notes of more pitches change, all notes are cleaned up again."""


class Stencil:
    """Sorted, cleaned and counted notes; every change is answered with what became of those that are seen."""

    def __init__(self, beats: Callable[[], Beats | None]) -> None:
        """Lie over no notes, without a clean-up.

        Args:
            beats: gives the grid that `Rules.quantise` moves notes to, or None.
        """
        self._beats = beats
        self._rules = Rules()
        self._grid: Beats | None = None
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
        edited, self._grid = self._edited, self._wanted_grid
        cleaned = CleanUp(edited, ()) if self.is_plain else clean_up(edited, self._rules, self._grid)
        return self._show(cleaned, NoteDiff.between(self._cleaned.kept, cleaned.kept))

    def _put(self, edited: tuple[Note, ...], diff: NoteDiff) -> NoteDiff:
        before, self._edited = self._edited, edited
        counts, self._n_edited = self._n_edited, _counted(self._n_edited, diff)
        self._n_confident += _n_confident(diff.added) - _n_confident(diff.removed)
        if self.is_plain:
            return self._show(CleanUp(edited, ()), diff)
        pitches = {note.pitch for note in (*diff.removed, *diff.added)}
        is_local = len(pitches) <= _MANY_PITCHES and self._grid == self._wanted_grid
        if not (is_local and _is_within_pitches(self._rules, counts, self._n_edited)):
            return self.clean_again()
        was = clean_up(_of(pitches, before), self._rules, self._grid, counts=counts)
        now = clean_up(_of(pitches, edited), self._rules, self._grid, counts=self._n_edited)
        return self._replace_part(was, now)

    @property
    def _wanted_grid(self) -> Beats | None:
        """The grid that the notes are to lie on; another one as soon as the song turns out to be longer."""
        return self._beats() if self._rules.quantise > 0 else None

    def _replace_part(self, was: CleanUp, now: CleanUp) -> NoteDiff:
        """What the clean-up makes of some pitches is something else."""
        whole = self._cleaned
        seen, hidden = NoteDiff.between(was.kept, now.kept), NoteDiff.between(was.hidden, now.hidden)
        origins = dict(whole.origins)
        for note in was.origins:
            del origins[note]
        origins.update(now.origins)
        kept = seen.applied(whole.kept)
        return self._show(CleanUp(kept, hidden.applied(whole.hidden), MappingProxyType(origins)), seen)

    def _show(self, cleaned: CleanUp, diff: NoteDiff) -> NoteDiff:
        self._cleaned, self._counts = cleaned, _counted(self._counts, diff)
        return diff


def _is_within_pitches(rules: Rules, before: Counter[Instrument], after: Counter[Instrument]) -> bool:
    """Whether notes of other pitches are left alone by a change of some.

    Args:
        rules: the clean-up.
        before: how many notes each instrument had.
        after: how many it has now.
    """
    if rules.drum_leakage_filter or rules.merge_strays or rules.collapsed_families:
        return False  # the shares of the song decide
    is_range_full = (rules.lowest, rules.highest, rules.min_confidence) == (0, 127, 0.0)
    return not rules.hide_doubles or (is_range_full and _ranks(before) == _ranks(after))


def _ranks(counts: Counter[Instrument]) -> dict[Instrument, int]:
    """Each instrument's place by its number of notes; the same for the same number."""
    places = {count: place for place, count in enumerate(sorted(set(counts.values())))}
    return {instrument: places[count] for instrument, count in counts.items() if not instrument.is_drum}


def _of(pitches: Collection[int], notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The notes of some pitches."""
    return tuple(compress(notes, map(pitches.__contains__, map(attrgetter("pitch"), notes))))


def _counted(counts: Counter[Instrument], diff: NoteDiff) -> Counter[Instrument]:
    """Notes per instrument after a difference; those that have none are left out."""
    after = counts + Counter(note.instrument for note in diff.added)
    return after - Counter(note.instrument for note in diff.removed)


def _n_confident(notes: Iterable[Note]) -> int:
    return sum(note.confidence is not None for note in notes)
