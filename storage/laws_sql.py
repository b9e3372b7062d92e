"""Records as their laws see them, in SQL."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from pipeline.domain.accounts import BatchAccount
from pipeline.domain.batch import BatchState
from pipeline.domain.ids import BatchId, ContentHash, DocumentId
from pipeline.domain.signing_order import ItemState, OrderId, OrderState
from pipeline.law_ports import CopyChain, Held, OrderAccount, OrderedPaper
from storage.batch_accounts_sql import batch_accounts
from storage.database import moment, portions, reading, writing
from storage.disposal_tables import document_gone, ledger_sources
from storage.ledger_sql import forget_keys
from storage.named_objects import NAMINGS
from storage.part_tables import parts
from storage.rearrange_tables import replaced_pages
from storage.tables import (
    batches,
    copy_versions,
    document_pages,
    documents,
    leases,
    ledger,
    signing_items,
    signing_orders,
)

_Rows = dict[str, Sequence[sa.Row[Any]]]


class SqlLawBook:
    """Implements `pipeline.law_ports.LawBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def accounts(self, *, limit: int, after: str = "") -> Sequence[BatchAccount]:
        """Return digitized batches in order of their ids."""
        columns = batches.c
        ids = sa.select(columns.id).where(columns.id > after, columns.state == BatchState.DIGITIZED.value)
        with reading(self._engine) as connection:
            return batch_accounts(connection, connection.scalars(ids.order_by(columns.id).limit(limit)).all())

    def copies(self, *, limit: int, after: str = "") -> Sequence[CopyChain]:
        """Return the copies of all papers in order of their ids."""
        columns = documents.c
        query = sa.select(columns.id, columns.copy_sha256, document_gone(columns.id).label("gone"))
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(columns.id > after).order_by(columns.id).limit(limit)).all()
            ids = [row.id for row in rows]
            versions = _by(connection, copy_versions, "document", ids, copy_versions.c.number)
            # a paper that was replaced has the pages that it had
            pages = [
                _by(connection, each, "document", ids, each.c.position) for each in (document_pages, replaced_pages)
            ]
        return tuple(
            CopyChain(
                document=DocumentId(row.id),
                first=ContentHash(row.copy_sha256),
                pages=sum(len(each.get(row.id, ())) for each in pages),
                versions=tuple((each.number, ContentHash(each.sha256)) for each in versions.get(row.id, ())),
                gone=bool(row.gone),
            )
            for row in rows
        )

    def orders(self, *, limit: int, after: str = "") -> Sequence[OrderAccount]:
        """Return orders in order of their ids."""
        columns = signing_orders.c
        query = sa.select(signing_orders).where(columns.id > after).order_by(columns.id).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            items = _by(connection, signing_items, "order_id", [row.id for row in rows], signing_items.c.position)
            named = [item.document for each in items.values() for item in each]
            versions = _by(connection, copy_versions, "document", named, copy_versions.c.number)
        return tuple(
            OrderAccount(
                order=OrderId(row.id),
                state=OrderState(row.state),
                manifest=row.manifest is not None and row.manifest_signature is not None,
                items=tuple(_ordered(each, versions.get(each.document, ())) for each in items.get(row.id, ())),
            )
            for row in rows
        )

    def held(self, *, beyond: dt.timedelta) -> Sequence[Held]:
        """Return what is held for longer, and parts that nobody is to read any more."""
        complete = sa.exists().where(batches.c.id == parts.c.batch, batches.c.state == BatchState.DIGITIZED.value)
        of_parts = sa.select(parts.c.batch, parts.c.number, complete.label("finished"))
        with reading(self._engine) as connection:
            latest = moment(connection) + beyond
            whole = sa.select(leases.c.batch).where(leases.c.expires_at > latest).order_by(leases.c.batch)
            found = [Held(BatchId(batch)) for batch in connection.scalars(whole)]
            some = of_parts.where((parts.c.expires_at > latest) | complete).order_by(parts.c.batch, parts.c.number)
            found += [Held(BatchId(row.batch), row.number, bool(row.finished)) for row in connection.execute(some)]
        return found

    def free(self, held: Collection[Held], *, beyond: dt.timedelta) -> None:
        """End such leases: the turn stays, so that whoever comes next has the one after it."""
        with writing(self._engine) as connection:
            now = moment(connection)
            for each in held:
                table = leases if each.part is None else parts
                this = table.c.batch == each.batch
                if each.part is not None:
                    this &= parts.c.number == each.part
                if each.finished:
                    connection.execute(sa.delete(parts).where(this))
                else:
                    late = table.c.expires_at > now + beyond
                    connection.execute(sa.update(table).where(this, late).values(expires_at=now))


class SqlResultLaw:
    """Implements `pipeline.law_ports.ResultLaw`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def orphans(self, *, limit: int, after: str = "") -> Sequence[str]:
        """Return keys of results that tell of what no record names, also not of a paper that is gone."""
        columns = ledger_sources.c
        named = [sa.exists().where(each.column == columns.source) for each in NAMINGS]
        query = sa.select(columns.key).distinct().where(columns.key > after, ~sa.or_(*named))
        with reading(self._engine) as connection:
            return tuple(connection.scalars(query.order_by(columns.key).limit(limit)))

    def keys(self, result: ContentHash) -> Sequence[str]:
        """Return all keys of a result."""
        query = sa.select(ledger.c.key).where(ledger.c.result == result).order_by(ledger.c.key)
        with reading(self._engine) as connection:
            return tuple(connection.scalars(query))

    def forget(self, keys: Collection[str]) -> None:
        """Forget results."""
        with writing(self._engine) as connection:
            forget_keys(connection, keys)


def _by(
    connection: sa.Connection, table: sa.Table, column: str, names: Collection[str], order: sa.Column[Any]
) -> _Rows:
    """Return rows by what one of their columns names, in their order."""
    found: _Rows = {}
    for these in portions(names):
        query = sa.select(table).where(table.c[column].in_(these)).order_by(table.c[column], order)
        groups = itertools.groupby(connection.execute(query), key=attrgetter(column))
        found |= {name: tuple(group) for name, group in groups}
    return found


def _ordered(item: sa.Row[Any], versions: Sequence[sa.Row[Any]]) -> OrderedPaper:
    return OrderedPaper(
        document=DocumentId(item.document),
        state=ItemState(item.state),
        shown=ContentHash(item.shown),
        signed=None if item.signed is None else ContentHash(item.signed),
        copies=frozenset(ContentHash(each.sha256) for each in versions),
    )
