"""What passes between this installation and other systems."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import ReadText, UtcTime, metadata

synchronised = sa.Table(
    "synchronised",
    metadata,
    # derived from system and dossier: one row for each, so that nothing is counted twice
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("dossier", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # SHA-256 of the message that it took last
    sa.Column("first_taken_at", UtcTime, nullable=False),
    sa.Column("taken_at", UtcTime, nullable=False),
    # addresses of results' files that it took
    sa.Column("results", sa.Integer),
    sa.UniqueConstraint("system", "dossier"),
    sa.Index("synchronised_by_time", "system", "first_taken_at"),
)
"""Dossiers that another system has taken."""

sync_queue = sa.Table(
    "sync_queue",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # as above
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("dossier", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # SHA-256 of the message that is wanted there
    sa.Column("state", sa.Text, nullable=False),
    # the message, as long as it is to be sent
    sa.Column("message", sa.LargeBinary),
    sa.Column("queued_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("reason", ReadText, nullable=False),
    sa.Column("results", sa.Integer),  # addresses of results' files in the message
    sa.UniqueConstraint("system", "dossier"),
    sa.Index("sync_queue_due", "system", "due_at"),
)
"""What another system is to have, and how far that has come: what is left to do, and no record."""
