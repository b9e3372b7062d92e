"""What passes between this installation and other systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of dossiers that other systems have, or are to have."""
    op.create_table(
        "synchronised",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_synchronised"),
        sa.UniqueConstraint("system", "dossier", name="uq_synchronised_system_dossier"),
    )
    op.create_index("synchronised_by_time", "synchronised", ["system", "first_taken_at"])
    op.create_table(
        "sync_queue",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.LargeBinary()),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sync_queue"),
        sa.UniqueConstraint("system", "dossier", name="uq_sync_queue_system_dossier"),
    )
    op.create_index("sync_queue_due", "sync_queue", ["system", "due_at"])
