"""What a session keeps of a document, as a frozen value that another thread can write."""

from __future__ import annotations

from dataclasses import dataclass, field

from mt3_desktop.core.candidates import USUAL, Candidates
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """All of a document that a session keeps.

    Attributes:
        notes: the notes as edited, with those that the clean-up hides; in any order.
        tracks: names, colours and switches, also of tracks that have no notes now.
        redirects: instruments whose later notes go to another one.
        progress: what the model has given so far.
        duration: length of the recording in seconds.
        heard_until: the recording is transcribed up to here.
        is_complete: whether the model is through.
        rules: the clean-up.
        sensitivity: how much of what the model thought possible is a note, 0-1.
        taken: notes of the model that were taken away or changed by hand.
        candidates: all that the model thought possible; None where it did not say.
        span: the passage that the model hears, or heard last.
    """

    notes: tuple[Note, ...]
    tracks: tuple[Track, ...]
    redirects: dict[Instrument, Instrument]
    progress: Resume
    duration: float
    heard_until: float
    is_complete: bool
    rules: Rules = field(default_factory=Rules)
    sensitivity: float = USUAL
    taken: tuple[Note, ...] = ()
    candidates: Candidates | None = None
    span: Span = WHOLE
