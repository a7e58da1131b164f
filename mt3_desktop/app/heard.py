"""What a model has given of a song so far, untouched by any edit."""

from __future__ import annotations

from dataclasses import dataclass, field

from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.values import Note, SegmentNotes


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
    """

    notes: list[Note] = field(default_factory=list)
    sounding: tuple[Note, ...] = ()
    until: float = 0.0
    next_segment: int = 0
    invalid_events: int = 0
    dropped_events: int = 0
    is_complete: bool = False

    @classmethod
    def again(cls, progress: Resume, until: float, *, is_complete: bool) -> Heard:
        """What was kept in a session."""
        return cls(
            list(progress.notes),
            progress.sounding,
            until,
            progress.first_segment,
            progress.invalid_events,
            progress.dropped_events,
            is_complete,
        )

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

    def complete(self, duration: float) -> None:
        """The model is through with a recording of this length in seconds."""
        self.is_complete = True
        self.until = max(self.until, duration)
        self.sounding = ()
