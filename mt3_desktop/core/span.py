"""A passage of a recording: from where to where it is to be heard."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mt3_desktop.core.progress import clock
from mt3_desktop.core.values import Note, SegmentNotes

SHORTEST_SECONDS = 0.1
"""As with recordings: less is too short to find a note in."""

SHORTEST_REST = 0.05
"""Seconds: less of a note that began before a passage is not worth a note in it."""

_TIME = re.compile(r"(?:(?:(\d+):)?(\d{1,3}):)?(\d+(?:[.,]\d*)?)")
_SIXTY = 60


@dataclass(frozen=True, slots=True)
class Span:
    """A passage, from `start` up to (not including) `stop`.

    Attributes:
        start: in seconds of the recording.
        stop: in seconds of the recording; None is its end.

    Raises:
        ValueError: as a sentence, if there is no such passage.
    """

    start: float = 0.0
    stop: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and self.start >= 0):
            raise ValueError("A passage can't begin before the recording does.")
        if self.stop is None:
            return
        if not math.isfinite(self.stop) or self.stop <= self.start:
            raise ValueError("The end must come after the beginning.")
        if self.stop - self.start < SHORTEST_SECONDS:
            raise ValueError(f"A passage must last at least {SHORTEST_SECONDS} s.")

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.start == 0 and self.stop is None

    def __str__(self) -> str:
        """As users read it: "0:30–1:10", "from 0:30", or "" for all of a recording."""
        if self.stop is not None:
            return f"{clock(self.start)}–{clock(self.stop)}"
        return f"from {clock(self.start)}" if self.start else ""

    def samples(self, sample_rate: int) -> slice:
        """The passage as samples of a recording.

        Args:
            sample_rate: samples per second.
        """
        return slice(
            round(self.start * sample_rate), None if self.stop is None else round(self.stop * sample_rate)
        )

    def placed(self, part: SegmentNotes) -> SegmentNotes:
        """A segment of the passage, heard as if it were a recording of its own, at its true time."""
        if not self.start:
            return part
        return replace(
            part,
            start=part.start + self.start,
            end=part.end + self.start,
            notes=tuple(map(self._placed, part.notes)),
            sounding=tuple(map(self._placed, part.sounding)),
            candidates=None if part.candidates is None else part.candidates.later(self.start),
        )

    def with_context(self, *, segment: float, context: float) -> Span:
        """What a model is to hear for the sake of this passage: on its grid, with sound around it.

        Args:
            segment: seconds of a segment; where the segments of the whole recording begin, so do these.
            context: seconds before and after that notes of the passage depend on.
        """
        if self.is_whole:
            return self
        start = max(0.0, math.floor((self.start - context) / segment) * segment)
        stop = None if self.stop is None else math.ceil((self.stop + context) / segment) * segment
        return Span(start, stop)

    def part_of(self, part: SegmentNotes) -> SegmentNotes:
        """What of a segment lies in the passage: a note that sounds where it begins, begins there."""
        if self.is_whole:
            return part
        stop = math.inf if self.stop is None else self.stop
        candidates = part.candidates
        begun = [note for note in part.notes if self._goes_on(note)]
        return replace(
            part,
            start=min(max(part.start, self.start), stop),
            end=min(max(part.end, self.start), stop),
            notes=tuple(self._inside(part.notes)),
            sounding=tuple(self._inside(part.sounding)),
            candidates=None if candidates is None else candidates.within(self.start, stop, begun),
        )

    def around(self, notes: Iterable[Note]) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        """What stays of notes while the passage is heard anew.

        Returns:
            The notes that do not reach into the passage from before it, nor begin in it; and those that sound
            where it begins, as `seam.Seam` wants them.
        """
        outside, sounding = [], []
        for note in notes:
            if note.onset < self.start < note.offset and not note.is_drum:
                sounding.append(note)
            elif note.onset < self.start or (self.stop is not None and note.onset >= self.stop):
                outside.append(note)
        return tuple(outside), tuple(sounding)

    def _inside(self, notes: Iterable[Note]) -> Iterator[Note]:
        stop = math.inf if self.stop is None else self.stop
        for note in notes:
            if note.onset >= stop or (note.onset < self.start and not self._goes_on(note)):
                continue
            onset, offset = max(note.onset, self.start), min(note.offset, stop)
            yield (
                note
                if (onset, offset) == (note.onset, note.offset)
                else replace(note, onset=onset, offset=offset)
            )

    def _goes_on(self, note: Note) -> bool:
        """Whether a note began before the passage and is worth a note in it."""
        return not note.is_drum and note.onset < self.start <= note.offset - SHORTEST_REST

    def _placed(self, note: Note) -> Note:
        return replace(note, onset=note.onset + self.start, offset=note.offset + self.start)


WHOLE = Span()


def parse_time(text: str) -> float:
    """A time that somebody typed, in seconds: "80", "1:20", "1:20.5" or "1:02:07".

    Raises:
        ValueError: as a sentence, if it is none.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text.strip()}" is not a time such as 1:20 or 80.5.')
    hours, minutes, seconds = match.groups()
    value = float(seconds.replace(",", "."))
    if (minutes is not None and value >= _SIXTY) or (hours is not None and int(minutes) >= _SIXTY):
        raise ValueError(f'"{text.strip()}" is not a time: an hour has 60 minutes of 60 seconds.')
    return (int(hours or 0) * _SIXTY + int(minutes or 0)) * _SIXTY + value
