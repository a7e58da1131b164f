"""One file per format; every write is atomic."""
