"""Sending what happened to other systems."""
