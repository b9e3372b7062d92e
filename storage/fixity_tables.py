"""When each object of each store was last read as a whole. No record of the archive: it can be found out again."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

fixity_checks = sa.Table(
    "fixity_checks",
    metadata,
    sa.Column("store", sa.Text, primary_key=True),
    sa.Column("area", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("checked_at", UtcTime),  # none: never yet
    sa.Column("outcome", sa.Text),
    sa.Index("fixity_checks_by_age", "store", "checked_at", "area", "sha256"),
    sa.Index("fixity_checks_by_outcome", "store", "outcome"),
)
