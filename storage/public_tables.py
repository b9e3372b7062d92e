"""What the public has looked at, so that the audit trail has one entry of it an hour and not one of each look."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

public_looks = sa.Table(
    "public_looks",
    metadata,
    sa.Column("document", sa.Text, primary_key=True),
    sa.Column("hour", UtcTime, primary_key=True),  # its beginning
)
"""Rows go after a day: the trail keeps what counts."""
