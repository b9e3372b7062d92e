"""What people are reviewing: what they are typing, what they have before them, and what two have to enter."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON(none_as_null=True)),  # none: the paper has no such value
    sa.Column("accepted", sa.Boolean, nullable=False),
    # of the document that was seen
    sa.Column("version", sa.Integer, nullable=False),
    # page, box and what was read in it, where somebody drew one
    sa.Column("place", sa.JSON(none_as_null=True)),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("drafts_by_age", "at"),
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("until", UtcTime, nullable=False),
)

field_entries = sa.Table(
    "field_entries",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("by", sa.Text, primary_key=True),
    sa.Column("at", UtcTime, primary_key=True),
    sa.Column("value", sa.JSON(none_as_null=True)),  # none: the paper has no such value
    sa.Index("field_entries_by_person", "by", "document"),
)
"""Who entered what in fields that two have to enter; part of the document's record."""
