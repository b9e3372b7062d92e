"""Sentences that people read, one file a language."""
