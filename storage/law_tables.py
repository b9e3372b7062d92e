"""What came of checking the laws last. No record: it is found again at any time."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

law_checks = sa.Table(
    "law_checks",
    metadata,
    sa.Column("law", sa.Text, primary_key=True),
    sa.Column("checked_at", UtcTime, nullable=False),
    sa.Column("looked_at", sa.BigInteger, nullable=False),
    sa.Column("broken", sa.BigInteger, nullable=False),
)
