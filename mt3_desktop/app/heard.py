"""What a model has given of a song so far, untouched by any edit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from mt3_desktop.app.note_rows import begin_at, onset_of
from mt3_desktop.core.candidates import USUAL, Candidates
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.values import Note, SegmentNotes

Identity = tuple[float, float, int, int, bool]
"""Which note of the model is meant: onset, offset, pitch, program, is_drum, as it gave them. The offset is 0
where the model told its candidates: their ends depend on the sensitivity, and no two share the rest."""


@dataclass(slots=True)
class Heard:
    """Grows while the model listens; tells where it goes on if it is stopped.

    Attributes:
        notes: final notes, as they came.
        sounding: notes that still sound at `until`.
        until: the recording is transcribed up to here, in seconds.
        next_segment: the first one that was not heard.
        invalid_events: as in `Transcription`.
        dropped_events: as in `Transcription`.
        is_complete: whether the model is through.
        candidates: all that might be notes, in parts; None as soon as a part came without.
    """

    notes: list[Note] = field(default_factory=list)
    sounding: tuple[Note, ...] = ()
    until: float = 0.0
    next_segment: int = 0
    invalid_events: int = 0
    dropped_events: int = 0
    is_complete: bool = False
    candidates: list[Candidates] | None = field(default_factory=list)
    _read: tuple[float, tuple[Note, ...]] | None = None
    _ordered: tuple[Sequence[Note], list[Note]] | None = None  # what `at` gave, and that by its onsets

    @classmethod
    def again(
        cls, progress: Resume, until: float, *, is_complete: bool, candidates: Candidates | None = None
    ) -> Heard:
        """What was kept in a session."""
        is_empty = progress.first_segment == 0 and not progress.notes
        return cls(
            list(progress.notes),
            progress.sounding,
            until,
            progress.first_segment,
            progress.invalid_events,
            progress.dropped_events,
            is_complete,
            ([] if is_empty else None) if candidates is None else [candidates],
        )

    def copy(self) -> Heard:
        """What is there now, for another thread; notes and candidates, which never change, are shared."""
        candidates = None if self.candidates is None else list(self.candidates)
        return replace(self, notes=list(self.notes), candidates=candidates)

    @property
    def progress(self) -> Resume:
        """What is there, and where an interrupted run goes on."""
        return Resume(
            first_segment=self.next_segment,
            notes=tuple(self.notes),
            sounding=self.sounding,
            invalid_events=self.invalid_events,
            dropped_events=self.dropped_events,
        )

    def take(self, part: SegmentNotes) -> None:
        """Take in what one more segment brought."""
        self.notes.extend(part.notes)
        self.sounding = part.sounding
        self.until = part.end
        self.next_segment = part.index + 1
        self.invalid_events += part.invalid_events
        self.dropped_events += part.dropped_events
        self._read = None
        if part.candidates is None:
            self.candidates = None
        elif self.candidates is not None:
            self.candidates.append(part.candidates)

    def complete(self, duration: float) -> None:
        """The model is through with a recording of this length in seconds."""
        self.is_complete = True
        self.until = max(self.until, duration)
        self.sounding = ()

    @property
    def known_candidates(self) -> Candidates | None:
        """All that might be notes as one table; None where that is not known."""
        if not self.candidates:
            return None
        if len(self.candidates) > 1:
            self.candidates = [Candidates.joined(self.candidates)]
        return self.candidates[0]

    def at(self, sensitivity: float) -> Sequence[Note]:
        """The notes at a sensitivity of 0 (few) to 1 (many); without candidates always the same ones."""
        known = None if sensitivity == USUAL else self.known_candidates
        if known is None:
            return self.notes
        if self._read is None or self._read[0] != sensitivity:
            self._read = sensitivity, known.at(sensitivity)
        return self._read[1]

    def beginning(self, sensitivity: float, onsets: Collection[float]) -> list[Note]:
        """The notes at a sensitivity that begin at one of some times."""
        notes = self.at(sensitivity)
        if self._ordered is None or self._ordered[0] is not notes or len(self._ordered[1]) != len(notes):
            self._ordered = notes, sorted(notes, key=onset_of)
        return begin_at(self._ordered[1], onsets)

    def beyond(self, sensitivity: float) -> Sequence[Note]:
        """What is no note at a sensitivity and might be one; nothing without candidates."""
        known = self.known_candidates
        return () if known is None else known.beyond(sensitivity)

    def identity(self, note: Note) -> Identity:
        """Which note of the model this is, one of `at`."""
        offset = 0.0 if self.candidates else note.offset
        return (note.onset, offset, note.pitch, note.program, note.is_drum)


def meant(identity: Identity) -> Note:
    """A note that `Heard.identity` tells from all others, for sessions; it has no loudness."""
    onset, offset, pitch, program, is_drum = identity
    return Note(onset, max(onset, offset), pitch, 0, program, is_drum)
