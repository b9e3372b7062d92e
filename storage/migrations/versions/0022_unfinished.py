"""Batches that are not done are found at once, among however many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index them."""
    unfinished = sa.text("state = 'received'")
    op.create_index(
        "batches_unfinished",
        "batches",
        ["created_at", "id"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
