"""Notes → a standard MIDI file, through pretty_midi.

Format 1, 480 ticks per quarter: a number that every sequencer divides evenly (the 220 of note-seq leaves no
exact semiquaver triplets). Times are real seconds at 120 bpm, where a tick is 1.04 ms, and no beat is
invented; or the user's tempo is written, and seconds stay what they are. One track per instrument, by
program, drums last and on channel 10.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from mt3_desktop.core.export.bars import BPM, REAL_TIME, TICKS_PER_QUARTER, TickMap, bars
from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.tracks import Track, tracks_of
from mt3_desktop.core.values import Instrument, Note

if TYPE_CHECKING:
    from mido import MidiFile
    from pretty_midi import Instrument as MidiInstrument
    from pretty_midi import PrettyMIDI

TICKS_PER_SECOND = TICKS_PER_QUARTER * BPM / 60

DRUM_CHANNEL = 9  # the tenth
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

_TickNote = tuple[int, int, int, int]
"""On, off, pitch, velocity."""


def notes_to_pretty_midi(notes: Iterable[Note], tracks: Iterable[Track] | None = None) -> PrettyMIDI:
    """The notes as a `PrettyMIDI` object.

    A note that sounds when the same key of the same instrument is struck again ends there: in MIDI its
    note-off would silence the new one. Those that begin together all stay, as the published programs write
    them, and end together.

    Args:
        notes: in any order.
        tracks: names of the instruments; those without one are called by their General MIDI name.
    """
    return _pretty(notes, tracks, REAL_TIME)


def _pretty(notes: Iterable[Note], tracks: Iterable[Track] | None, grid: TickMap) -> PrettyMIDI:
    """As `notes_to_pretty_midi`; its times are ticks of `grid` at 120 bpm, whatever their tempo."""
    from pretty_midi import PrettyMIDI

    by_instrument: dict[Instrument, list[Note]] = defaultdict(list)
    for note in notes:
        by_instrument[note.instrument].append(note)
    names = {track.instrument: track.name for track in tracks or ()}
    midi = PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=BPM)
    midi.instruments = [
        _midi_instrument(track.instrument, names, by_instrument[track.instrument], grid)
        for track in tracks_of(note for group in by_instrument.values() for note in group)
    ]
    return midi


def write(
    file: BinaryIO,
    notes: Iterable[Note],
    tracks: Iterable[Track] | None = None,
    *,
    tempo: Tempo | None = None,
) -> None:
    """Write notes as a standard MIDI file; the same notes always give the same bytes.

    Args:
        file: open for binary writing.
        notes: in any order.
        tracks: names of the instruments, as in `notes_to_pretty_midi`.
        tempo: the bars that those of the file are to follow; None for real time on a grid of 120 bpm.
    """
    from mido import MidiFile

    grid = REAL_TIME if tempo is None else bars(tempo)
    midi = _pretty(notes, tracks, grid)
    names = [instrument.name for instrument in midi.instruments]
    for instrument in midi.instruments:
        instrument.name = ""  # pretty_midi writes Latin-1 only; the names come in below
    raw = io.BytesIO()
    midi.write(raw)
    raw.seek(0)
    finished = MidiFile(file=raw, charset="utf-8")
    if tempo is not None:
        _conduct(finished, grid)
    _label(finished, names, [instrument.is_drum for instrument in midi.instruments])
    finished.save(file=file)


def _midi_instrument(
    instrument: Instrument, names: dict[Instrument, str], notes: Sequence[Note], grid: TickMap
) -> MidiInstrument:
    import pretty_midi

    name = names.get(instrument) or instrument_name(instrument)
    result = pretty_midi.Instrument(program=instrument.program, is_drum=instrument.is_drum, name=name)
    result.notes = [
        pretty_midi.Note(velocity, pitch, on / TICKS_PER_SECOND, off / TICKS_PER_SECOND)
        for on, off, pitch, velocity in sorted(_without_overlaps(notes, grid))
    ]
    return result


def _without_overlaps(notes: Iterable[Note], grid: TickMap) -> Iterator[_TickNote]:
    """Notes on the grid of ticks, each ended by the next start on its pitch, none shorter than a tick."""
    strikes: dict[int, dict[int, list[Note]]] = defaultdict(lambda: defaultdict(list))
    for note in notes:
        strikes[note.pitch][grid.tick(note.onset)].append(note)
    for pitch, by_tick in strikes.items():
        starts = sorted(by_tick)
        for on, following in zip(starts, [*starts[1:], None], strict=True):
            off = max(on + 1, *(grid.tick(note.offset) for note in by_tick[on]))
            end = off if following is None else min(off, following)
            yield from ((on, end, pitch, note.velocity) for note in by_tick[on])


def _conduct(midi: MidiFile, grid: TickMap) -> None:
    """Write tempo and metre of a grid in the place of those of pretty_midi."""
    from mido import MetaMessage

    messages, at = [], 0
    for stretch in grid.stretches:
        messages += [
            MetaMessage("time_signature", numerator=stretch.beats_per_bar, time=stretch.tick - at),
            MetaMessage("set_tempo", tempo=stretch.beat_microseconds, time=0),
        ]
        at = stretch.tick
    midi.tracks[0][:] = [*messages, MetaMessage("end_of_track", time=0)]


def _label(midi: MidiFile, names: Sequence[str], are_drums: Sequence[bool]) -> None:
    """Name the tracks, and give each melodic one a channel of its own.

    Sixteen channels hold fifteen melodic instruments. The sixteenth begins a second port, which sequencers
    know as another device; a player that ignores ports still finds each track's own program.
    """
    from mido import MetaMessage

    n_melodic = 0
    for track, name, is_drum in zip(midi.tracks[1:], names, are_drums, strict=True):
        track[:] = [message for message in track if message.type != "track_name"]
        header = [MetaMessage("track_name", name=name, time=0)]
        if not is_drum:
            port, position = divmod(n_melodic, len(MELODIC_CHANNELS))
            n_melodic += 1
            if port:
                header.append(MetaMessage("midi_port", port=port, time=0))
            for message in track:
                if not message.is_meta:
                    message.channel = MELODIC_CHANNELS[position]
        track[:0] = header
