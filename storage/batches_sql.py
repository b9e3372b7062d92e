"""Batches, their sources and pages, and in the end their documents, in SQL."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.batch import BatchState, DigitizedBatch, ReceivedBatch
from pipeline.domain.document import DocumentState, Dossier
from pipeline.domain.early_paper import EarlyStretch
from pipeline.domain.errors import NotFound
from pipeline.domain.hold import Hold
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode
from pipeline.domain.page import PageOutcome
from pipeline.domain.source import SourceOutcome
from pipeline.ports import Area, Held
from storage import tables
from storage.database import insert_if_new, portions, reading, upsert, writing
from storage.disposed import refuse_disposed_batch, refuse_leaving
from storage.documents_sql import insert_all, insert_documents, read_documents
from storage.early_papers_sql import forget_early, note_early
from storage.leases_sql import lease, refuse_lost
from storage.ledger_sql import SqlLedger
from storage.parts_sql import SqlParts, forget_parts
from storage.recorded import Book, recorded
from storage.rows import (
    page_outcome,
    page_row,
    received_source,
    received_source_row,
    source_outcome,
    source_row,
)
from storage.search_index import index_documents
from storage.unpublished_sql import expect_publishing


class SqlBatches:
    """Implements `pipeline.ports.BatchRecords`.

    A batch that is complete stays as it is: completing it again, or a late note, changes nothing. Only a batch that gave
    no document at all may be completed anew. With a hold nothing is written once its turn is over.
    """

    def __init__(self, book: Book, hold: Hold | None = None) -> None:
        self._book = book
        self._hold = hold
        self._engine = book.engine
        self._clock = book.clock

    def open(self, batch: ReceivedBatch) -> ReceivedBatch:
        """Keep a new batch, or return the one that has this id."""
        with recorded(self._book, Action.BATCH_RECEIVED, Subject(SubjectKind.BATCH, batch.id)) as connection:
            row = {
                "id": batch.id,
                "created_at": batch.created_at,
                "dossier": batch.dossier,
                "state": BatchState.RECEIVED.value,
                "agency": batch.agency or None,
            }
            if insert_if_new(connection, tables.batches, row):
                put = [each.sha256 for each in batch.sources]
                refuse_leaving(connection, Area.ARCHIVE, put, since=batch.created_at)
                insert_all(
                    connection,
                    tables.received_sources,
                    (received_source_row(batch.id, at, each) for at, each in enumerate(batch.sources)),
                )
            else:
                refuse_disposed_batch(connection, batch.id)
            return _received(connection, batch.id)

    @contextlib.contextmanager
    def lease(self, batch: BatchId, *, holder: str, seconds: int, instead_of: str = "") -> Iterator[Held]:
        """Hold a batch against other processes; see `storage.leases_sql`."""
        with lease(self._engine, batch, holder=holder, seconds=seconds, instead_of=instead_of) as hold:
            yield books_under(self._book, hold)

    def note(
        self,
        batch: BatchId,
        *,
        sources: Sequence[SourceOutcome] = (),
        pages: Sequence[PageOutcome] = (),
        early: EarlyStretch | None = None,
    ) -> None:
        """Write down how sources and pages stand, and which papers are ready.

        Raises:
            NotFound: the batch was never opened.
            LeaseLost
        """
        with writing(self._engine) as connection:
            refuse_lost(connection, self._hold)
            if _locked_state(connection, batch) is BatchState.DIGITIZED:
                return
            upsert(connection, tables.sources, [source_row(batch, None, source) for source in sources])
            upsert(connection, tables.pages, [page_row(batch, None, page) for page in pages])
            if early is not None:
                note_early(connection, batch, early)

    def complete(
        self, batch: DigitizedBatch, *, texts: Mapping[DocumentId, str], since: dt.datetime | None = None
    ) -> None:
        """Write all outcomes in one transaction.

        Raises:
            NotFound: the batch was never opened.
            LeaseLost
        """
        papers = [each.understood.id for each in batch.documents]
        subjects = (
            Subject(SubjectKind.BATCH, batch.id),
            *(Subject(kind, paper) for paper in papers for kind in (SubjectKind.DOCUMENT, SubjectKind.COPIES)),
        )
        with recorded(self._book, Action.BATCH_COMPLETED, *subjects) as connection:
            refuse_lost(connection, self._hold)
            if _locked_state(connection, batch.id) is BatchState.DIGITIZED and _has_documents(connection, batch.id):
                return
            for area, objects in _named(batch).items():
                refuse_leaving(connection, area, objects, since=since)
            forget_parts(connection, batch.id)
            forget_early(connection, batch.id)
            for table in (tables.pages, tables.sources):
                connection.execute(sa.delete(table).where(table.c.batch == batch.id))
            insert_all(
                connection, tables.sources, (source_row(batch.id, at, each) for at, each in enumerate(batch.sources))
            )
            insert_all(connection, tables.pages, (page_row(batch.id, at, each) for at, each in enumerate(batch.pages)))
            insert_documents(connection, batch.id, batch.documents)
            _insert_dossiers(connection, batch)
            self._insert_first_versions(connection, batch)
            index_documents(connection, batch.id, batch.documents, texts)
            expect_publishing(connection, batch.id)
            connection.execute(
                sa.update(tables.batches)
                .where(tables.batches.c.id == batch.id)
                .values(state=BatchState.DIGITIZED.value)
            )

    def load(self, batch: BatchId) -> DigitizedBatch | ReceivedBatch | None:
        """Return the batch as far as it has come."""
        with reading(self._engine) as connection:
            state = connection.scalar(sa.select(tables.batches.c.state).where(tables.batches.c.id == batch))
            if state is None:
                return None
            is_complete = BatchState(state) is BatchState.DIGITIZED
            return _digitized(connection, batch) if is_complete else _received(connection, batch)

    def _insert_first_versions(self, connection: sa.Connection, batch: DigitizedBatch) -> None:
        now = self._clock.now()
        insert_all(
            connection,
            tables.copy_versions,
            (
                {
                    "document": each.understood.id,
                    "number": 1,
                    "sha256": each.copy.sha256,
                    "size": each.copy.size,
                    "created_at": now,
                }
                for each in batch.documents
            ),
        )


def books_under(book: Book, hold: Hold) -> Held:
    """Return the books of a holder: each write of theirs checks his turn."""
    return Held(
        hold=hold,
        batches=SqlBatches(book, hold),
        ledger=SqlLedger(book.engine, hold),
        parts=SqlParts(book.engine, partial(books_under, book), hold),
    )


def _named(batch: DigitizedBatch) -> Mapping[Area, Collection[ContentHash]]:
    """Return the objects that the records of a batch name."""
    papers = batch.documents
    archived = {each.sha256 for each in batch.sources} | {each.copy.sha256 for each in papers}
    signed = {each.signed_source for each in papers if each.signed_source is not None}
    return {Area.ARCHIVE: archived | signed, Area.DERIVED: {each.text_sha256 for each in papers}}


def _locked_state(connection: sa.Connection, batch: BatchId) -> BatchState:
    """Return the state of a batch, which stays as it is until the transaction ends."""
    query = sa.select(tables.batches.c.state).where(tables.batches.c.id == batch).with_for_update()
    state = connection.scalar(query)
    if state is None:
        raise NotFound(batch=batch)
    return BatchState(state)


def _has_documents(connection: sa.Connection, batch: BatchId) -> bool:
    return (
        connection.scalar(sa.select(tables.documents.c.id).where(tables.documents.c.batch == batch).limit(1))
        is not None
    )


def _rows(connection: sa.Connection, table: sa.Table, batch: BatchId) -> Sequence[sa.Row[Any]]:
    return connection.execute(sa.select(table).where(table.c.batch == batch).order_by(table.c.position)).all()


def _batch_row(connection: sa.Connection, batch: BatchId) -> sa.Row[Any]:
    return connection.execute(sa.select(tables.batches).where(tables.batches.c.id == batch)).one()


def _received(connection: sa.Connection, batch: BatchId) -> ReceivedBatch:
    row = _batch_row(connection, batch)
    return ReceivedBatch(
        id=BatchId(row.id),
        created_at=row.created_at,
        sources=tuple(received_source(each) for each in _rows(connection, tables.received_sources, batch)),
        dossier=None if row.dossier is None else DossierCode(row.dossier),
        agency=row.agency or "",
    )


def _digitized(connection: sa.Connection, batch: BatchId) -> DigitizedBatch:
    row = _batch_row(connection, batch)
    columns = tables.documents.c
    theirs = sa.select(columns.id).where(columns.batch == batch, columns.state != DocumentState.REPLACED.value)
    order = connection.scalars(theirs.order_by(columns.place)).all()
    documents = {id_: each for ids in portions(order) for id_, each in read_documents(connection, ids).items()}
    return DigitizedBatch(
        id=BatchId(row.id),
        created_at=row.created_at,
        sources=tuple(source_outcome(each) for each in _rows(connection, tables.sources, batch)),
        pages=tuple(page_outcome(each) for each in _rows(connection, tables.pages, batch)),
        dossiers=_dossiers(connection, batch),
        documents=tuple(documents[document] for document in order),
    )


def _insert_dossiers(connection: sa.Connection, batch: DigitizedBatch) -> None:
    insert_all(
        connection,
        tables.dossiers,
        ({"batch": batch.id, "code": each.code, "position": at} for at, each in enumerate(batch.dossiers)),
    )
    insert_all(
        connection,
        tables.dossier_documents,
        (
            {"batch": batch.id, "dossier": dossier.code, "position": at, "document": document}
            for dossier in batch.dossiers
            for at, document in enumerate(dossier.documents)
        ),
    )


def _dossiers(connection: sa.Connection, batch: BatchId) -> tuple[Dossier, ...]:
    members: dict[str, list[DocumentId]] = {row.code: [] for row in _rows(connection, tables.dossiers, batch)}
    for row in _rows(connection, tables.dossier_documents, batch):
        members[row.dossier].append(DocumentId(row.document))
    return tuple(Dossier(code=DossierCode(code), documents=tuple(papers)) for code, papers in members.items())
