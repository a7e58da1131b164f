"""Where a run goes on that was interrupted, or hears a passage anew: notes that were open are made whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mt3_desktop.core.values import Instrument, Note, SegmentNotes

MIN_NOTE_SECONDS = 0.01
_SAME_INSTANT_SECONDS = 0.025
"""Models place a note that goes on into a segment at its start, give or take their own grid of 10-20 ms."""

_Key = tuple[Instrument, int]


class Seam:
    """Joins the segments of a run to the notes that were open where it begins: those of the run before, which
    stopped there, or those around a passage.

    A note that was open goes on if the model hears it go on, else it ends at the seam. A model that listens
    back over the seam, as `lite` does, gives such notes anew and whole. One that cannot, as the token models,
    lets what goes on begin at the seam, and is silent about what does not.
    """

    def __init__(self, sounding: Iterable[Note]) -> None:
        """Before the first segment.

        Args:
            sounding: the notes that were open.
        """
        self._sounding = tuple(sounding)
        self._open: dict[_Key, Note] = {}
        self._time: float | None = None

    def joined(self, part: SegmentNotes) -> SegmentNotes:
        """The next segment, with notes that go on over the seam given their true beginning."""
        if self._time is None:
            self._time = part.start
            if not self._is_heard_anew(part):
                self._open = {_key(note): note for note in self._sounding}
                part = replace(part, notes=(*part.notes, *self._ended(part)))
        return replace(
            part, notes=tuple(map(self._whole, part.notes)), sounding=tuple(map(self._whole, part.sounding))
        )

    def _is_heard_anew(self, first: SegmentNotes) -> bool:
        earliest = first.start - _SAME_INSTANT_SECONDS
        return any(note.onset < earliest for note in (*first.notes, *first.sounding))

    def _ended(self, first: SegmentNotes) -> list[Note]:
        """The open notes that do not go on."""
        told = (*first.notes, *first.sounding)
        goes_on = {_key(note) for note in told if self._begins_here(note)}
        return [
            replace(note, offset=max(min(note.offset, first.start), note.onset + MIN_NOTE_SECONDS))
            for note in self._sounding
            if _key(note) not in goes_on
        ]

    def _whole(self, note: Note) -> Note:
        before = self._open.get(_key(note))
        if before is None or not self._begins_here(note):
            return note
        return replace(note, onset=before.onset, velocity=before.velocity)

    def _begins_here(self, note: Note) -> bool:
        assert self._time is not None
        return not note.is_drum and abs(note.onset - self._time) <= _SAME_INSTANT_SECONDS


def _key(note: Note) -> _Key:
    return note.instrument, note.pitch
