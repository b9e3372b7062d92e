"""Dossiers that other systems are to have, in SQL: one row for each dossier and system, so that nothing is sent or counted twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.errors import RecordsAltered
from pipeline.domain.exchange import Claimed, OtherSystem, Synchronisation, SyncState
from pipeline.domain.ids import ContentHash, DossierCode, content_hash, derived_id
from storage.database import insert_if_new, reading, upsert, writing
from storage.exchange_tables import sync_queue, synchronised
from storage.recorded import Book, recorded

_SENT = sync_queue.c


class SqlSyncQueue:
    """Implements `pipeline.connector_ports.SyncQueue`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def queue(
        self, system: OtherSystem, dossier: DossierCode, message: bytes, *, at: dt.datetime, results: int = 0
    ) -> Synchronisation:
        """Want another system to have a message; again changes nothing, a newer message takes the older one's place."""
        id_, content = _id(system, dossier), content_hash(message)
        waiting = SyncState.WAITING.value
        wanted = {"content": content, "message": message, "queued_at": at, "attempts": 0, "reason": ""}
        wanted["results"] = results
        named = {"id": id_, "system": system.value, "dossier": dossier}
        # an older message may be on its way: the newer one follows it, and never overtakes it
        due = sa.case((_SENT.state == waiting, _SENT.due_at), else_=sa.bindparam("now", at, sync_queue.c.due_at.type))
        with writing(self._engine) as connection:
            if not insert_if_new(connection, sync_queue, {**named, **wanted, "state": waiting, "due_at": at}):
                changed = (_SENT.id == id_) & (_SENT.content != content)
                change = sa.update(sync_queue).where(changed)
                connection.execute(change.values(**wanted, state=waiting, due_at=due))
            return _one(connection, id_)

    def claim(self, system: OtherSystem, *, at: dt.datetime, seconds: int, limit: int) -> Sequence[Claimed]:
        """Return what is to be sent now, and leave it to the caller for some seconds."""
        due = (_SENT.system == system.value) & (_SENT.state == SyncState.WAITING.value) & (_SENT.due_at <= at)
        query = sa.select(_SENT.id).where(due).order_by(_SENT.due_at, _SENT.id).limit(limit)
        with writing(self._engine) as connection:
            # two that claim at once get different ones
            ids = connection.scalars(query.with_for_update(skip_locked=True)).all()
            mine = _SENT.id.in_(ids)
            connection.execute(sa.update(sync_queue).where(mine).values(due_at=at + dt.timedelta(seconds=seconds)))
            rows = connection.execute(_joined().where(mine).order_by(_SENT.queued_at, _SENT.id))
            return tuple(Claimed(item=_item(row), message=row.message) for row in rows)

    def settle(self, sent: Synchronisation, *, at: dt.datetime, refused: str | None = None) -> Synchronisation:
        """Write that the other system took a message, or refused it and why."""
        id_ = _id(sent.system, sent.dossier)
        this = (_SENT.id == id_) & (_SENT.content == sent.content)
        state = SyncState.TAKEN if refused is None else SyncState.REFUSED
        done = {"state": state.value, "message": None, "due_at": None, "reason": refused or ""}
        subject = Subject(SubjectKind.SYNCHRONISATION, id_)
        details = {"system": sent.system.value, "dossier": sent.dossier, "content": sent.content}
        with recorded(self._book, Action.DOSSIER_SENT, subject, details=details) as connection:
            connection.execute(sa.update(sync_queue).where(this).values(**done))
            newer = (_SENT.id == id_) & (_SENT.content != sent.content) & (_SENT.state == SyncState.WAITING.value)
            connection.execute(sa.update(sync_queue).where(newer).values(due_at=at))
            if refused is None:
                results = connection.scalar(sa.select(_SENT.results).where(this))
                _write_taken(connection, sent, at=at, results=results)
            return _one(connection, id_)

    def retry(self, sent: Synchronisation, *, due: dt.datetime, reason: str) -> None:
        """Write that sending failed, and when it is tried again."""
        this = (_SENT.id == _id(sent.system, sent.dossier)) & (_SENT.content == sent.content)
        waits = this & (_SENT.state == SyncState.WAITING.value)
        change = sa.update(sync_queue).where(waits)
        with writing(self._engine) as connection:
            connection.execute(change.values(attempts=_SENT.attempts + 1, due_at=due, reason=reason))

    def all(
        self, system: OtherSystem, *, state: SyncState | None = None, limit: int = 100, after: DossierCode | None = None
    ) -> Sequence[Synchronisation]:
        """Return how dossiers stand, by their codes."""
        query = _joined().where(_SENT.system == system.value).order_by(_SENT.dossier).limit(limit)
        if state is not None:
            query = query.where(_SENT.state == state.value)
        if after is not None:
            query = query.where(_SENT.dossier > after)
        with reading(self._engine) as connection:
            return tuple(_item(row) for row in connection.execute(query))


def _id(system: OtherSystem, dossier: DossierCode) -> str:
    return derived_id("y", system.value, dossier)


def _write_taken(connection: sa.Connection, sent: Synchronisation, *, at: dt.datetime, results: int | None) -> None:
    """Write what another system has; when it first had the dossier stays as it was.

    Of a message that a newer one has replaced meanwhile nobody knows any more how many results it named: then what was known
    before stays, until the newer one is taken.
    """
    id_ = _id(sent.system, sent.dossier)
    known = connection.execute(sa.select(synchronised).where(synchronised.c.id == id_)).first()
    if results is None and known is not None:
        results = known.results
    row = {
        "id": id_,
        "system": sent.system.value,
        "dossier": sent.dossier,
        "content": sent.content,
        "first_taken_at": at if known is None else known.first_taken_at,
        "taken_at": at,
        "results": results,
    }
    upsert(connection, synchronised, [row])


def _joined() -> sa.Select[Any]:
    query = sa.select(
        sync_queue,
        synchronised.c.content.label("taken"),
        synchronised.c.first_taken_at,
        synchronised.c.taken_at,
    )
    return query.outerjoin(synchronised, synchronised.c.id == _SENT.id)


def _one(connection: sa.Connection, id_: str) -> Synchronisation:
    row = connection.execute(_joined().where(_SENT.id == id_)).first()
    if row is None:
        raise RecordsAltered(what="sync_queue", id=id_, problem="gone")
    return _item(row)


def _item(row: sa.Row[Any]) -> Synchronisation:
    return Synchronisation(
        system=OtherSystem(row.system),
        dossier=DossierCode(row.dossier),
        content=ContentHash(row.content),
        state=SyncState(row.state),
        queued_at=row.queued_at,
        due_at=row.due_at,
        attempts=row.attempts,
        reason=row.reason,
        taken=None if row.taken is None else ContentHash(row.taken),
        first_taken_at=row.first_taken_at,
        taken_at=row.taken_at,
    )
