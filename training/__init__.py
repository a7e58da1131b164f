"""How the built-in model is made: music, sound, labels, training, evaluation, export. See `--help`."""

RATE = 16_000
"""Samples a second of all sound that is made here."""
