"""Results → files that other programs open; the ending of the name says which kind."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mt3_desktop.core.errors import NotWritable
from mt3_desktop.core.export import midi, tables
from mt3_desktop.core.export.files import require_writable, write_atomically
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.tracks import Track, tracks_of
from mt3_desktop.core.values import Transcription

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

__all__ = [
    "Format",
    "file_name",
    "fitting",
    "format_of",
    "require_writable",
    "to_pretty_midi",
    "unused",
    "write",
    "write_each_track",
]

MAX_NAME_BYTES = 255
"""What nearly every file system allows."""

_Writer = Callable[[BinaryIO, Transcription, "Iterable[Track] | None"], None]


class Format(Enum):
    """A kind of file to export; the value is what users type and the usual ending."""

    MIDI = "midi"
    CSV = "csv"
    JSON = "json"

    @property
    def suffix(self) -> str:
        """Ending of a file of this kind: ".mid"."""
        return ".mid" if self is Format.MIDI else f".{self.value}"


def format_of(path: Path) -> Format | None:
    """The format that the ending of a name asks for, or None if it asks for none we write."""
    return _SUFFIXES.get(path.suffix.lower())


def write(
    transcription: Transcription,
    path: Path,
    *,
    tracks: Iterable[Track] | None = None,
    kind: Format | None = None,
    tempo: Tempo | None = None,
) -> Path:
    """Write a file, whole or not at all.

    Args:
        transcription: the notes.
        path: where to; its ending chooses the format.
        tracks: names of the instruments where a person changed them.
        kind: the format, whatever the ending.
        tempo: the bars that those of a MIDI file are to follow; seconds stay what they are.

    Returns:
        `path`.

    Raises:
        NotWritable: if the file cannot be written there, or the ending is none of ours.
        DiskFull: if there is no room.
    """
    kind = kind or format_of(path)
    if kind is None:
        endings = ", ".join(_SUFFIXES)
        raise NotWritable(f'Can\'t save as "{path.name}".', hint=f"The name must end with one of {endings}.")
    writer = _WRITERS[kind] if kind is not Format.MIDI else partial(_write_midi, tempo=tempo)
    return write_atomically(path, lambda file: writer(file, transcription, tracks))


def write_each_track(
    transcription: Transcription, path: Path, *, tracks: Iterable[Track] | None = None
) -> tuple[Path, ...]:
    """Write one MIDI file per instrument beside `path`: "song.mid" → "song - Drums.mid".

    Returns:
        The paths written, in the order of the tracks.

    Raises:
        NotWritable: if a file cannot be written there.
        DiskFull: if there is no room.
    """
    written: list[Path] = []
    for track in tracks_of(transcription.notes, tracks or ()):
        notes = tuple(note for note in transcription.notes if note.instrument == track.instrument)
        target = unused(fitting(path, f" - {file_name(track.name)}"), taken=written)
        written.append(write(replace(transcription, notes=notes), target, tracks=[track], kind=Format.MIDI))
    return tuple(written)


def to_pretty_midi(transcription: Transcription) -> PrettyMIDI:
    """The notes as a `pretty_midi.PrettyMIDI` object, one instrument per program, drums last."""
    return midi.notes_to_pretty_midi(transcription.notes)


def file_name(text: str) -> str:
    """Text as a part of a file's name, on every system: "Lead 1 (square)", "A-B" for "A/B"."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "-", text).strip(" .") or "-"


def unused(path: Path, *, taken: Iterable[Path] = (), also_on_disk: bool = False) -> Path:
    """`path`, or "name (2).mid" and so on if that is taken; a name that no disk takes is shortened.

    Args:
        path: the wanted path.
        taken: paths that are given away already; compared as a system that ignores case would.
        also_on_disk: whether a file that exists counts as taken.
    """
    given = {str(other).casefold() for other in taken}
    candidate, number = fitting(path), 1
    # not Path.exists, which raises for a folder whose name is too long: whoever writes there says so
    while str(candidate).casefold() in given or (also_on_disk and os.path.exists(candidate)):  # noqa: PTH110
        number += 1
        candidate = fitting(path, f" ({number})")
    return candidate


def fitting(path: Path, addition: str = "") -> Path:
    """`path` with `addition` behind its stem, which is cut where the name would be too long for a disk.

    For names that we make of others, such as "song - Drums.mid": a recording may be called as long as can be.
    """
    name = f"{path.stem}{addition}{path.suffix}"
    excess = len(os.fsencode(name)) - MAX_NAME_BYTES
    if excess > 0:
        stem = os.fsencode(path.stem)[:-excess].decode("utf-8", "ignore").rstrip(" .")
        name = f"{stem}{addition}{path.suffix}"
    return path.with_name(name)


def _write_midi(
    file: BinaryIO,
    transcription: Transcription,
    tracks: Iterable[Track] | None,
    *,
    tempo: Tempo | None = None,
) -> None:
    midi.write(file, transcription.notes, tracks, tempo=tempo)


_WRITERS: dict[Format, _Writer] = {
    Format.MIDI: _write_midi,
    Format.CSV: tables.write_csv,
    Format.JSON: tables.write_json,
}
_SUFFIXES = {".mid": Format.MIDI, ".midi": Format.MIDI, ".csv": Format.CSV, ".json": Format.JSON}
