"""The audit trail's tables; their triggers, which forbid changing and removing, stand in the migrations."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject_kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("audit_entries_by_subject", "subject_kind", "subject_id", "number"),
    sa.Index("audit_entries_by_time", "at"),
    sa.Index("audit_entries_by_author", "author", "number"),
    sa.Index("audit_entries_by_action", "action", "number"),
)

audit_days = sa.Table(
    "audit_days",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),  # of the office, such as 2026-01-31
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("token", sa.Text),  # none: there was no time-stamp authority
    sa.Index("audit_days_by_object", "object"),
    sa.Index("audit_days_by_token", "token"),
)
"""One seal a day; see `pipeline.domain.audit_seal`."""
