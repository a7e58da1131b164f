"""The headless core: sound in, notes out. No Qt, no sound card."""
