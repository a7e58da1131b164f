"""General MIDI: program names, families, percussion keys.

Source: General MIDI System Level 1 (MMA, 1991), sound set and percussion key map.
"""

from __future__ import annotations

from mt3_desktop.core.values import Instrument

PROGRAM_NAMES: tuple[str, ...] = (
    "Acoustic grand piano", "Bright acoustic piano", "Electric grand piano", "Honky-tonk piano",
    "Electric piano 1", "Electric piano 2", "Harpsichord", "Clavinet",
    "Celesta", "Glockenspiel", "Music box", "Vibraphone",
    "Marimba", "Xylophone", "Tubular bells", "Dulcimer",
    "Drawbar organ", "Percussive organ", "Rock organ", "Church organ",
    "Reed organ", "Accordion", "Harmonica", "Tango accordion",
    "Acoustic guitar (nylon)", "Acoustic guitar (steel)", "Electric guitar (jazz)", "Electric guitar (clean)",
    "Electric guitar (muted)", "Overdriven guitar", "Distortion guitar", "Guitar harmonics",
    "Acoustic bass", "Electric bass (finger)", "Electric bass (pick)", "Fretless bass",
    "Slap bass 1", "Slap bass 2", "Synth bass 1", "Synth bass 2",
    "Violin", "Viola", "Cello", "Contrabass",
    "Tremolo strings", "Pizzicato strings", "Orchestral harp", "Timpani",
    "String ensemble 1", "String ensemble 2", "Synth strings 1", "Synth strings 2",
    "Choir aahs", "Voice oohs", "Synth voice", "Orchestra hit",
    "Trumpet", "Trombone", "Tuba", "Muted trumpet",
    "French horn", "Brass section", "Synth brass 1", "Synth brass 2",
    "Soprano sax", "Alto sax", "Tenor sax", "Baritone sax",
    "Oboe", "English horn", "Bassoon", "Clarinet",
    "Piccolo", "Flute", "Recorder", "Pan flute",
    "Blown bottle", "Shakuhachi", "Whistle", "Ocarina",
    "Lead 1 (square)", "Lead 2 (sawtooth)", "Lead 3 (calliope)", "Lead 4 (chiff)",
    "Lead 5 (charang)", "Lead 6 (voice)", "Lead 7 (fifths)", "Lead 8 (bass and lead)",
    "Pad 1 (new age)", "Pad 2 (warm)", "Pad 3 (polysynth)", "Pad 4 (choir)",
    "Pad 5 (bowed)", "Pad 6 (metallic)", "Pad 7 (halo)", "Pad 8 (sweep)",
    "FX 1 (rain)", "FX 2 (soundtrack)", "FX 3 (crystal)", "FX 4 (atmosphere)",
    "FX 5 (brightness)", "FX 6 (goblins)", "FX 7 (echoes)", "FX 8 (sci-fi)",
    "Sitar", "Banjo", "Shamisen", "Koto",
    "Kalimba", "Bagpipe", "Fiddle", "Shanai",
    "Tinkle bell", "Agogo", "Steel drums", "Woodblock",
    "Taiko drum", "Melodic tom", "Synth drum", "Reverse cymbal",
    "Guitar fret noise", "Breath noise", "Seashore", "Bird tweet",
    "Telephone ring", "Helicopter", "Applause", "Gunshot",
)  # fmt: skip

FAMILY_NAMES: tuple[str, ...] = (
    "Piano", "Chromatic percussion", "Organ", "Guitar", "Bass", "Strings", "Ensemble", "Brass",
    "Reed", "Pipe", "Synth lead", "Synth pad", "Synth effects", "Ethnic", "Percussive", "Sound effects",
)  # fmt: skip

DRUM_NAMES: dict[int, str] = {
    27: "High Q", 28: "Slap", 29: "Scratch push", 30: "Scratch pull", 31: "Sticks", 32: "Square click",
    33: "Metronome click", 34: "Metronome bell", 35: "Acoustic bass drum", 36: "Bass drum",
    37: "Side stick", 38: "Acoustic snare", 39: "Hand clap", 40: "Electric snare", 41: "Low floor tom",
    42: "Closed hi-hat", 43: "High floor tom", 44: "Pedal hi-hat", 45: "Low tom", 46: "Open hi-hat",
    47: "Low-mid tom", 48: "High-mid tom", 49: "Crash cymbal 1", 50: "High tom", 51: "Ride cymbal 1",
    52: "China cymbal", 53: "Ride bell", 54: "Tambourine", 55: "Splash cymbal", 56: "Cowbell",
    57: "Crash cymbal 2", 58: "Vibraslap", 59: "Ride cymbal 2", 60: "High bongo", 61: "Low bongo",
    62: "Mute high conga", 63: "Open high conga", 64: "Low conga", 65: "High timbale", 66: "Low timbale",
    67: "High agogo", 68: "Low agogo", 69: "Cabasa", 70: "Maracas", 71: "Short whistle", 72: "Long whistle",
    73: "Short guiro", 74: "Long guiro", 75: "Claves", 76: "High woodblock", 77: "Low woodblock",
    78: "Mute cuica", 79: "Open cuica", 80: "Mute triangle", 81: "Open triangle", 82: "Shaker",
    83: "Jingle bell", 84: "Bell tree", 85: "Castanets", 86: "Mute surdo", 87: "Open surdo",
}  # fmt: skip

PROGRAMS_PER_FAMILY = 8
assert len(PROGRAM_NAMES) == PROGRAMS_PER_FAMILY * len(FAMILY_NAMES) == 128

PITCH_NAMES: tuple[str, ...] = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
DRUMS = Instrument(program=0, is_drum=True)


def family(program: int) -> int:
    """Index into `FAMILY_NAMES` of a program."""
    return program // PROGRAMS_PER_FAMILY


def instrument_name(instrument: Instrument) -> str:
    """What users read: "Drums", "Acoustic bass"."""
    return "Drums" if instrument.is_drum else PROGRAM_NAMES[instrument.program]


def pitch_name(pitch: int) -> str:
    """Scientific name of a MIDI pitch; 60 is C4."""
    return f"{PITCH_NAMES[pitch % 12]}{pitch // 12 - 1}"


def drum_name(key: int) -> str:
    """Name of a General MIDI percussion key, or "Drum 12" outside the map."""
    return DRUM_NAMES.get(key, f"Drum {key}")
