"""Tracks: the instruments of a song as a person sees them, with a name, a colour, and switches.

A track holds no notes; it says what to do with those of one instrument. All functions are pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mt3_desktop.core.instruments import DRUMS, family, instrument_name
from mt3_desktop.core.values import Instrument, Note, sort_key

N_HUES = 8
DRUM_COLOUR = -1
"""Drums are drawn in the text colour, so they spend no hue."""

STRAY_NOTES = 5
STRAY_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Track:
    """One instrument of a song.

    Attributes:
        instrument: whose notes it shows; unique within a song.
        name: what users read; theirs to change.
        colour: index of the note colour from 0 (from `N_HUES` on the hues repeat, with a pattern), or
            `DRUM_COLOUR`.
        count: how many notes it has.
        shown: whether the roll draws it.
        muted: whether it is silent.
        soloed: whether only it and other soloed tracks are heard.
        level: gain of the synthesised sound, 0-2; 1 leaves it as it is.
    """

    instrument: Instrument
    name: str
    colour: int
    count: int
    shown: bool = True
    muted: bool = False
    soloed: bool = False
    level: float = 1.0


def tracks_of(notes: Iterable[Note], known: Iterable[Track] = ()) -> tuple[Track, ...]:
    """The tracks of some notes, ordered by program, drums last.

    Args:
        notes: in any order.
        known: tracks from before: their names, colours and switches stay; those without notes vanish.
    """
    return counted(Counter(note.instrument for note in notes), known)


def counted(counts: Counter[Instrument], known: Iterable[Track] = ()) -> tuple[Track, ...]:
    """The tracks for a number of notes per instrument; `tracks_of` for who keeps the counts itself."""
    before = {track.instrument: track for track in known}
    present = [instrument for instrument, count in counts.items() if count > 0]
    taken = {before[instrument].colour for instrument in present if instrument in before}
    tracks = []
    for instrument in present:
        track = before.get(instrument)
        if track is None:
            track = Track(instrument, instrument_name(instrument), _free_colour(instrument, taken), 0)
            taken.add(track.colour)
        tracks.append(replace(track, count=counts[instrument]))
    return tuple(sorted(tracks, key=lambda track: (track.instrument.is_drum, track.instrument.program)))


def audible(tracks: Iterable[Track]) -> frozenset[Instrument]:
    """The instruments that are heard: not muted, and soloed if any is."""
    tracks = tuple(tracks)
    any_solo = any(track.soloed for track in tracks)
    return frozenset(
        track.instrument for track in tracks if not track.muted and (track.soloed or not any_solo)
    )


def visible(tracks: Iterable[Track]) -> frozenset[Instrument]:
    """The instruments that the roll draws."""
    return frozenset(track.instrument for track in tracks if track.shown)


def is_stray(track: Track, tracks: Iterable[Track]) -> bool:
    """Whether a track is probably another one's notes gone astray: under five notes or 1 % of the song."""
    tracks = tuple(tracks)
    if track.instrument.is_drum or nearest(track, tracks) is None:
        return False
    total = sum(other.count for other in tracks)
    return track.count < STRAY_NOTES or track.count < STRAY_SHARE * total


def nearest(track: Track, tracks: Iterable[Track]) -> Track | None:
    """The track that a stray one most likely belongs to.

    That is the largest other pitched track of its General MIDI family, else the largest of all; None if no
    other pitched track is larger.
    """
    larger = [other for other in tracks if not other.instrument.is_drum and other.count > track.count]
    own = family(track.instrument.program)
    return max(
        (other for other in larger if other.instrument != track.instrument),
        key=lambda other: (family(other.instrument.program) == own, other.count),
        default=None,
    )


def reassigned(notes: Iterable[Note], sources: Iterable[Instrument], target: Instrument) -> tuple[Note, ...]:
    """The notes with those of `sources` given to `target`: a merge, or a change of program.

    Returns:
        All notes, in the order of `sort_key`.
    """
    chosen = frozenset(sources)
    moved = (played_by(note, target) if note.instrument in chosen else note for note in notes)
    return tuple(sorted(moved, key=sort_key))


def split_by_pitch(
    notes: Iterable[Note], source: Instrument, *, lowest: int, target: Instrument
) -> tuple[Note, ...]:
    """The notes with those of `source` from pitch `lowest` up given to `target`."""
    moved = (
        played_by(note, target) if note.instrument == source and note.pitch >= lowest else note
        for note in notes
    )
    return tuple(sorted(moved, key=sort_key))


def played_by(note: Note, instrument: Instrument) -> Note:
    """The same note on another instrument."""
    return replace(note, program=instrument.program, is_drum=instrument.is_drum)


def _free_colour(instrument: Instrument, taken: set[int]) -> int:
    """A colour for a new track.

    Families keep their hue from song to song where it is free, so that a bass looks like a bass.
    """
    if instrument == DRUMS:
        return DRUM_COLOUR
    preferred = family(instrument.program) % N_HUES
    for step in range(N_HUES):
        colour = (preferred + step) % N_HUES
        if colour not in taken:
            return colour
    return next(colour for colour in range(N_HUES, N_HUES + 129) if colour not in taken)
