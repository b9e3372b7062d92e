"""The official's desk: what was shown to whom, and who may sign in whose stead."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

shown_pages = sa.Table(
    "shown_pages",
    metadata,
    sa.Column("account", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("page", sa.Integer, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
)
"""How far somebody has looked at a file; its rows go when all of it was shown."""

displays = sa.Table(
    "displays",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # derived from account, document and digest
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("document", sa.ForeignKey("documents.id"), nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.UniqueConstraint("account", "document", "sha256"),
)
"""Rows are neither changed nor removed (triggers of step 0012); so are those of the two tables below."""

delegations = sa.Table(
    "delegations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("principal", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("deputy", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("capacity", sa.Text, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date, nullable=False),  # the last day
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("given_at", UtcTime, nullable=False),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.CheckConstraint("principal <> deputy AND since <= until", name="ck_delegations_sound"),
    sa.Index("delegations_by_principal", "principal"),
    sa.Index("delegations_by_deputy", "deputy"),
)

delegation_ends = sa.Table(
    "delegation_ends",
    metadata,
    sa.Column("delegation", sa.ForeignKey("delegations.id"), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
