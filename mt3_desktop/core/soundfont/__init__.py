"""SoundFonts (.sf2, .sf3): files of recorded instruments, read with numpy alone.

`SoundFont.open(path).voices(bank, program, key, velocity)` says what sounds for one note, in physical units;
`SoundFont.sample(index)` gives the recording it needs. `core/synth` makes sound of both.

Source: SoundFont Technical Specification 2.04 (E-mu/Creative, 2006); .sf3 is the same with Vorbis samples.
"""

from mt3_desktop.core.soundfont.bank import DRUM_BANK, SoundFont
from mt3_desktop.core.soundfont.voice import Envelope, Lfo, LoopMode, Tone, Voice

__all__ = ["DRUM_BANK", "Envelope", "Lfo", "LoopMode", "SoundFont", "Tone", "Voice"]
