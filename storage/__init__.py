"""Keeping: objects (a folder or any S3 server), records (SQL), search."""
