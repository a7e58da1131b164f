"""Compose and render the example song: `resources/example.ogg`, and its notes as `resources/example.mid`.

    python tools/make_example.py

Five bars for flute, piano, bass and drums, written here, played by the built-in SoundFont
(`resources/gm.sf3`). Nothing in it is taken from anywhere; the small irregularities of a player come from a
seeded generator. The song is under the project's own licence, the sounds under that of gm.LICENSE.txt (MIT).
"""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pretty_midi
import soundfile
from cut_soundfont import with_serial

from mt3_desktop.core.resources import resource
from mt3_desktop.core.soundfont import SoundFont
from mt3_desktop.core.synth import Synth, song_blocks
from mt3_desktop.core.values import Instrument, Note

RATE = 44_100
BEAT = 60 / 104  # seconds
BAR = 4
START = 0.35  # seconds of silence before the first note
TAIL = 1.6
PEAK = 0.89  # -1 dB

FLUTE, PIANO, BASS, DRUMS = Instrument(73), Instrument(0), Instrument(33), Instrument(0, is_drum=True)
LEVELS = {FLUTE: 1.0, PIANO: 1.7, BASS: 0.95, DRUMS: 0.75}
KICK, SNARE, CLOSED_HAT, OPEN_HAT, CRASH = 36, 38, 42, 46, 49

Score = list[tuple[float, float, int, int]]
"""(beat, length in beats, pitch, velocity)"""

MELODY: Score = [
    (0.0, 1.5, 76, 92), (1.5, 0.5, 74, 80), (2.0, 1.0, 72, 86), (3.0, 1.0, 79, 94),
    (4.0, 1.5, 76, 92), (5.5, 0.5, 74, 82), (6.0, 0.5, 72, 84), (6.5, 0.5, 74, 86), (7.0, 1.0, 76, 90),
    (8.0, 1.5, 81, 100), (9.5, 0.5, 79, 88), (10.0, 1.0, 77, 90), (11.0, 1.0, 76, 86),
    (12.0, 1.0, 74, 90), (13.0, 0.5, 76, 86), (13.5, 0.5, 77, 90), (14.0, 2.0, 79, 100),
    (16.0, 3.5, 76, 94),
]  # fmt: skip

CHORDS = [(60, 64, 67, 71), (57, 60, 64, 67), (57, 60, 65, 69), (59, 62, 65, 67), (60, 64, 67, 72)]
CHORD_RHYTHM = [(0.0, 1.4, 84), (1.5, 0.9, 72), (2.5, 1.3, 78)]

BASS_LINES = [
    [(0.0, 1.4, 36), (1.5, 0.45, 36), (2.0, 0.9, 43), (3.0, 0.9, 40)],
    [(0.0, 1.4, 45), (1.5, 0.45, 45), (2.0, 0.9, 40), (3.0, 0.9, 43)],
    [(0.0, 1.4, 41), (1.5, 0.45, 41), (2.0, 0.9, 45), (3.0, 0.9, 48)],
    [(0.0, 1.4, 43), (1.5, 0.45, 43), (2.0, 0.9, 47), (3.0, 0.9, 38)],
    [(0.0, 3.5, 36)],
]


def piano() -> Score:
    """Chords that leave room for the tune, the last one long and rolled a little."""
    score: Score = [
        (bar * BAR + beat, length, pitch, velocity)
        for bar, chord in enumerate(CHORDS[:-1])
        for beat, length, velocity in CHORD_RHYTHM
        for pitch in chord
    ]
    last = (len(CHORDS) - 1) * BAR
    return score + [(last + 0.04 * i, 3.4, pitch, 86) for i, pitch in enumerate(CHORDS[-1])]


def bass() -> Score:
    """One line per bar."""
    return [
        (bar * BAR + beat, length, pitch, 96)
        for bar, line in enumerate(BASS_LINES)
        for beat, length, pitch in line
    ]


def drums() -> Score:
    """A plain beat, a fill before the last bar, and a cymbal to end."""
    score: Score = [(0.0, 0.25, CRASH, 84), (16.0, 0.25, CRASH, 92), (16.0, 0.25, KICK, 104)]
    for bar in range(4):
        first = bar * BAR
        score += [(first + beat, 0.25, KICK, 106) for beat in (0.0, 2.0, 2.5)]
        score += [(first + beat, 0.25, SNARE, 98) for beat in (1.0, 3.0)]
        score += [
            (first + eighth / 2, 0.25, OPEN_HAT if eighth == 7 else CLOSED_HAT, 82 if eighth % 2 else 94)
            for eighth in range(8)
        ]
    return [*score, (15.25, 0.25, SNARE, 74), (15.75, 0.25, SNARE, 84)]


def played(score: Score, instrument: Instrument, chance: random.Random) -> list[Note]:
    """The notes of a score as a careful player would play them: some milliseconds and touches off."""
    notes = []
    for beat, length, pitch, velocity in score:
        onset = START + beat * BEAT + chance.uniform(-0.005, 0.005)
        touch = min(127, max(1, velocity + chance.randint(-4, 4)))
        notes.append(Note(onset, onset + length * BEAT, pitch, touch, instrument.program, instrument.is_drum))
    return notes


def main() -> None:
    """Write both files."""
    chance = random.Random(104)
    song = {
        instrument: played(score, instrument, chance)
        for instrument, score in ((FLUTE, MELODY), (PIANO, piano()), (BASS, bass()), (DRUMS, drums()))
    }
    synth = Synth(SoundFont.open(resource("gm.sf3")), RATE)
    end = round((max(note.offset for notes in song.values() for note in notes) + TAIL) * RATE)
    parts = [(synth.part(notes), LEVELS[instrument]) for instrument, notes in song.items()]
    sound = np.concatenate(list(song_blocks(synth, parts, end)))
    fade = round(0.8 * RATE)
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None] ** 2
    sound *= PEAK / np.abs(sound).max()
    folder = resource("gm.sf3").parent
    stream = io.BytesIO()
    soundfile.write(stream, sound, RATE, format="OGG", subtype="VORBIS", compression_level=0.6)
    (folder / "example.ogg").write_bytes(with_serial(stream.getvalue(), 1))
    write_midi(song, folder / "example.mid")
    print(f"{len(sound) / RATE:.2f} s, {sum(map(len, song.values()))} notes")


def write_midi(song: dict[Instrument, list[Note]], path: Path) -> None:
    """The notes as they were played."""
    midi = pretty_midi.PrettyMIDI(initial_tempo=60 / BEAT)
    for instrument, notes in song.items():
        track = pretty_midi.Instrument(program=instrument.program, is_drum=instrument.is_drum)
        track.notes = [pretty_midi.Note(n.velocity, n.pitch, n.onset, n.offset) for n in sorted(notes)]
        midi.instruments.append(track)
    midi.write(str(path))


if __name__ == "__main__":
    main()
