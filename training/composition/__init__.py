"""Procedural music: plausible pieces for any line-up, with the exact time of every note.

A piece has a key, a mode, a metre, a tempo curve, chords in repeated sections and a line-up of tracks. Each
track plays a role over that harmony (bass, chords, arpeggio, melody, drums, …) within its instrument's range,
with human timing, dynamics and articulation. One track in eight plays at random, so that the network cannot
lean on harmony.
"""

from training.composition.piece import compose

__all__ = ["compose"]
