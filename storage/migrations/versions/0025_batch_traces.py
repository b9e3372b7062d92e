"""To which trace the work on a batch belongs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "batch_traces",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_batch_traces_batch_batches"),
        sa.PrimaryKeyConstraint("batch", name="pk_batch_traces"),
    )
