"""Notes → a standard MIDI file, through pretty_midi.

Format 1, 480 ticks per quarter at 120 bpm, so a tick is 1.04 ms: finer than any model hears, and a number
that every sequencer divides evenly (the 220 of note-seq leaves no exact semiquaver triplets). Times are
real seconds; no beat is invented. One track per instrument, by program, drums last and on channel 10.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO

from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.tracks import Track, tracks_of
from mt3_desktop.core.values import Instrument, Note

if TYPE_CHECKING:
    from mido import MidiFile
    from pretty_midi import Instrument as MidiInstrument
    from pretty_midi import PrettyMIDI

TICKS_PER_QUARTER = 480
BPM = 120.0
TICKS_PER_SECOND = TICKS_PER_QUARTER * BPM / 60

DRUM_CHANNEL = 9  # the tenth
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

_TickNote = tuple[int, int, int, int]
"""On, off, pitch, velocity."""


def notes_to_pretty_midi(notes: Iterable[Note], tracks: Iterable[Track] | None = None) -> PrettyMIDI:
    """The notes as a `PrettyMIDI` object.

    A note that sounds when the same key of the same instrument is struck again ends there: in MIDI its
    note-off would silence the new one. Of two that begin together the longer stays.

    Args:
        notes: in any order.
        tracks: names of the instruments; those without one are called by their General MIDI name.
    """
    from pretty_midi import PrettyMIDI

    by_instrument: dict[Instrument, list[Note]] = defaultdict(list)
    for note in notes:
        by_instrument[note.instrument].append(note)
    names = {track.instrument: track.name for track in tracks or ()}
    midi = PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=BPM)
    midi.instruments = [
        _midi_instrument(track.instrument, names, by_instrument[track.instrument])
        for track in tracks_of(note for group in by_instrument.values() for note in group)
    ]
    return midi


def write(file: BinaryIO, notes: Iterable[Note], tracks: Iterable[Track] | None = None) -> None:
    """Write notes as a standard MIDI file; the same notes always give the same bytes.

    Args:
        file: open for binary writing.
        notes: in any order.
        tracks: names of the instruments, as in `notes_to_pretty_midi`.
    """
    from mido import MidiFile

    midi = notes_to_pretty_midi(notes, tracks)
    names = [instrument.name for instrument in midi.instruments]
    for instrument in midi.instruments:
        instrument.name = ""  # pretty_midi writes Latin-1 only; the names come in below
    raw = io.BytesIO()
    midi.write(raw)
    raw.seek(0)
    finished = MidiFile(file=raw, charset="utf-8")
    _label(finished, names, [instrument.is_drum for instrument in midi.instruments])
    finished.save(file=file)


def _midi_instrument(
    instrument: Instrument, names: dict[Instrument, str], notes: Sequence[Note]
) -> MidiInstrument:
    import pretty_midi

    name = names.get(instrument) or instrument_name(instrument)
    result = pretty_midi.Instrument(program=instrument.program, is_drum=instrument.is_drum, name=name)
    result.notes = [
        pretty_midi.Note(velocity, pitch, on / TICKS_PER_SECOND, off / TICKS_PER_SECOND)
        for on, off, pitch, velocity in sorted(_without_overlaps(notes))
    ]
    return result


def _without_overlaps(notes: Iterable[Note]) -> Iterator[_TickNote]:
    """Notes on the grid of ticks, at most one sounding per pitch, none shorter than a tick."""
    by_pitch: dict[int, dict[int, _TickNote]] = defaultdict(dict)
    for note in notes:
        on = max(0, round(note.onset * TICKS_PER_SECOND))
        off = max(on + 1, round(note.offset * TICKS_PER_SECOND))
        same = by_pitch[note.pitch].get(on, (on, off, note.pitch, note.velocity))
        by_pitch[note.pitch][on] = (on, max(off, same[1]), note.pitch, max(note.velocity, same[3]))
    for strikes in by_pitch.values():
        ordered = [strikes[on] for on in sorted(strikes)]
        for (on, off, pitch, velocity), following in pairwise(ordered):
            yield on, min(off, following[0]), pitch, velocity
        yield ordered[-1]


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
