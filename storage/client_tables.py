"""Programs of other systems that may ask. Only they are records; their tokens and answers last for hours."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

api_clients = sa.Table(
    "api_clients",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("agencies", sa.JSON, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("secret_hash", sa.Text),
    sa.Column("certificate", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("api_clients_by_subject", "subject", unique=True),
)

access_tokens = sa.Table(
    "access_tokens",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # SHA-256 of the token, which only its client has
    sa.Column("client", sa.ForeignKey("api_clients.id"), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("certificate", sa.Text),
    sa.Column("issued_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Index("access_tokens_by_client", "client"),
    sa.Index("access_tokens_by_end", "expires_at"),
)

given_answers = sa.Table(
    "given_answers",
    metadata,
    sa.Column("client", sa.ForeignKey("api_clients.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # SHA-256 of the Idempotency-Key
    sa.Column("request", sa.Text, nullable=False),  # SHA-256 of what was asked
    sa.Column("taken_at", UtcTime, nullable=False),
    # these come with the answer
    sa.Column("status", sa.Integer),
    sa.Column("headers", sa.JSON(none_as_null=True)),
    sa.Column("body", sa.LargeBinary),
    sa.Index("given_answers_by_age", "taken_at"),
)
