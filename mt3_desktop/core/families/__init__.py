"""Discovery of model families."""
