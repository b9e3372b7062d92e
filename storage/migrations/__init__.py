"""How the database came to be, step by step, forwards only. Run by `storage.schema`."""
