"""What leaves the records with a paper: values, text, names of files. Ids, digests and dates stay."""

from __future__ import annotations

import contextlib

import sqlalchemy as sa

from pipeline.domain.document import DocumentState
from pipeline.domain.exchange import OtherSystem, SyncState
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import BatchId, DocumentId
from storage.database import SQLITE
from storage.desk_tables import field_changes
from storage.disposal_tables import disposed_sources
from storage.exchange_tables import sync_queue
from storage.owner_tables import holdings
from storage.rearrange_tables import replaced_pages
from storage.review_tables import claims, drafts, field_entries
from storage.search_index import forget_documents
from storage.tables import copy_versions, document_pages, documents, fields, pages, received_sources, sources


def scrub_document(connection: sa.Connection, batch: BatchId, document: DocumentId) -> None:
    """Remove what a document's records say of people; it cannot be found any more, and its row stays as a tombstone.

    SQLite is told to write zeros over what is deleted; PostgreSQL does so when it vacuums.
    """
    _overwrite(connection)
    forget_documents(connection, [document])
    for table in (fields, field_changes, field_entries, drafts, claims):
        connection.execute(sa.delete(table).where(table.c.document == document))
    # pages are found by their batch: an index by paper would serve this alone
    of_paper = (pages.c.batch == batch, pages.c.document == document)
    connection.execute(sa.update(pages).where(*of_paper).values(codes=[]))
    connection.execute(sa.update(copy_versions).where(copy_versions.c.document == document).values(signer=None))
    connection.execute(
        sa.update(holdings)
        .where(holdings.c.document == document)
        .values(
            state=HoldingState.DISPOSED.value,
            purpose="",
            valid_scope="",
            reason="",
            version=holdings.c.version + 1,
        )
    )
    _withdraw_messages(connection, document)
    gone = sa.update(documents).where(documents.c.id == document)
    connection.execute(gone.values(state=DocumentState.DISPOSED.value))


def _withdraw_messages(connection: sa.Connection, document: DocumentId) -> None:
    """Forget messages that wait to tell other systems of the paper's dossier: they name people. A new one names what is left."""
    dossier = sa.select(documents.c.dossier).where(documents.c.id == document).scalar_subquery()
    # by all systems there are: rows are found by system and dossier
    named = sync_queue.c.system.in_([each.value for each in OtherSystem]) & (sync_queue.c.dossier == dossier)
    waits = named & sync_queue.c.message.is_not(None)
    withdrawn = {"state": SyncState.REFUSED.value, "message": None, "due_at": None, "reason": "disposed"}
    connection.execute(sa.update(sync_queue).where(waits).values(**withdrawn))


def leave_no_words(connection: sa.Connection) -> None:
    """Make SQLite write its full-text index anew: until then, words that were taken out stand in it with a mark.

    It takes as long as reading and writing the index once, so it is done once a list.
    """
    if connection.dialect.name == SQLITE:
        _overwrite(connection)
        connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('optimize')")


def leave_no_log(engine: sa.Engine) -> None:
    """Bring SQLite's write-ahead log into its file and empty it: it holds pages as they were. Whoever still reads keeps it."""
    if engine.dialect.name != SQLITE:
        return
    with contextlib.closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _overwrite(connection: sa.Connection) -> None:
    if connection.dialect.name == SQLITE:
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def scrub_sources(connection: sa.Connection, item: str) -> None:
    """Give the sources that went with an entry names that say nothing: a file is often called after a person."""
    columns = disposed_sources.c
    query = sa.select(columns.batch, columns.name).where(columns.item == item)
    for batch, name in connection.execute(query).all():
        position = connection.scalar(
            sa.select(sources.c.position).where(sources.c.batch == batch, sources.c.name == name)
        )
        _rename(connection, batch, name, f"disposed-{position}")


def _rename(connection: sa.Connection, batch: str, name: str, neutral: str) -> None:
    """Rename a source in its batch; pages refer to it, and papers to its pages."""
    _move_pages(connection, batch, name, neutral)
    for table in (sources, received_sources, disposed_sources):
        this = (table.c.batch == batch, table.c.name == name)
        changed = {"name": neutral, "folder": ""} if table is received_sources else {"name": neutral}
        connection.execute(sa.update(table).where(*this).values(**changed))
    # a page that shows the same as one of this source says so by its name
    told = pages.c.reason.startswith(f"duplicate_of:{name}#", autoescape=True)
    linked = sa.update(pages).where(pages.c.batch == batch, told)
    connection.execute(linked.values(reason=f"duplicate_of:{neutral}"))


def _move_pages(connection: sa.Connection, batch: str, name: str, neutral: str) -> None:
    others = [column for column in pages.columns if column.name not in ("source", "position", "codes")]
    copied = sa.select(
        sa.literal(neutral).label("source"),
        sa.literal([], sa.JSON).label("codes"),
        *others,
    ).where(pages.c.batch == batch, pages.c.source == name)
    positions = connection.execute(
        sa.select(pages.c.number, pages.c.position).where(pages.c.batch == batch, pages.c.source == name)
    ).all()
    connection.execute(sa.insert(pages).from_select(["source", "codes", *(each.name for each in others)], copied))
    for table in (document_pages, replaced_pages):
        lies = (table.c.batch == batch, table.c.source == name)
        connection.execute(sa.update(table).where(*lies).values(source=neutral))
    connection.execute(sa.delete(pages).where(pages.c.batch == batch, pages.c.source == name))
    for number, position in positions:  # a place in the batch is one page's at a time
        this = (pages.c.batch == batch, pages.c.source == neutral, pages.c.number == number)
        connection.execute(sa.update(pages).where(*this).values(position=position))
