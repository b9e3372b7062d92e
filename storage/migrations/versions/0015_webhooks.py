"""Who is told of what happens, and what could not be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of webhooks; readers rest, and deliveries know since when they are tried."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agencies", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.ForeignKeyConstraint(["client"], ["api_clients.id"], name="fk_webhooks_client"),
    )
    op.create_index("webhooks_by_client", "webhooks", ["client"])
    op.create_table(
        "webhook_secrets",
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("webhook", "number", name="pk_webhook_secrets"),
        sa.ForeignKeyConstraint(["webhook"], ["webhooks.id"], name="fk_webhook_secrets_webhook"),
    )
    _create_dead_letters()
    op.add_column("event_readers", sa.Column("failures", sa.Integer()))
    op.add_column("event_readers", sa.Column("rests_until", sa.DateTime(timezone=True)))
    op.add_column("deliveries", sa.Column("tried_since", sa.DateTime(timezone=True)))


def _create_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("event", _NUMBER, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "event", name="pk_dead_letters"),
        sa.ForeignKeyConstraint(["reader"], ["event_readers.name"], name="fk_dead_letters_reader"),
        sa.ForeignKeyConstraint(["event"], ["events.number"], name="fk_dead_letters_event"),
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("event", sa.BigInteger()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_delivery_attempts"),
    )
    op.create_index("delivery_attempts_by_reader", "delivery_attempts", ["reader", "number"])
    op.create_index("delivery_attempts_by_time", "delivery_attempts", ["at"])
