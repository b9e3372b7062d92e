"""Two faces of the same use cases: pages for people, HTTP API for systems."""
