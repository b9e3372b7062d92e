"""Pages to words: pixels, orientation, skew, blank pages, codes, text."""
