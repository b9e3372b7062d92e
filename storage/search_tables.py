"""What matches of a search are narrowed to and counted by; their words stand in the index `search_words` of each database."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import metadata

search_cards = sa.Table(
    "search_cards",
    metadata,
    sa.Column("id", sa.ForeignKey("search_entries.id"), primary_key=True, autoincrement=False),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("dossier", sa.Text),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # ISO dates, as they are compared and cut; no database needs to count with them
    sa.Column("issued", sa.Text),
    sa.Column("received", sa.Text, nullable=False),
)
"""Narrow, and apart from the texts: a thousand matches are counted by reading a thousand rows."""
