"""QObjects without widgets: threads, queue, settings, player."""
