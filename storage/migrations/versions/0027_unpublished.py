"""Digitized batches whose papers are still to be published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "unpublished",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_unpublished_batch_batches"),
        sa.PrimaryKeyConstraint("batch", name="pk_unpublished"),
    )
