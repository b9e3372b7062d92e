"""What officials were shown, delegations, and what lists need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _create_public_looks()


def _create_public_looks() -> None:
    """Create the notes of what the public looked at within the hour."""
    op.create_table(
        "public_looks",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document", "hour", name="pk_public_looks"),
    )
