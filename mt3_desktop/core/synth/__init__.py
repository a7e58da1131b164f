"""The synthesiser: notes in, sound out, with the instruments of a SoundFont.

synth = Synth(SoundFont.open(path), rate=44100)
part = synth.part(notes)                      # one per track, so that mute and solo are a sum
frames = synth.render(part, 0, part.end)      # (n, 2) float32
"""

from mt3_desktop.core.synth.level import MASTER_GAIN, soft_limit
from mt3_desktop.core.synth.part import Part
from mt3_desktop.core.synth.render import BLOCK_SECONDS, Synth, song_blocks

__all__ = ["BLOCK_SECONDS", "MASTER_GAIN", "Part", "Synth", "soft_limit", "song_blocks"]
