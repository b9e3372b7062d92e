"""Finding among millions: tokens instead of words with positions, cards to count by, and the agency of a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.search_engines import engine_of
from storage.search_tokens import Card, document_tokens, iso_day

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AT_ONCE = 500
"""entries that are read and indexed together"""
_VIETNAM = dt.timezone(dt.timedelta(hours=7))
_ENTRIES = sa.text(
    "SELECT e.id, e.text, d.batch, d.dossier, b.agency, d.type, d.state, f.value AS issued, b.created_at"
    " FROM search_entries AS e JOIN documents AS d ON d.id = e.document JOIN batches AS b ON b.id = d.batch"
    " LEFT JOIN fields AS f ON f.document = d.id AND f.name = 'issued_date'"
    " WHERE e.id > :after ORDER BY e.id LIMIT :limit"
).columns(issued=sa.JSON(), created_at=sa.DateTime(timezone=True))  # named: others would be matched by their place


def upgrade() -> None:
    """Create the tables, and fill them from the texts that are kept."""
    op.add_column("batches", sa.Column("agency", sa.Text()))
    op.create_table(
        "search_cards",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text()),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued", sa.Text()),
        sa.Column("received", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["search_entries.id"], name="fk_search_cards_id"),
        sa.PrimaryKeyConstraint("id", name="pk_search_cards"),
    )
    op.execute("DROP TABLE search_words")
    if op.get_bind().dialect.name == "postgresql":
        # tokens are read only when the index is built anew: kept apart, so that matches are counted in narrow rows
        op.execute(
            "CREATE TABLE search_words (id integer PRIMARY KEY REFERENCES search_entries (id),"
            " tokens tsvector NOT NULL) WITH (toast_tuple_target = 128)"
        )
        _fill()
        op.execute("CREATE INDEX search_words_tokens ON search_words USING gin (tokens)")
    else:
        # without content, positions and sizes: what is found stands in search_entries, and tokens say all
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5("
            "tokens, content='', columnsize=0, detail=none, tokenize='ascii')"
        )
        _fill()


def _fill() -> None:
    connection = op.get_bind()
    cards = sa.table("search_cards", *map(sa.column, ("id", *Card.__slots__)))
    for rows in _pages(connection):
        found = {row.id: _card(row) for row in rows}
        connection.execute(
            sa.insert(cards),
            [{"id": id_, **{name: getattr(card, name) for name in Card.__slots__}} for id_, card in found.items()],
        )
        engine_of(connection).add(connection, {row.id: document_tokens(row.text, found[row.id]) for row in rows})


def _pages(connection: sa.Connection) -> Iterator[list[sa.Row[Any]]]:
    last = 0
    while rows := connection.execute(_ENTRIES, {"after": last, "limit": _AT_ONCE}).all():
        yield list(rows)
        last = rows[-1].id


def _card(row: sa.Row[Any]) -> Card:
    moment: dt.datetime = row.created_at
    received = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(_VIETNAM)
    return Card(
        batch=row.batch,
        dossier=row.dossier,
        agency=row.agency or "",
        type=row.type,
        state=row.state,
        issued=iso_day(row.issued),
        received=received.date().isoformat(),
    )
