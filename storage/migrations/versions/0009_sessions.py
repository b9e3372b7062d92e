"""Who is signed in, second factors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of sessions and failed attempts."""
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("assured", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_sessions_account"),
        sa.ForeignKeyConstraint(["owner"], ["owners.id"], name="fk_sessions_owner"),
    )
    op.create_index("sessions_by_account", "sessions", ["account"])
    op.create_index("sessions_by_end", "sessions", ["ends_at"])
    op.create_table(
        "sign_in_failures",
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("who", name="pk_sign_in_failures"),
    )
    op.create_index("sign_in_failures_by_age", "sign_in_failures", ["last_at"])
