"""Orders to sign and how far they have come, tickets of desktop agents, codes of results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _orders()
    op.create_table(
        "tickets",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("document_sha256", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("certificates", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_tickets"),
    )
    op.create_index("tickets_by_end", "tickets", ["expires_at"])
    op.create_table(
        "results",
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_results_document"),
        sa.PrimaryKeyConstraint("dossier", "number", name="pk_results"),
        sa.UniqueConstraint("document", name="uq_results_document"),
    )


def _orders() -> None:
    op.create_table(
        "signing_orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("organ", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text()),
        sa.Column("manifest_signature", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_signing_orders"),
    )
    op.create_table(
        "signing_items",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("signed", sa.Text()),
        sa.Column("level", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["signing_orders.id"], name="fk_signing_items_order_id"),
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_signing_items"),
        sa.UniqueConstraint("order_id", "document", name="uq_signing_items_order_id_document"),
    )
    op.create_index("signing_items_by_document", "signing_items", ["document"])
    op.create_index("signing_items_by_state", "signing_items", ["state"])
