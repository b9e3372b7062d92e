"""Formats in which papers and what is known of them go to other systems and come from there: value to bytes, bytes to value."""
