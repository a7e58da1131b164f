"""Event vocabularies: tokens to notes and back."""
