"""The index of words anew from the texts that are kept."""

from __future__ import annotations

import sqlalchemy as sa

from storage.search_engines import engine_of
from storage.search_index import card_of
from storage.search_tables import search_cards
from storage.search_tokens import document_tokens
from storage.tables import search_entries

_AT_ONCE = 500
"""entries in memory"""


def rebuild_index(connection: sa.Connection) -> None:
    """Make everything findable whose text and card are there; the index of words is empty."""
    query = (
        sa.select(search_entries.c.text, search_cards)
        .join(search_cards, search_cards.c.id == search_entries.c.id)
        .order_by(search_cards.c.id)
        .limit(_AT_ONCE)
    )
    last = 0
    while rows := connection.execute(query.where(search_cards.c.id > last)).all():
        engine_of(connection).add(connection, {row.id: document_tokens(row.text, card_of(row)) for row in rows})
        last = rows[-1].id
