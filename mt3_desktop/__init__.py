"""MT3 Desktop: notes from a recording, on your own computer."""

__version__ = "0.1.0"
