"""Who is told of what happens: only webhooks are records; their secrets and attempts are left behind by an export."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import ReadText, UtcTime, metadata

webhooks = sa.Table(
    "webhooks",
    metadata,
    # also the name of its reader among `event_readers`
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("client", sa.ForeignKey("api_clients.id"), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("agencies", sa.JSON, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", ReadText, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("webhooks_by_client", "client"),
)

webhook_secrets = sa.Table(
    "webhook_secrets",
    metadata,
    sa.Column("webhook", sa.ForeignKey("webhooks.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),  # with a key that is not in the database
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),  # none: the newest
)

dead_letters = sa.Table(
    "dead_letters",
    metadata,
    sa.Column("reader", sa.ForeignKey("event_readers.name"), primary_key=True),
    sa.Column("event", sa.ForeignKey("events.number"), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
"""Events that a reader could not be told; a row goes when it is told again."""

delivery_attempts = sa.Table(
    "delivery_attempts",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("reader", sa.Text, nullable=False),
    sa.Column("event", sa.BigInteger),  # none: a test
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("milliseconds", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("delivery_attempts_by_reader", "reader", "number"),
    sa.Index("delivery_attempts_by_time", "at"),
)
"""How telling went lately."""
