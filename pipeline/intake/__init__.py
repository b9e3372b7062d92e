"""Files to sources: what came in, what it is, whether it can be read."""
