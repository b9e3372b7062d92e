"""Retention, holds, disposal, keys of encrypted objects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "sealed_objects",
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sealed_sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("area", "sha256", name="pk_sealed_objects"),
        sa.UniqueConstraint("area", "sealed_sha256", name="uq_sealed_objects_area_sealed_sha256"),
    )
    op.create_index("sealed_objects_by_key", "sealed_objects", ["key"])
