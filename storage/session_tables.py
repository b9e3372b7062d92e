"""Who is signed in, and who guesses. None of it is a record: signing in and out stands in the audit trail."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # SHA-256 of the secret in the cookie
    sa.Column("account", sa.ForeignKey("accounts.id")),
    sa.Column("owner", sa.ForeignKey("owners.id")),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("assured", sa.Boolean, nullable=False),
    sa.Index("sessions_by_account", "account"),
    sa.Index("sessions_by_end", "ends_at"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    # SHA-256 of `login` or `address` and the name: what people type for a login may be their password
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    sa.Column("locked_until", UtcTime),
    sa.Index("sign_in_failures_by_age", "last_at"),
)
