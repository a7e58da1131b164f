"""The notes of a song as parts of the synthesiser, made where they are needed and kept while they hold."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from mt3_desktop.core.synth import Part, Synth
from mt3_desktop.core.tracks import Track, audible
from mt3_desktop.core.values import Instrument, Note

TAIL_SECONDS = 1.5  # after its last note a song rings on
_WINDOW_SECONDS = 30.0
_LONGEST_TAIL_SECONDS = 20.0

Notes = Mapping[Instrument, tuple[Note, ...]]
"""The notes of each instrument, in the order of their onsets."""


@dataclass(slots=True)
class _Window:
    """Notes that begin within the same half minute; an edit elsewhere leaves their part alone."""

    notes: tuple[Note, ...]
    start: float
    end: float
    part: Part | None = None


class SongParts:
    """Parts by instrument and window. Used by the mixing thread only."""

    def __init__(self, synth: Synth) -> None:
        self._synth = synth
        self._notes: dict[Instrument, tuple[Note, ...]] = {}
        self._windows: dict[Instrument, dict[int, _Window]] = {}
        self._speed = 1.0

    @property
    def end(self) -> float:
        """Seconds of song time at which the last note has rung out; 0 without notes."""
        ends = [window.end for windows in self._windows.values() for window in windows.values()]
        return max(ends) + TAIL_SECONDS if ends else 0.0

    def update(self, notes: Notes, speed: float) -> None:
        """Take over the notes of every instrument; what did not change is kept."""
        if speed != self._speed:
            self._notes, self._windows, self._speed = {}, {}, speed
        for instrument in self._windows.keys() - notes.keys():
            del self._windows[instrument], self._notes[instrument]
        for instrument, own in notes.items():
            if self._notes.get(instrument) is not own:
                self._notes[instrument] = own
                self._windows[instrument] = _split(own, self._windows.get(instrument, {}))

    def between(self, start: int, stop: int) -> Iterator[tuple[Instrument, Part]]:
        """The parts that may be heard in some frames at this speed."""
        seconds = self._speed / self._synth.rate
        for instrument, windows in self._windows.items():
            for window in windows.values():
                if window.start < stop * seconds and start * seconds < window.end + _LONGEST_TAIL_SECONDS:
                    if window.part is None:
                        window.part = self._synth.part(window.notes, stretch=1 / self._speed)
                    if window.part.end > start:
                        yield instrument, window.part


def levels_of(tracks: Iterable[Track], instruments: Iterable[Instrument]) -> dict[Instrument, float]:
    """The gain of every instrument that is heard; one without a track is, unless another is soloed."""
    tracks = tuple(tracks)
    heard = audible(tracks)
    levels = {track.instrument: track.level for track in tracks}
    any_solo = any(track.soloed for track in tracks)
    return {
        instrument: levels.get(instrument, 1.0)
        for instrument in instruments
        if instrument in heard or (instrument not in levels and not any_solo)
    }


def _split(notes: tuple[Note, ...], known: Mapping[int, _Window]) -> dict[int, _Window]:
    """Notes by window, with the windows that stayed as they were."""
    windows, first = {}, 0
    while first < len(notes):
        index = math.floor(notes[first].onset / _WINDOW_SECONDS)
        last = bisect_left(notes, (index + 1) * _WINDOW_SECONDS, lo=first, key=attrgetter("onset"))
        own, old = notes[first:last], known.get(index)
        if old is not None and old.notes == own:
            windows[index] = old
        else:
            end = max(note.offset for note in own)
            windows[index] = _Window(own, index * _WINDOW_SECONDS, end)
        first = last
    return windows
