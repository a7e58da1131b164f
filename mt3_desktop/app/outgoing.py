"""The notes of a document on their way out: as they are now, for whichever thread saves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter

from mt3_desktop.core.values import Instrument, Note, Transcription, sort_key


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """What may be saved of a result; later changes do not reach it.

    Attributes:
        notes: as seen and heard, in the order of `sort_key`.
        sounding: notes that still sounded at `heard_until`.
        heard_until: the recording is transcribed up to here, in seconds.
        duration: length of the recording in seconds.
        model_id: the model that heard it.
        source: name of the recording.
        invalid_events: as in `Transcription`.
        dropped_events: as in `Transcription`.
    """

    notes: tuple[Note, ...]
    sounding: tuple[Note, ...]
    heard_until: float
    duration: float
    model_id: str
    source: str
    invalid_events: int
    dropped_events: int

    def transcription(
        self,
        *,
        instruments: Iterable[Instrument] | None = None,
        span: tuple[float, float] | None = None,
        notes: Iterable[Note] | None = None,
    ) -> Transcription:
        """What is to be saved, as a value; takes a moment for many notes.

        Of a song that is not through, notes that still sound are taken as long as they were heard.

        Args:
            instruments: only these; None for all.
            span: only notes that start in this span, in seconds; None for all. Times are kept.
            notes: these instead of all.
        """
        chosen = self._all() if notes is None else tuple(sorted(notes, key=sort_key))
        if instruments is not None:
            wanted = frozenset(instruments)
            chosen = tuple(note for note in chosen if note.instrument in wanted)
        if span is not None:
            chosen = tuple(note for note in chosen if span[0] <= note.onset < span[1])
        last = max(map(attrgetter("offset"), chosen), default=0.0)
        return Transcription(
            notes=chosen,
            duration=max(self.duration, last),
            model_id=self.model_id,
            source=self.source,
            invalid_events=self.invalid_events,
            dropped_events=self.dropped_events,
        )

    def _all(self) -> tuple[Note, ...]:
        cut = tuple(self._cut_sounding())
        return tuple(sorted((*self.notes, *cut), key=sort_key)) if cut else self.notes

    def _cut_sounding(self) -> Iterator[Note]:
        """The notes that still sound, ending where the model stopped."""
        for note in self.sounding:
            end = min(note.offset, self.heard_until)
            if end > note.onset:
                yield replace(note, offset=end)
