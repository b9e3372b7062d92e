"""Papers of batches that are being read."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import metadata

early_papers = sa.Table(
    "early_papers",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),  # of its first page among those of the batch
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("conformance", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)
