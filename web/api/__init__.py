"""The interface for other systems: the same use cases as the pages, under `/api/v1`."""
