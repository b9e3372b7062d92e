"""Digitized batches whose papers are still to be published."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import metadata

unpublished = sa.Table(
    "unpublished",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
)
