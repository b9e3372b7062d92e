"""Owners, their depositories, and who looked into them."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import ReadText, UtcTime, metadata

owners = sa.Table(
    "owners",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", ReadText, nullable=False),
    sa.Column("birth_date", sa.Text),  # a year alone where no more is known
    sa.Column("paper", ReadText, nullable=False),
    # name, birth date and another paper, folded, of an owner without a number: one owner a description
    sa.Column("description", sa.Text, unique=True),
    # the owner that this one was found to be; always one that is itself no other
    sa.Column("same_as", sa.ForeignKey("owners.id")),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Index("owners_same", "same_as"),
)

owner_identifiers = sa.Table(
    "owner_identifiers",
    metadata,
    # a number names one owner
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("owner", sa.ForeignKey("owners.id"), nullable=False),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Index("owner_identifiers_by_owner", "owner"),
)

owner_links = sa.Table(
    "owner_links",
    metadata,
    sa.Column("old_kind", sa.Text, primary_key=True),
    sa.Column("old_value", sa.Text, primary_key=True),
    sa.Column("new_kind", sa.Text, primary_key=True),
    sa.Column("new_value", sa.Text, primary_key=True),
    sa.Column("owner", sa.ForeignKey("owners.id"), nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("document", sa.ForeignKey("documents.id")),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("linked_at", UtcTime, nullable=False),
    sa.Index("owner_links_by_owner", "owner"),
)

holdings = sa.Table(
    "holdings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.ForeignKey("owners.id"), nullable=False),
    sa.Column("document", sa.ForeignKey("documents.id"), nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    # the parts of the code, and the code as it was written
    sa.Column("code_owner", sa.Text, nullable=False),
    sa.Column("code_type", sa.Text, nullable=False),
    sa.Column("code_serial", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("published_at", UtcTime, nullable=False),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
    sa.Column("valid_scope", ReadText, nullable=False),
    sa.Column("purpose", ReadText, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("superseded_by", sa.ForeignKey("documents.id")),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("changed_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False),
    # a paper lies in an owner's depository once
    sa.UniqueConstraint("document", "owner"),
    # a code is given once
    sa.UniqueConstraint("code_owner", "code_type", "code_serial"),
    sa.Index("holdings_by_owner", "owner", "type"),
    sa.Index("holdings_by_code", "code"),
)

archive_codes = sa.Table(
    "archive_codes",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("organ", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.UniqueConstraint("organ", "kind", "serial"),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.ForeignKey("owners.id"), nullable=False),
    sa.Column("agency", sa.Text, nullable=False),  # empty: any
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("types", sa.JSON, nullable=False),  # none: all
    sa.Column("given_at", UtcTime, nullable=False),
    sa.Column("until", UtcTime),
    sa.Column("withdrawn_at", UtcTime),
    sa.Index("consents_by_owner", "owner"),
)

accesses = sa.Table(
    "accesses",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("owner", sa.ForeignKey("owners.id"), nullable=False),
    sa.Column("holding", sa.ForeignKey("holdings.id"), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("dossier", sa.Text),
    sa.Index("accesses_by_owner", "owner", "id"),
)
"""The owner's access log; rows are added, and neither changed nor removed (triggers of step 0006)."""
