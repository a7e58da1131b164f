"""Notes → a standard MIDI file, or a `PrettyMIDI` object.

Format 1, 480 ticks per quarter: a number that every sequencer divides evenly (the 220 of note-seq leaves no
exact semiquaver triplets). Times are real seconds at 120 bpm, where a tick is 1.04 ms, and no beat is
invented; or the user's tempo is written, and seconds stay what they are. One track per instrument, by
program, drums last and on channel 10.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from mt3_desktop.core.export import smf
from mt3_desktop.core.export.bars import BPM, REAL_TIME, TICKS_PER_QUARTER, TickMap, bars
from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.tracks import Track, tracks_of
from mt3_desktop.core.values import Instrument, Note

if TYPE_CHECKING:
    from pretty_midi import Instrument as MidiInstrument
    from pretty_midi import PrettyMIDI

TICKS_PER_SECOND = TICKS_PER_QUARTER * BPM / 60

DRUM_CHANNEL = 9  # the tenth
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


def notes_to_pretty_midi(notes: Iterable[Note], tracks: Iterable[Track] | None = None) -> PrettyMIDI:
    """The notes as a `PrettyMIDI` object.

    A note that sounds when the same key of the same instrument is struck again ends there: in MIDI its
    note-off would silence the new one. Those that begin together all stay, as the published programs write
    them, and end together.

    Args:
        notes: in any order.
        tracks: names of the instruments; those without one are called by their General MIDI name.
    """
    from pretty_midi import PrettyMIDI

    by_instrument = _by_instrument(notes)
    names = {track.instrument: track.name for track in tracks or ()}
    midi = PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=BPM)
    midi.instruments = [
        _midi_instrument(track.instrument, names, by_instrument[track.instrument])
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
    grid = REAL_TIME if tempo is None else bars(tempo)
    by_instrument = _by_instrument(notes)
    names = {track.instrument: track.name for track in tracks or ()}
    parts, n_melodic = [_conductor(grid, has_tempo=tempo is not None)], 0
    for track in tracks_of(note for group in by_instrument.values() for note in group):
        instrument = track.instrument
        name = names.get(instrument) or instrument_name(instrument)
        notes_of_track = _without_overlaps(by_instrument[instrument], grid)
        parts.append(_track(instrument, name, notes_of_track, n_melodic))
        n_melodic += not instrument.is_drum
    file.write(smf.file_bytes(parts, TICKS_PER_QUARTER))


def _by_instrument(notes: Iterable[Note]) -> dict[Instrument, list[Note]]:
    groups: dict[Instrument, list[Note]] = defaultdict(list)
    for note in notes:
        groups[note.instrument].append(note)
    return groups


def _midi_instrument(
    instrument: Instrument, names: dict[Instrument, str], notes: Sequence[Note]
) -> MidiInstrument:
    import pretty_midi

    name = names.get(instrument) or instrument_name(instrument)
    result = pretty_midi.Instrument(program=instrument.program, is_drum=instrument.is_drum, name=name)
    result.notes = [
        pretty_midi.Note(velocity, pitch, on / TICKS_PER_SECOND, off / TICKS_PER_SECOND)
        for on, off, pitch, velocity in sorted(_without_overlaps(notes, REAL_TIME))
    ]
    return result


def _without_overlaps(notes: Iterable[Note], grid: TickMap) -> Iterator[smf.TickNote]:
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


def _conductor(grid: TickMap, *, has_tempo: bool) -> bytes:
    """The track of tempo and metre."""
    if not has_tempo:
        real_time, first = grid.stretches[0].beat_microseconds, grid.stretches[0].beats_per_bar
        end = smf.meta(smf.END_OF_TRACK, delta=1)
        return smf.set_tempo(real_time) + smf.time_signature(first) + end
    events, at = [], 0
    for stretch in grid.stretches:
        events.append(smf.time_signature(stretch.beats_per_bar, delta=stretch.tick - at))
        events.append(smf.set_tempo(stretch.beat_microseconds))
        at = stretch.tick
    return b"".join(events) + smf.meta(smf.END_OF_TRACK)


def _track(instrument: Instrument, name: str, notes: Iterable[smf.TickNote], n_melodic: int) -> bytes:
    """A track with its name, and a channel of its own if it is melodic.

    Sixteen channels hold fifteen melodic instruments. The sixteenth begins a second port, which sequencers
    know as another device; a player that ignores ports still finds each track's own program.

    Args:
        instrument: whose track.
        name: what it is called.
        notes: on the grid of ticks.
        n_melodic: how many melodic tracks there are before it.
    """
    port, position = divmod(n_melodic, len(MELODIC_CHANNELS))
    channel = DRUM_CHANNEL if instrument.is_drum else MELODIC_CHANNELS[position]
    header = smf.meta(smf.TRACK_NAME, name.encode())
    if port and not instrument.is_drum:
        header += smf.meta(smf.PORT, bytes((port,)))
    header += smf.program_change(channel, instrument.program)
    return header + smf.note_events(notes, channel) + smf.meta(smf.END_OF_TRACK, delta=1)
