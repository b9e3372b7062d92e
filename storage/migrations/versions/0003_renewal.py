"""How long a signed copy proves itself, so that no file has to be read to find what is due; by which named signer an order is signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what stands there already is looked at when a forecast is next asked for."""
    op.add_column("copy_versions", sa.Column("proven_until", sa.DateTime(timezone=True)))
    op.add_column("copy_versions", sa.Column("renewal_reason", sa.Text()))
    op.add_column("signing_orders", sa.Column("signer", sa.Text()))
