"""Parts of batches that are being read."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

parts = sa.Table(
    "parts",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("part", sa.Text, nullable=False),  # as JSON: which pages, and how they are read
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("failed", sa.JSON, nullable=False),  # [source, page, code of the error]
    # as of leases
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
)
