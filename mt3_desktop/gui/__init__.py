"""Widgets: they show values and emit wishes."""
