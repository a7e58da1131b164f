"""Saving songs: which notes, in which formats, under which names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.settings import Existing
from mt3_desktop.core import export
from mt3_desktop.core.errors import NotWritable
from mt3_desktop.core.export import Format
from mt3_desktop.core.store.disk import to_recycle_bin
from mt3_desktop.core.tracks import audible, tracks_of
from mt3_desktop.core.values import Note, Transcription

PLACEHOLDERS = ("{song}", "{model}", "{date}")
MAX_NAME_BYTES = 200
"""Of the 255 bytes that file systems allow; the rest is for track names, numbers and temporary endings."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How songs are to be saved.

    Attributes:
        folder: where to.
        pattern: name without ending; may contain `PLACEHOLDERS`.
        formats: what is written for each song.
        per_track: MIDI as one file per track.
        include_muted: write muted tracks too.
        existing: what happens to a file of the same name; "ask" counts as "number" here.
        span: only notes that start in this span of seconds, or None.
        notes: only these notes, or None; makes sense for a single song.
    """

    folder: Path
    pattern: str = "{song}-{model}"
    formats: tuple[Format, ...] = (Format.MIDI,)
    per_track: bool = False
    include_muted: bool = False
    existing: Existing = "number"
    span: tuple[float, float] | None = None
    notes: tuple[Note, ...] | None = None


def song_name(pattern: str, song: str, model_title: str, *, today: date | None = None) -> str:
    """A pattern filled in, as a file's name without its ending that is valid on every system."""
    values = (song, model_title, (today or date.today()).isoformat())
    for placeholder, value in zip(PLACEHOLDERS, values, strict=True):
        pattern = pattern.replace(placeholder, value)
    name = export.file_name(pattern)
    while len(name.encode()) > MAX_NAME_BYTES:
        name = name[:-1]
    return name


def targets(options: ExportOptions, document: TranscriptionDocument, model_title: str) -> tuple[Path, ...]:
    """The files that a song becomes if nothing is in the way."""
    return tuple(path for path, _kind, _notes in _files(options, document, model_title))


def chosen_notes(document: TranscriptionDocument, options: ExportOptions) -> Transcription:
    """The part of a song that is to be saved."""
    instruments = None if options.include_muted else audible(document.tracks)
    return document.transcription(instruments=instruments, span=options.span, notes=options.notes)


def export_song(
    document: TranscriptionDocument, options: ExportOptions, model_title: str
) -> tuple[Path, ...]:
    """Save a song in every chosen format.

    A file that is replaced goes to the recycle bin, and only after its successor is complete.

    Returns:
        The files written.

    Raises:
        NotWritable: if a file cannot be written.
        DiskFull: if there is no room.
    """
    written: list[Path] = []
    for path, kind, notes in _files(options, document, model_title):
        fresh = export.unused(path, also_on_disk=True)
        export.write(notes, fresh, tracks=document.tracks, kind=kind)
        if fresh != path and options.existing == "replace":
            fresh = _put_in_place(fresh, path)
        written.append(fresh)
    return tuple(written)


def _files(
    options: ExportOptions, document: TranscriptionDocument, model_title: str
) -> Iterator[tuple[Path, Format, Transcription]]:
    """Each file of a song: its path, its format, its notes."""
    everything = chosen_notes(document, options)
    name = song_name(options.pattern, document.name, model_title)
    for kind in options.formats:
        if kind is not Format.MIDI or not options.per_track:
            yield options.folder / f"{name}{kind.suffix}", kind, everything
            continue
        taken: list[Path] = []
        for track in tracks_of(everything.notes, document.tracks):
            own = tuple(note for note in everything.notes if note.instrument == track.instrument)
            wanted = options.folder / f"{name} - {export.file_name(track.name)}{kind.suffix}"
            taken.append(export.unused(wanted, taken=taken))  # two tracks may have the same name
            yield taken[-1], kind, replace(everything, notes=own)


def _put_in_place(fresh: Path, path: Path) -> Path:
    try:
        to_recycle_bin(path)
        return fresh.replace(path)
    except OSError as error:
        raise NotWritable(
            f'Can\'t replace "{path.name}".',
            hint=f'The notes were saved as "{fresh.name}" beside it.',
            detail=str(error),
        ) from error
