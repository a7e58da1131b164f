"""Edits of notes as values: what was there, what shall be there.

All functions are pure; the document applies what they return.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mt3_desktop.core import tempo
from mt3_desktop.core.tempo import Beats
from mt3_desktop.core.values import Instrument, Note

MIN_DURATION = 0.02
"""Seconds: no drag makes a note shorter."""
NEW_VELOCITY = 90


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """A wish to change notes.

    Attributes:
        text: what the undo menu says: "Move 3 notes".
        before: the notes to take away; empty when notes are added.
        after: the notes to put there; empty when notes are deleted. They are to be selected.
    """

    text: str
    before: tuple[Note, ...]
    after: tuple[Note, ...]


def moved(notes: Sequence[Note], seconds: float, semitones: int, *, is_copy: bool = False) -> NoteEdit | None:
    """Notes moved together in time and pitch, stopped at the ends of both; None if nothing moves.

    Drums keep their piece: for them only time changes.
    """
    if not notes:
        return None
    seconds = max(seconds, -min(note.onset for note in notes))
    pitched = [note.pitch for note in notes if not note.is_drum]
    if pitched:
        semitones = max(min(semitones, 127 - max(pitched)), -min(pitched))
    if not seconds and not (semitones and pitched):
        return None
    after = tuple(
        replace(
            note,
            onset=note.onset + seconds,
            offset=note.offset + seconds,
            pitch=note.pitch if note.is_drum else note.pitch + semitones,
        )
        for note in notes
    )
    verb = "Copy" if is_copy else "Move"
    return NoteEdit(f"{verb} {count(notes)}", () if is_copy else tuple(notes), after)


def resized(notes: Sequence[Note], seconds: float, *, at_start: bool) -> NoteEdit | None:
    """Notes whose start or end is moved; none gets shorter than `MIN_DURATION`. None if nothing changes."""
    if not notes or not seconds:
        return None
    after = tuple(
        replace(note, onset=max(min(note.onset + seconds, note.offset - MIN_DURATION), 0.0))
        if at_start
        else replace(note, offset=max(note.offset + seconds, note.onset + MIN_DURATION))
        for note in notes
    )
    return NoteEdit(f"Resize {count(notes)}", tuple(notes), after)


def deleted(notes: Sequence[Note]) -> NoteEdit | None:
    """Notes taken away."""
    return NoteEdit(f"Delete {count(notes)}", tuple(notes), ()) if notes else None


def added(onset: float, offset: float, pitch: int, instrument: Instrument) -> NoteEdit:
    """A note drawn by hand."""
    note = Note(
        max(onset, 0.0),
        max(offset, max(onset, 0.0) + MIN_DURATION),
        pitch,
        NEW_VELOCITY,
        instrument.program,
        instrument.is_drum,
    )
    return NoteEdit("Add note", (), (note,))


def louder(notes: Sequence[Note], steps: int) -> NoteEdit | None:
    """Notes with their velocities changed, kept in 1-127; None if nothing changes."""
    after = tuple(replace(note, velocity=max(min(note.velocity + steps, 127), 1)) for note in notes)
    return NoteEdit(f"Velocity of {count(notes)}", tuple(notes), after) if after != tuple(notes) else None


def joined(notes: Sequence[Note]) -> NoteEdit | None:
    """Notes of one pitch and instrument made into one, from the first start to the last end.

    None if there are no two that belong together.
    """
    groups: dict[tuple[Instrument, int], list[Note]] = {}
    for note in sorted(notes):
        groups.setdefault((note.instrument, note.pitch), []).append(note)
    pairs = [group for group in groups.values() if len(group) > 1]
    if not pairs:
        return None
    before = tuple(note for group in pairs for note in group)
    after = tuple(replace(group[0], offset=max(note.offset for note in group)) for group in pairs)
    return NoteEdit(f"Join {count(before)}", before, after)


def split(notes: Sequence[Note], seconds: float) -> NoteEdit | None:
    """The notes that sound at a time, cut in two there; None if none does."""
    cut = tuple(
        note
        for note in notes
        if note.onset + MIN_DURATION <= seconds <= note.offset - MIN_DURATION and not note.is_drum
    )
    if not cut:
        return None
    after = tuple(
        part for note in cut for part in (replace(note, offset=seconds), replace(note, onset=seconds))
    )
    return NoteEdit(f"Split {count(cut)}", cut, after)


def quantised(notes: Sequence[Note], beats: Beats | None, strength: float = 1.0) -> NoteEdit | None:
    """Notes with their starts on the grid, as far as `strength` (0-1) goes; lengths stay.

    None without beats, or if all are there already.
    """
    after = tempo.quantised(notes, beats, strength)
    return NoteEdit(f"Quantise {count(notes)}", tuple(notes), after) if after != tuple(notes) else None


def pasted(notes: Sequence[Note], seconds: float) -> NoteEdit | None:
    """Copied notes put where the first begins at a time; None if nothing was copied."""
    if not notes:
        return None
    shift = max(seconds, 0.0) - min(note.onset for note in notes)
    after = tuple(replace(note, onset=note.onset + shift, offset=note.offset + shift) for note in notes)
    return NoteEdit(f"Paste {count(notes)}", (), after)


def count(notes: Sequence[Note]) -> str:
    """How many in words: "1 note", "3 notes"."""
    return "1 note" if len(notes) == 1 else f"{len(notes)} notes"
