"""How the built-in model is made: music, sound, labels, training, evaluation, export. See `--help`."""
