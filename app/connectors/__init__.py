"""Adapters of the systems around this one, over HTTP."""
