"""Saving songs: which notes, in which formats, under which names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.saved_files import SavedFiles
from mt3_desktop.app.settings import Existing, ExportSound
from mt3_desktop.app.song_parts import TAIL_SECONDS
from mt3_desktop.app.sound_export import SoundExport, export_sound
from mt3_desktop.core import export
from mt3_desktop.core.export import Format
from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage
from mt3_desktop.core.tempo import Tempo, quantised
from mt3_desktop.core.tracks import Track, audible, tracks_of
from mt3_desktop.core.values import Instrument, Note, Transcription, sort_key

PLACEHOLDERS = ("{song}", "{model}", "{date}")
SOUND_SUFFIX = ".wav"
QUANTISED = " (quantised)"
"""What the name of a quantised copy ends with."""
MAX_NAME_BYTES = 200
"""Of the 255 bytes that file systems allow; the rest is for track names, numbers and temporary endings."""

Chosen = Callable[[], Transcription]
"""Notes that are to be saved: worked out when they are first asked for, in whichever thread that is."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How songs are to be saved.

    Attributes:
        folder: where to.
        pattern: name without ending; may contain `PLACEHOLDERS`.
        formats: what is written for each song.
        per_track: MIDI as one file per track.
        include_muted: write muted tracks too.
        follow_bars: MIDI in the tempo of the song's bars, where it has some; seconds stay what they are.
        quantised_copy: with the bars, a second MIDI file whose notes lie on them.
        sound: a WAV file too: of the notes, or of the original and the notes.
        existing: what happens to a file of the same name; "ask" counts as "number" here.
        span: only notes that start in this span of seconds, or None.
        notes: only these notes, or None; makes sense for a single song.
        instruments: only the tracks of these, or None; makes sense for a single song.
    """

    folder: Path
    pattern: str = "{song}-{model}"
    formats: tuple[Format, ...] = (Format.MIDI,)
    per_track: bool = False
    include_muted: bool = False
    follow_bars: bool = False
    quantised_copy: bool = False
    sound: ExportSound = "none"
    existing: Existing = "number"
    span: tuple[float, float] | None = None
    notes: tuple[Note, ...] | None = None
    instruments: frozenset[Instrument] | None = None


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file that is to be written.

    Attributes:
        path: where to, if nothing is in the way.
        write: writes it to the path that it is given; raises `NotWritable` or `DiskFull`.
        n_notes: how many notes it contains at most: how long it takes.
    """

    path: Path
    write: Callable[[Path], object]
    n_notes: int


def song_name(pattern: str, song: str, model_title: str, *, today: date | None = None) -> str:
    """A pattern filled in, as a file's name without its ending that is valid on every system."""
    values = (song, model_title, (today or date.today()).isoformat())
    for placeholder, value in zip(PLACEHOLDERS, values, strict=True):
        pattern = pattern.replace(placeholder, value)
    name = export.file_name(pattern)
    while len(name.encode()) > MAX_NAME_BYTES:
        name = name[:-1]
    return name


def note_files(
    document: TranscriptionDocument, options: ExportOptions, model_title: str
) -> tuple[PlannedFile, ...]:
    """The files of notes that a song is to become, in every chosen format.

    Which notes they contain is worked out when they are written.

    Args:
        document: the song as it is now; later changes do not reach the files.
        options: how it is to be saved.
        model_title: what its model is called.
    """
    tempo = document.tempo if options.follow_bars else None
    n_notes = document.n_notes if options.notes is None else len(options.notes)
    return tuple(
        PlannedFile(path, partial(_write, notes, tracks=document.tracks, kind=kind, tempo=tempo), n_notes)
        for path, kind, notes in _files(options, document, model_title)
    )


def sound_target(options: ExportOptions, document: TranscriptionDocument, model_title: str) -> Path:
    """The WAV file that a song becomes if nothing is in the way."""
    return options.folder / f"{song_name(options.pattern, document.name, model_title)}{SOUND_SUFFIX}"


def sound_of(
    document: TranscriptionDocument, options: ExportOptions, *, soundfont: Path, balance: float
) -> SoundExport:
    """What the WAV file of a song is to contain.

    A loop is cut out of the song as it sounds, with what rings into it; of selected notes the file begins
    with the first.

    Args:
        document: the song.
        options: how it is to be saved.
        soundfont: the instruments.
        balance: 0-1 between original and notes.
    """
    notes, span = document.outgoing.transcription().notes, options.span
    if options.notes:
        notes = options.notes
        span = (min(note.onset for note in notes), max(note.offset for note in notes) + TAIL_SECONDS)
    tracks = document.tracks
    if options.include_muted:
        tracks = tuple(replace(track, muted=False, soloed=False) for track in tracks)
    if options.instruments is not None:
        notes = tuple(note for note in notes if note.instrument in options.instruments)
    return SoundExport(
        notes=notes,
        tracks=tracks,
        soundfont=soundfont,
        original=document.path if options.sound == "mix" else None,
        balance=balance,
        span=span,
    )


def write_notes(
    planned: Sequence[PlannedFile], files: SavedFiles, report: Report, cancel: CancelToken
) -> None:
    """Write files of notes; of long songs, not in the main thread.

    Args:
        planned: the files, in order.
        files: of this export; takes the files.
        report: told about `Stage.READ`, in files.
        cancel: checked before each file; those that are complete by then stay.

    Raises:
        NotWritable: if a file cannot be written there.
        DiskFull: if there is no room.
        Cancelled: after `cancel.cancel()`.
    """
    for n_done, file in enumerate(planned):
        cancel.check()
        files.put(file.path, file.write)
        report(Progress(Stage.READ, n_done + 1.0, float(len(planned)), "files"))


def write_sounds(
    songs: Sequence[tuple[Path, SoundExport]], files: SavedFiles, report: Report, cancel: CancelToken
) -> None:
    """Write songs as WAV files; takes a while, so not in the main thread.

    Args:
        songs: each wanted path with what the file is to contain.
        files: of this export; takes the files.
        report: told about `Stage.READ`, in songs.
        cancel: checked all the time; files that are complete by then stay.

    Raises:
        MT3Error: as `export_sound` and `SavedFiles.put`.
        Cancelled: after `cancel.cancel()`.
    """
    for n_done, (path, song) in enumerate(songs):

        def report_all(progress: Progress, n_done: int = n_done) -> None:
            done = n_done + (progress.fraction or 0.0)
            report(Progress(Stage.READ, done, float(len(songs)), "songs"))

        files.put(path, partial(export_sound, song=song, report=report_all, cancel=cancel))


def _write(
    notes: Chosen, path: Path, *, tracks: tuple[Track, ...], kind: Format, tempo: Tempo | None
) -> Path:
    return export.write(notes(), path, tracks=tracks, kind=kind, tempo=tempo)


def _files(
    options: ExportOptions, document: TranscriptionDocument, model_title: str
) -> Iterator[tuple[Path, Format, Chosen]]:
    """Each file of a song: its path, its format, its notes."""
    everything = _chosen(options, document)
    name = song_name(options.pattern, document.name, model_title)
    for kind in options.formats:
        if kind is not Format.MIDI:
            yield options.folder / f"{name}{kind.suffix}", kind, everything
            continue
        yield from _midi_files(options, document, name, everything)
        if options.follow_bars and options.quantised_copy and document.tempo is not None:
            copy = cache(partial(_on_the_grid, everything, document.tempo))
            yield from _midi_files(options, document, f"{name}{QUANTISED}", copy)


def _midi_files(
    options: ExportOptions, document: TranscriptionDocument, name: str, everything: Chosen
) -> Iterator[tuple[Path, Format, Chosen]]:
    """The MIDI file of some notes, or one per track."""
    suffix = Format.MIDI.suffix
    if not options.per_track:
        yield options.folder / f"{name}{suffix}", Format.MIDI, everything
        return
    taken: list[Path] = []
    for track in tracks_of(everything().notes, document.tracks):
        wanted = options.folder / f"{name} - {export.file_name(track.name)}{suffix}"
        taken.append(export.unused(wanted, taken=taken))  # two tracks may have the same name
        yield taken[-1], Format.MIDI, partial(_part, everything, track.instrument)


def _chosen(options: ExportOptions, document: TranscriptionDocument) -> Chosen:
    """The part of a song that is to be saved."""
    instruments = None if options.include_muted else audible(document.tracks)
    if options.instruments is not None:
        instruments = options.instruments if instruments is None else instruments & options.instruments
    chosen = partial(
        document.outgoing.transcription, instruments=instruments, span=options.span, notes=options.notes
    )
    return cache(chosen)


def _part(everything: Chosen, instrument: Instrument) -> Transcription:
    """The notes of one instrument."""
    whole = everything()
    return replace(whole, notes=tuple(note for note in whole.notes if note.instrument == instrument))


def _on_the_grid(everything: Chosen, tempo: Tempo) -> Transcription:
    whole = everything()
    notes = sorted(quantised(whole.notes, tempo.beats(whole.duration)), key=sort_key)
    last = max((note.offset for note in notes), default=0.0)
    return replace(whole, notes=tuple(notes), duration=max(whole.duration, last))
