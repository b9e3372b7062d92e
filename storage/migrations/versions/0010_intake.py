"""What is coming in: uploads, phones, watched folders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of intakes, their files and the tickets of phones."""
    _intakes()
    _files()
    op.create_table(
        "phone_tickets",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("intake", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_phone_tickets"),
        sa.ForeignKeyConstraint(["intake"], ["intakes.id"], name="fk_phone_tickets_intake"),
    )
    op.create_index("phone_tickets_by_intake", "phone_tickets", ["intake"])
    op.create_index("phone_tickets_by_end", "phone_tickets", ["ends_at"])


def _intakes() -> None:
    op.create_table(
        "intakes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dossier", sa.Text()),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closing_at", sa.DateTime(timezone=True)),
        sa.Column("batch", sa.Text()),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intakes"),
    )
    op.create_index("intakes_by_state", "intakes", ["state", "touched_at"])
    op.create_index("intakes_by_batch", "intakes", ["batch"])


def _files() -> None:
    op.create_table(
        "intake_files",
        sa.Column("intake", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("media_type", sa.Text()),
        sa.Column("pages", sa.Integer()),
        sa.Column("unlooked", sa.Integer()),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("twin", sa.JSON()),
        sa.Column("kept_anyway", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", sa.Integer()),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("intake", "number", name="pk_intake_files"),
        sa.ForeignKeyConstraint(["intake"], ["intakes.id"], name="fk_intake_files_intake"),
    )
    op.create_index("intake_files_by_change", "intake_files", ["intake", "change"])
    op.create_index("intake_files_by_content", "intake_files", ["intake", "sha256"])
    op.create_index("intake_files_unlooked", "intake_files", ["unlooked", "state"])
