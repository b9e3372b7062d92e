"""Pages and words to searchable PDF/A copies."""
