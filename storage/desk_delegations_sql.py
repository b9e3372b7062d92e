"""Who may sign in whose stead, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.account import AccountId
from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.desk import Delegation, DelegationId, InStead
from pipeline.domain.errors import NotFound
from storage.database import insert_if_new, reading
from storage.desk_sitting_tables import delegation_ends, delegations
from storage.recorded import Book, recorded

_ALL = sa.select(
    delegations,
    delegation_ends.c.at.label("revoked_at"),
    delegation_ends.c.by.label("revoked_by"),
    delegation_ends.c.reason.label("revoked_reason"),
).select_from(delegations.outerjoin(delegation_ends))


class SqlDelegations:
    """Implements `pipeline.desk_ports.Delegations`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def give(self, delegation: Delegation) -> None:
        """Keep a delegation; it is written into the trail."""
        row = {
            "id": delegation.id,
            "principal": delegation.principal,
            "deputy": delegation.deputy,
            "capacity": delegation.capacity.value,
            "since": delegation.since,
            "until": delegation.until,
            "reason": delegation.reason,
            "given_at": delegation.given_at,
            "given_by": delegation.given_by,
        }
        subject = _subject(delegation.id)
        with recorded(self._book, Action.DELEGATION_GIVEN, subject, reason=delegation.reason) as connection:
            insert_if_new(connection, delegations, row)

    def revoke(self, delegation: DelegationId, *, at: dt.datetime, by: str, reason: str) -> Delegation:
        """End a delegation; one that was revoked before stays as it is."""
        row = {"delegation": delegation, "at": at, "by": by, "reason": reason}
        this = delegations.c.id == delegation
        with recorded(self._book, Action.DELEGATION_REVOKED, _subject(delegation), reason=reason) as connection:
            if connection.scalar(sa.select(delegations.c.id).where(this)) is None:
                raise NotFound(what="delegation", id=delegation)
            insert_if_new(connection, delegation_ends, row)
            return _delegation(connection.execute(_ALL.where(this)).one())

    def of(self, account: AccountId) -> Sequence[Delegation]:
        """Return all that an account gave or was given, newest first."""
        columns = delegations.c
        mine = _ALL.where((columns.principal == account) | (columns.deputy == account))
        with reading(self._book.engine) as connection:
            rows = connection.execute(mine.order_by(columns.given_at.desc(), columns.id.desc()))
            return tuple(_delegation(row) for row in rows)

    def get(self, delegation: DelegationId) -> Delegation | None:
        """Return a delegation."""
        with reading(self._book.engine) as connection:
            row = connection.execute(_ALL.where(delegations.c.id == delegation)).first()
        return None if row is None else _delegation(row)


def _subject(delegation: DelegationId) -> Subject:
    return Subject(SubjectKind.DELEGATION, delegation)


def _delegation(row: sa.Row[Any]) -> Delegation:
    return Delegation(
        id=DelegationId(row.id),
        principal=AccountId(row.principal),
        deputy=AccountId(row.deputy),
        capacity=InStead(row.capacity),
        since=row.since,
        until=row.until,
        reason=row.reason,
        given_at=row.given_at,
        given_by=row.given_by,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by or "",
        revoked_reason=row.revoked_reason or "",
    )
