"""Invented dossiers, drawn and scanned by code: for the demo, for tests, for calibration and benchmarks.

Nobody's data: names, addresses and organisations are put together from common syllables, and numbers pass their checks
but lie in ranges that are not handed out. Every number that decides how a page looks comes from the generator that is
passed in, so the same seed gives the same bytes (on one machine with one set of fonts and libraries).
"""
