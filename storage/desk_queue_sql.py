"""What waits for an official's signature, and who ordered what, in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.account import AccountId
from pipeline.domain.desk import QueueEntry, Refusal
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import DocumentId
from pipeline.domain.result import ResultState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import SignerRole
from pipeline.domain.signing_order import ItemState, KeptOrder, OrderId, OrderState
from storage.database import reading
from storage.disposal_tables import document_gone
from storage.documents_sql import read_documents
from storage.library_sql import visible
from storage.orders_sql import load_orders
from storage.recorded import Book
from storage.results_sql import read_result
from storage.tables import batches, copy_versions, documents, fields, results, signing_items, signing_orders
from storage.versions_sql import read_version

_DUE = "due_at"
"""field of a receipt: when the result was promised"""
_LEFT = [ItemState.WAITING.value, ItemState.KEEPING.value]


class SqlSigningQueue:
    """Implements `pipeline.desk_ports.SigningQueue`."""

    def __init__(self, book: Book) -> None:
        self._engine = book.engine

    def results(self, role: SignerRole, *, limit: int, scope: Scope = EVERYTHING) -> Sequence[QueueEntry]:
        """Return results in force that `role` has not signed, the earliest promised first, those without a promise last."""
        due = _due()
        query = sa.select(results, due.label("due")).select_from(_unsigned()).where(*_waiting(role, scope))
        query = query.order_by(due.is_(None), due, results.c.created_at, results.c.document).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            ids = [row.document for row in rows]
            papers = read_documents(connection, ids)
            newest = _newest(connection, ids)
            refused, ordered = _refused(connection, role, ids), _ordered(connection, role, ids)
        return tuple(
            QueueEntry(
                result=read_result(row),
                document=papers[row.document],
                newest=read_version(newest[row.document]),
                due=_text(row.due),
                refused=refused.get(row.document),
                order=ordered.get(row.document),
            )
            for row in rows
        )

    def count(self, role: SignerRole, *, scope: Scope = EVERYTHING) -> int:
        """Return how many results wait."""
        query = sa.select(sa.func.count()).select_from(_unsigned()).where(*_waiting(role, scope))
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def orders(self, account: AccountId, *, limit: int) -> Sequence[KeptOrder]:
        """Return the orders of an account, newest first."""
        columns = signing_orders.c
        newest = sa.select(columns.id).where(columns.account == account)
        newest = newest.order_by(columns.created_at.desc(), columns.id).limit(limit)
        with reading(self._engine) as connection:
            return load_orders(connection, connection.scalars(newest).all())[::-1]


def _unsigned() -> sa.Join:
    return results.join(documents, documents.c.id == results.c.document).join(
        batches, batches.c.id == documents.c.batch
    )


def _waiting(role: SignerRole, scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    columns = copy_versions.c
    return (
        results.c.state == ResultState.ISSUED.value,
        visible(scope),
        ~sa.exists().where(columns.document == results.c.document, columns.role == role.value),
        documents.c.state.not_in([DocumentState.DISPOSED.value, DocumentState.REPLACED.value]),
        ~document_gone(results.c.document),
    )


def _due() -> sa.ScalarSelect[str | None]:
    """Return the day that the newest receipt of a result's dossier names: where it was moved, the later one counts."""
    receipt = documents.alias("receipt")
    value = sa.cast(fields.c.value, sa.Text)
    of_dossier = sa.select(sa.func.max(value)).join(receipt, receipt.c.id == fields.c.document)
    return (
        of_dossier.where(receipt.c.dossier == results.c.dossier, fields.c.name == _DUE)
        .correlate(results)
        .scalar_subquery()
    )


def _text(value: str | None) -> str:
    """Return a field's value out of its JSON; a list is no day."""
    found = json.loads(value) if value else ""
    return found if isinstance(found, str) else ""


def _newest(connection: sa.Connection, ids: Sequence[str]) -> dict[str, sa.Row[Any]]:
    columns = copy_versions.c
    query = sa.select(copy_versions).where(columns.document.in_(ids)).order_by(columns.number)
    return {row.document: row for row in connection.execute(query)}


def _refused(connection: sa.Connection, role: SignerRole, ids: Sequence[str]) -> dict[str, Refusal]:
    columns = signing_items.c
    query = _items(role, ids).add_columns(columns.reason, columns.at).where(columns.state == ItemState.VETOED.value)
    rows = connection.execute(query.order_by(columns.at))
    return {row.document: Refusal(reason=row.reason, at=row.at) for row in rows if row.at is not None}


def _ordered(connection: sa.Connection, role: SignerRole, ids: Sequence[str]) -> dict[DocumentId, OrderId]:
    columns = signing_items.c
    query = _items(role, ids).add_columns(columns.order_id)
    query = query.where(columns.state.in_(_LEFT), signing_orders.c.state == OrderState.OPEN.value)
    return {DocumentId(row.document): OrderId(row.order_id) for row in connection.execute(query)}


def _items(role: SignerRole, ids: Sequence[str]) -> sa.Select[Any]:
    columns = signing_items.c
    query = sa.select(columns.document).join(signing_orders, signing_orders.c.id == columns.order_id)
    return query.where(columns.document.in_(ids), signing_orders.c.role == role.value)
