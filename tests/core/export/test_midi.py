"""MIDI files that any sequencer reads: right channels, names, times, and no note cut by another's end."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import mido
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.core.export import midi
from mt3_desktop.core.tempo import Tempo, quantised
from mt3_desktop.core.tracks import tracks_of
from mt3_desktop.core.values import Instrument, Note, Transcription

TICK = 1 / midi.TICKS_PER_SECOND

BAND = (
    Note(0.0, 1.0, 60, 100, 0),
    Note(0.5, 0.75, 38, 90, 0, is_drum=True),
    Note(0.5, 2.0, 36, 80, 33),
    Note(1.25, 1.5, 72, 70, 48),
)


def written(notes: Iterable[Note], **names: object) -> mido.MidiFile:
    file = io.BytesIO()
    midi.write(file, notes, **names)
    file.seek(0)
    return mido.MidiFile(file=file, charset="utf-8")


def sounding(file: mido.MidiFile) -> list[tuple[str, int, int, int, float, float]]:
    """(track, channel, pitch, velocity, on, off) of every note; an end is that of the oldest one held."""
    notes = []
    for track in file.tracks[1:]:
        now, held = 0, defaultdict(list)
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = (message.channel, message.note)
            if message.type == "note_on" and message.velocity:
                assert all(start == now for start, _ in held[key]), "a note is struck while it sounds"
                held[key].append((now, message.velocity))
            else:
                start, velocity = held[key].pop(0)
                notes.append((track.name, *key, velocity, start / 960, now / 960))
        assert not any(held.values()), "a note never ends"
    return sorted(notes)


def test_file_is_read_back_as_it_was() -> None:
    file = written(BAND)
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert sounding(file) == [
        ("Acoustic grand piano", 0, 60, 100, 0.0, 1.0),
        ("Drums", 9, 38, 90, 0.5, 0.75),
        ("Electric bass (finger)", 1, 36, 80, 0.5, 2.0),
        ("String ensemble 1", 2, 72, 70, 1.25, 1.5),
    ]


def test_each_track_has_its_program_and_drums_come_last() -> None:
    file = written(BAND)
    assert [track.name for track in file.tracks[1:]][-1] == "Drums"
    programs = [[m.program for m in track if m.type == "program_change"] for track in file.tracks[1:]]
    assert programs == [[0], [33], [48], [0]]


def test_tempo_is_120_and_stated() -> None:
    assert [m.tempo for m in written(BAND).tracks[0] if m.type == "set_tempo"] == [500_000]


def test_struck_again_while_it_sounds() -> None:
    notes = (Note(0.0, 2.0, 60, 100, 0), Note(1.0, 3.0, 60, 90, 0), Note(2.5, 2.6, 60, 80, 0))
    assert [(velocity, on, off) for *_, velocity, on, off in sounding(written(notes))] == [
        (80, 2.5, 2.6),
        (90, 1.0, 2.5),
        (100, 0.0, 1.0),
    ]


def test_notes_that_begin_together_end_together() -> None:
    notes = (Note(1.0, 1.5, 60, 100, 0), Note(1.0, 3.0, 60, 60, 0))
    assert sounding(written(notes)) == [
        ("Acoustic grand piano", 0, 60, 60, 1.0, 3.0),
        ("Acoustic grand piano", 0, 60, 100, 1.0, 3.0),
    ]


def test_same_pitch_of_two_instruments_does_not_meet() -> None:
    notes = (Note(0.0, 2.0, 60, 100, 0), Note(1.0, 3.0, 60, 90, 40))
    assert len(sounding(written(notes))) == 2
    assert {off for *_, off in sounding(written(notes))} == {2.0, 3.0}


def test_no_note_vanishes_however_short() -> None:
    (note,) = sounding(written([Note(1.0, 1.0000001, 60, 1, 0)]))
    assert note[5] - note[4] == pytest.approx(TICK)


def test_times_are_true_to_half_a_tick() -> None:
    notes = [Note(1.2345, 2.3456, 60, 100, 0), Note(3599.9991, 3600.4567, 61, 100, 0)]
    for note, (*_, on, off) in zip(notes, sounding(written(notes)), strict=True):
        assert on == pytest.approx(note.onset, abs=TICK / 2 + 1e-9)
        assert off == pytest.approx(note.offset, abs=TICK / 2 + 1e-9)


def test_more_instruments_than_channels_use_a_second_port() -> None:
    notes = [Note(0.0, 1.0, 60, 100, program) for program in range(40)] + [Note(0.0, 1.0, 38, 100, 0, True)]
    file = written(notes)
    places = []
    for track in file.tracks[1:]:
        (channel,) = {message.channel for message in track if not message.is_meta}
        ports = [message.port for message in track if message.type == "midi_port"]
        places.append((sum(ports), channel))
        is_drums = track.name == "Drums"
        assert (channel == midi.DRUM_CHANNEL) == is_drums
    assert len(set(places)) == len(places) == 41
    assert max(port for port, _ in places) == 2


def test_names_of_a_person_are_kept_in_any_script() -> None:
    (piano,) = tracks_of([BAND[0]])
    renamed = [type(piano)(piano.instrument, "Фортепиано 🎹", 0, 1)]
    assert written([BAND[0]], tracks=renamed).tracks[1].name == "Фортепиано 🎹"


def test_no_notes_are_a_file_without_tracks() -> None:
    file = written([])
    assert sounding(file) == []
    assert len(file.tracks) == 1


def test_same_notes_give_the_same_bytes() -> None:
    one, other = io.BytesIO(), io.BytesIO()
    midi.write(one, BAND)
    midi.write(other, reversed(BAND))
    assert one.getvalue() == other.getvalue()


def test_pretty_midi_object(tmp_path: Path) -> None:
    transcription = Transcription(BAND, 2.0, "fake", "band.wav")
    instruments = transcription.to_pretty_midi().instruments
    assert [(one.program, one.is_drum, one.name) for one in instruments] == [
        (0, False, "Acoustic grand piano"),
        (33, False, "Electric bass (finger)"),
        (48, False, "String ensemble 1"),
        (0, True, "Drums"),
    ]
    read = pretty_midi.PrettyMIDI(str(transcription.save(tmp_path / "band.mid")))
    for ours, theirs in zip(instruments, read.instruments, strict=True):
        assert [vars(note) for note in theirs.notes] == [pytest.approx(vars(note)) for note in ours.notes]


notes_of_all_kinds = st.lists(
    st.builds(
        lambda onset, length, pitch, velocity, program, is_drum: Note(
            onset, onset + length, pitch, velocity, 0 if is_drum else program, is_drum
        ),
        st.floats(0, 5),
        st.floats(0.0001, 3),
        st.integers(60, 62),
        st.integers(1, 127),
        st.integers(0, 2),
        st.booleans(),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(notes_of_all_kinds)
def test_every_note_survives_and_none_cuts_another(notes: list[Note]) -> None:
    played = sounding(written(notes))
    wanted = Counter((note.pitch, round(note.onset * midi.TICKS_PER_SECOND)) for note in notes)
    assert Counter((pitch, round(on * 960)) for _, _, pitch, _, on, _ in played) == wanted
    assert all(off > on for *_, on, off in played)


@pytest.mark.parametrize("model", ["model_A", "model_B"])
@pytest.mark.parametrize("sound", ["s1", "s2", "s4"])
def test_file_holds_the_notes_of_the_reference(golden: Callable[[str], Path], model: str, sound: str) -> None:
    outputs = json.loads(golden(f"mt3/{model}/outputs.json").read_text())
    notes = [Note(*note[:6]) for note in outputs[sound]["notes"]]
    reference = pretty_midi.PrettyMIDI(str(golden(f"mt3/{model}/midi/{sound}.mid")))
    assert heard(midi.notes_to_pretty_midi(notes)) == heard(reference)


def heard(file: pretty_midi.PrettyMIDI) -> list[tuple[int, bool, int, int, int]]:
    """Program, drum flag, pitch, velocity and onset in 10 ms of every note."""
    return sorted(
        (part.program, part.is_drum, note.pitch, note.velocity, round(note.start * 100))
        for part in file.instruments
        for note in part.notes
    )


def test_drums_are_one_instrument() -> None:
    notes = [Note(0.0, 0.1, 38, 90, program, is_drum=True) for program in (0, 5)]
    assert {note.instrument for note in notes} == {Instrument(0, is_drum=True)}
    assert len(written(notes).tracks) == 2


# --- bars ---


def starts(file: mido.MidiFile) -> list[tuple[float, int]]:
    """(seconds, tick) of every note-on, by the tempo that the file states."""
    found, seconds, tick, tempo = [], 0.0, 0, 500_000
    for message in mido.merge_tracks(file.tracks):
        seconds += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        tick += message.time
        if message.type == "set_tempo":
            tempo = message.tempo
        elif message.type == "note_on" and message.velocity:
            found.append((seconds, tick))
    return found


def bar_lines(file: mido.MidiFile, n_bars: int) -> list[int]:
    """The ticks at which the first bars begin, by the metre that the file states."""
    metres, tick = [], 0
    for message in file.tracks[0]:
        tick += message.time
        if message.type == "time_signature":
            metres.append((tick, message.numerator))
    lines = [0]
    while len(lines) < n_bars:
        beats = [numerator for start, numerator in metres if start <= lines[-1]][-1]
        lines.append(lines[-1] + beats * file.ticks_per_beat)
    return lines


TEMPI = (
    Tempo(96.0),
    Tempo(96.0, downbeat=0.4),
    Tempo(97.3, downbeat=7.77, beats_per_bar=3),
    Tempo(60.0, downbeat=4.1),  # a tenth of a beat after a whole bar
    Tempo(250.0, downbeat=0.05),
    Tempo(33.0, downbeat=100.0, beats_per_bar=5),
)


@pytest.mark.parametrize("tempo", TEMPI, ids=str)
def test_bars_change_no_time(tempo: Tempo) -> None:
    onsets = [0.0, 0.033, 0.41, 1.5, 7.77, 63.21, 599.9]
    file = written([Note(onset, onset + 0.2, 60, 90, 0) for onset in onsets], tempo=tempo)

    half_a_tick = 0.5 * 60 / tempo.bpm / file.ticks_per_beat
    assert [seconds for seconds, _tick in starts(file)] == pytest.approx(onsets, abs=half_a_tick + 1e-5)


@pytest.mark.parametrize("tempo", TEMPI, ids=str)
def test_bar_lines_of_the_file_are_those_of_the_user(tempo: Tempo) -> None:
    bar = tempo.beat_seconds * tempo.beats_per_bar
    bars = [tempo.downbeat + number * bar for number in range(4)]
    file = written([Note(onset, onset + 0.1, 60, 90, 0) for onset in bars], tempo=tempo)

    assert {tick for _seconds, tick in starts(file)} <= set(bar_lines(file, 40))


def test_quantised_notes_lie_on_ticks_of_the_grid() -> None:
    tempo = Tempo(97.0, downbeat=1.3)
    notes = [Note(0.31 * number, 0.31 * number + 0.2, 60, 90, 0) for number in range(5, 60)]
    file = written(quantised(notes, tempo.beats(30.0)), tempo=tempo)

    assert {tick % (file.ticks_per_beat // 4) for _seconds, tick in starts(file)} == {0}


def test_without_a_tempo_no_beat_is_invented() -> None:
    file = written([Note(0.5, 1.0, 60, 90, 0)])

    assert [message.tempo for message in file.tracks[0] if message.type == "set_tempo"] == [500_000]
