"""All records at one moment as plain rows, and all of them back into an empty database."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy import exc

from pipeline.archive_ports import NamedFile, PlainRow, Snapshot
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import ExportDamaged, RecordsNotEmpty
from pipeline.domain.ids import BatchId, ContentHash
from pipeline.domain.signature import CopyVersion
from storage.database import POSTGRESQL, reading, writing
from storage.disposal_tables import document_gone
from storage.documents_sql import read_documents
from storage.every_table import metadata
from storage.named_objects import NAMINGS, Naming
from storage.plain_rows import insert_kept, kept_row, plain_row
from storage.recorded import Book, append
from storage.search_rebuild import rebuild_index
from storage.tables import copy_versions, documents, received_sources, signing_items, sources

LEFT_OUT: Mapping[str, str] = {
    "ledger": "what was computed; it is computed again where it is missing",
    "ledger_sources": "of what computed results tell",
    "leases": "who is working on a batch this minute",
    "parts": "who is reading which pages of it this minute",
    "early_papers": "what papers seem to be while their batch is read",
    "batch_traces": "to which traces work belonged here",
    "stage_times": "how long work took here",
    "stage_totals": "how long work took here",
    "tickets": "valid for minutes, and secrets",
    "shown_pages": "how far somebody has looked; who saw the whole file is a record",
    "sessions": "who is signed in this minute; signing in and out stands in the audit trail",
    "sign_in_failures": "who has to wait this minute",
    "second_factors": "secrets, sealed with a key of the installation that is left behind",
    "recovery_codes": "of second factors, which are left behind",
    "access_tokens": "who has proved itself lately",
    "webhook_secrets": "secrets, sealed with a key of the installation that is left behind",
    "delivery_attempts": "how telling other systems went lately",
    "given_answers": "given again for a day where a request comes twice",
    "provider_requests": "who was sent to an identity provider this minute",
    "drafts": "what people are typing and have not said yet",
    "claims": "who has which paper before them this minute",
    "intakes": "what is on its way in; what was accepted stands in a batch",
    "intake_files": "files on their way in, whose bytes lie beside the store",
    "phone_tickets": "valid for minutes, and secrets",
    "channel_messages": "of this month, so that a message is taken once; what was accepted stands in a batch",
    "connector_states": "how other systems answered lately",
    "sealed_objects": "keys of the store that is left behind; what is exported is plain",
    "public_looks": "of this hour, so that the trail has one entry of them",
    "index_dossiers": "counted again from the records",
    "index_groups": "counted again from the records",
    "index_stale": "what is to be counted again",
    "index_unsound": "what was found in the store that is left behind",
    "index_progress": "how far counting has come",
    "fixity_checks": "what was found in the store that is left behind",
    "law_checks": "what was found when it was looked for last",
}
"""tables that are no records, each with the reason why an export is whole without it"""

_AT_ONCE = 1000
"""rows in memory"""
_DOCUMENTS_AT_ONCE = 200


def record_tables() -> Sequence[sa.Table]:
    """Return the tables of records; one that refers to another comes after it."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


class SqlWholeRecords:
    """Implements `pipeline.archive_ports.WholeRecords`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Give the records of one moment, whatever is written meanwhile."""
        with reading(self._book.engine) as connection:
            yield _SqlSnapshot(connection)

    def filled(self) -> str | None:
        """Return the name of a table that has rows."""
        with reading(self._book.engine) as connection:
            return _first_filled(connection)

    def restore(self, rows: Callable[[str], Iterator[PlainRow]], *, details: Mapping[str, str]) -> Mapping[str, int]:
        """Write all rows of all tables in one transaction, and an entry in the trail behind those that came along."""
        with writing(self._book.engine) as connection:
            filled = _first_filled(connection)
            if filled is not None:
                raise RecordsNotEmpty(table=filled)
            counts = {table.name: _fill(connection, table, rows) for table in record_tables()}
            rebuild_index(connection)
            deed = Deed(action=Action.IMPORTED, subject=Subject(SubjectKind.ARCHIVE, ""), details=dict(details))
            append(connection, [deed], book=self._book)
        return counts


class _SqlSnapshot:
    """Implements `pipeline.archive_ports.Snapshot` in one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @property
    def form(self) -> str:
        return MigrationContext.configure(self._connection).get_current_revision() or ""

    def tables(self) -> Sequence[str]:
        return [table.name for table in record_tables()]

    def rows(self, table: str) -> Iterator[PlainRow]:
        wanted = metadata.tables[table]
        query = sa.select(wanted).order_by(*wanted.primary_key)
        for row in self._stream(query):
            yield plain_row(wanted, row)

    def files(self) -> Iterator[NamedFile]:
        for naming in NAMINGS:
            for row in self._stream(_files_of(naming)):
                values = dict(row)
                yield NamedFile(
                    area=naming.area,
                    sha256=ContentHash(values.pop("_sha256")),
                    table=naming.column.table.name,
                    column=naming.column.name,
                    record=tuple(str(values[each.name]) for each in naming.record),
                    row=values,
                )

    def papers(self) -> Iterator[tuple[BatchId, StoredDocument, CopyVersion]]:
        there = sa.select(documents.c.id, documents.c.batch).where(~document_gone(documents.c.id))
        ids = self._stream(there.order_by(documents.c.id))
        while page := {row["id"]: BatchId(row["batch"]) for row in itertools.islice(ids, _DOCUMENTS_AT_ONCE)}:
            found = read_documents(self._connection, list(page))
            newest = _newest(self._connection, list(page))
            for document, batch in page.items():
                yield batch, found[document], newest[document]

    def _stream(self, query: sa.Select[Any]) -> Iterator[sa.RowMapping]:
        options = {"yield_per": _AT_ONCE}
        return iter(self._connection.execute(query, execution_options=options).mappings())


def _first_filled(connection: sa.Connection) -> str | None:
    """Return the name of a table that has a row."""
    for table in record_tables():
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            return table.name
    return None


def _fill(connection: sa.Connection, table: sa.Table, rows: Callable[[str], Iterator[PlainRow]]) -> int:
    """Insert the rows of a table and return how many. What refers to a row of the same table is set when all are there."""
    inward = [each.name for each in table.columns if any(key.column.table is table for key in each.foreign_keys)]
    alone = dict.fromkeys(inward)
    count = 0
    with _row_errors(table):
        kept = ({**kept_row(table, each), **alone} for each in rows(table.name))
        while page := list(itertools.islice(kept, _AT_ONCE)):
            connection.execute(insert_kept(table), page)
            count += len(page)
        for each in rows(table.name) if inward else ():
            if any(each[name] is not None for name in inward):
                row = kept_row(table, each)
                mine = [column == row[column.name] for column in table.primary_key]
                connection.execute(sa.update(table).where(*mine).values({name: row[name] for name in inward}))
    _count_on(connection, table)
    return count


@contextlib.contextmanager
def _row_errors(table: sa.Table) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, exc.IntegrityError, exc.DataError) as error:
        reason = (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
        raise ExportDamaged(file=table.name, reason=reason) from error


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL number new rows behind those that were inserted with their numbers. SQLite does so by itself."""
    numbered = table.autoincrement_column
    if connection.dialect.name == POSTGRESQL and numbered is not None and numbered.server_default is None:
        sequence = sa.func.pg_get_serial_sequence(table.name, numbered.name)
        if connection.scalar(sa.select(sequence)) is not None:
            last = sa.select(sa.func.coalesce(sa.func.max(numbered), 0) + 1).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sequence, last, False)))  # noqa: FBT003 - the number comes next


def _newest(connection: sa.Connection, wanted: Sequence[str]) -> dict[str, CopyVersion]:
    rows = sa.select(copy_versions).where(copy_versions.c.document.in_(wanted)).order_by(copy_versions.c.number)
    return {
        row.document: CopyVersion(
            number=row.number, sha256=ContentHash(row.sha256), size=row.size, created_at=row.created_at
        )
        for row in connection.execute(rows)
    }


def _files_of(naming: Naming) -> sa.Select[Any]:
    """Select what a column names, with the row it stands in and type, dossier and batch of its document."""
    table = naming.column.table
    query = sa.select(table, naming.column.label("_sha256")).where(naming.column.is_not(None))
    document = table.c.get("document")
    if document is not None and document.references(documents.c.id):
        query = query.add_columns(documents.c.type, documents.c.dossier, documents.c.batch)
        query = query.join(documents, documents.c.id == document)
    if naming.when is not None:
        query = query.where(naming.when)
    again = _NAMED_AGAIN.get(naming.column)
    return query if again is None else query.where(sa.not_(again))


_NAMED_AGAIN: Mapping[sa.Column[str], sa.ColumnElement[bool]] = {
    sources.c.sha256: sa.exists().where(
        received_sources.c.batch == sources.c.batch,
        received_sources.c.name == sources.c.name,
        received_sources.c.sha256 == sources.c.sha256,
    ),
    documents.c.copy_sha256: sa.exists().where(
        copy_versions.c.document == documents.c.id, copy_versions.c.sha256 == documents.c.copy_sha256
    ),
    signing_items.c.signed: sa.exists().where(
        copy_versions.c.document == signing_items.c.document, copy_versions.c.sha256 == signing_items.c.signed
    ),
}
"""rows whose object another column names for the same thing: it is one file"""
