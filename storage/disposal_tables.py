"""Legal holds, lists of disposal, and what is left of papers that were disposed of."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.domain.disposal import ItemState
from storage.database import POSTGRESQL
from storage.tables import UtcTime, metadata

_HOLD_LOCK = 0x534F484C
"""advisory lock of PostgreSQL under which holds are placed and papers claimed, so that one is before the other"""

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("placed_at", UtcTime, nullable=False),
    sa.Column("placed_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("holds_by_subject", "kind", "subject"),
)
"""Rows are neither changed nor removed (triggers of step 0007); so are those of `hold_ends`."""

hold_ends = sa.Table(
    "hold_ends",
    metadata,
    sa.Column("hold", sa.ForeignKey("holds.id"), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

disposals = sa.Table(
    "disposals",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("proposed_by", sa.Text, nullable=False),
    sa.Column("proposer_role", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("endorsed_by", sa.Text),
    sa.Column("endorsed_at", UtcTime),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", UtcTime),
    sa.Column("decision_reason", sa.Text, nullable=False),
    sa.Column("begun_by", sa.Text),
    sa.Column("begun_at", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Column("certificate", sa.Text),
    # two people: whoever proposes a list may withdraw it and never approve it; the program is nobody
    sa.CheckConstraint(
        "state IN ('proposed', 'rejected') OR (decided_by IS NOT NULL"
        " AND lower(trim(decided_by)) <> lower(trim(proposed_by)) AND (proposer_role <> 'system'"
        " OR (endorsed_by IS NOT NULL AND lower(trim(endorsed_by)) <> lower(trim(decided_by)))))",
        name="ck_disposals_two_people",
    ),
    sa.Index("disposals_newest", "created_at", "id"),
    sa.Index("disposals_by_certificate", "certificate"),
)
"""Who proposed a list, when and why never changes, nor does a list go back on its way (triggers of step 0007)."""

disposal_items = sa.Table(
    "disposal_items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # `<list>/<position>`
    sa.Column("disposal", sa.ForeignKey("disposals.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("document", sa.Text),
    sa.Column("source", sa.Integer),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("dossier", sa.Text),
    sa.Column("type", sa.Text),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("rule_source", sa.Text, nullable=False),
    sa.Column("retention", sa.Text, nullable=False),
    sa.Column("began", sa.Date, nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.UniqueConstraint("disposal", "position"),
    sa.Index("disposal_items_by_document", "document", "state"),
)
"""What an entry says never changes, and none is being removed but from an approved list (triggers of step 0007)."""

disposal_objects = sa.Table(
    "disposal_objects",
    metadata,
    sa.Column("item", sa.ForeignKey("disposal_items.id"), primary_key=True),
    sa.Column("area", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Index("disposal_objects_by_name", "area", "sha256"),
)

disposed_sources = sa.Table(
    "disposed_sources",
    metadata,
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("item", sa.ForeignKey("disposal_items.id"), nullable=False),
    sa.Index("disposed_sources_by_item", "item"),
)

ledger_sources = sa.Table(
    "ledger_sources",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Index("ledger_sources_by_source", "source"),
)
"""Of which objects a computed result tells something: it goes with them."""

GONE = (ItemState.REMOVING.value, ItemState.DISPOSED.value)
"""states of an entry whose objects nobody may count on any more"""


def document_gone(document: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Say whether a document was disposed of, or is being."""
    columns = disposal_items.c
    return sa.exists().where(columns.document == document, columns.state.in_(GONE))


def source_gone(batch: sa.ColumnElement[str], name: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Say whether a source was disposed of, or is being."""
    columns = disposed_sources.c
    return sa.exists().where(columns.batch == batch, columns.name == name)


def document_ended(document: sa.ColumnElement[str], *, or_by: str) -> sa.ColumnElement[bool]:
    """Say whether a document was disposed of, or is being by the entry `or_by`; any other that is not done may still end kept."""
    columns = disposal_items.c
    ended = (columns.state == ItemState.DISPOSED.value) | ((columns.id == or_by) & columns.state.in_(GONE))
    return sa.exists().where(columns.document == document, ended)


def source_ended(batch: sa.ColumnElement[str], name: sa.ColumnElement[str], *, or_by: str) -> sa.ColumnElement[bool]:
    """Say the same of a source."""
    columns, item = disposed_sources.c, disposal_items.c
    ended = (item.state == ItemState.DISPOSED.value) | (item.id == or_by)
    return sa.exists().where(columns.batch == batch, columns.name == name, item.id == columns.item, ended)


def hold_still(connection: sa.Connection) -> None:
    """Let nobody else place a hold or claim a paper until the transaction ends. SQLite has one writer at a time anyway."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_HOLD_LOCK)))


def claim_nothing(connection: sa.Connection) -> None:
    """Let nobody claim a paper until the transaction ends, in which objects come to be named; others may name theirs."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_HOLD_LOCK)))
