"""One intention of a user a file; they know ports, never adapters."""
