"""Who is signed in or about to be, who guesses, second factors. None of it is a record: what is done with it stands in the audit trail."""

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

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("account", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),  # by a key that is not in the database
    sa.Column("confirmed_at", UtcTime),
    sa.Column("last_step", sa.BigInteger, nullable=False),  # time steps up to this one are used up
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("account", sa.ForeignKey("second_factors.account"), primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
)
"""Codes that were not used."""

provider_requests = sa.Table(
    "provider_requests",
    metadata,
    sa.Column("state", sa.Text, primary_key=True),  # SHA-256 of it
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False),
    sa.Column("browser", sa.Text, nullable=False),
    sa.Column("redirect", sa.Text, nullable=False),
    sa.Column("return_to", sa.Text, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
)
"""Who was sent to an identity provider and has not come back."""
