"""Seals of the audit trail's days, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, EntryHash, Subject, SubjectKind
from pipeline.domain.audit_seal import KeptSeal, Seal, UnreadableSeal
from pipeline.domain.ids import ContentHash, as_content_hash
from storage.audit_tables import audit_days
from storage.database import reading
from storage.recorded import Book, recorded


class SqlAuditSeals:
    """Implements `pipeline.audit_ports.AuditSeals`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def keep(self, seal: KeptSeal) -> bool:
        """Keep a seal, and write so into the trail; False where the day is sealed already.

        Raises:
            RecordsUnavailable
        """
        day = seal.seal.day.isoformat()
        with recorded(self._book, Action.DAY_SEALED, Subject(SubjectKind.DAY, day)) as connection:
            # nobody else can seal this day before the transaction ends
            if connection.scalar(sa.select(audit_days.c.day).where(audit_days.c.day == day)) is not None:
                return False
            connection.execute(sa.insert(audit_days), _row(seal))
            return True

    def seals(self, *, limit: int, after: str = "") -> Sequence[KeptSeal | UnreadableSeal]:
        """Return at most `limit` seals in order of their days, those behind day `after`."""
        query = sa.select(audit_days).where(audit_days.c.day > after).order_by(audit_days.c.day).limit(limit)
        with reading(self._book.engine) as connection:
            return [_seal(row) for row in connection.execute(query)]

    def last(self) -> KeptSeal | UnreadableSeal | None:
        """Return the newest seal."""
        with reading(self._book.engine) as connection:
            row = connection.execute(sa.select(audit_days).order_by(audit_days.c.day.desc()).limit(1)).first()
        return None if row is None else _seal(row)


def _row(kept: KeptSeal) -> dict[str, Any]:
    seal = kept.seal
    return {
        "day": seal.day.isoformat(),
        "first": seal.first,
        "last": seal.last,
        "root": seal.root,
        "head": seal.head,
        "previous": seal.previous,
        "object": kept.object,
        "token": kept.token,
    }


def _seal(row: sa.Row[Any]) -> KeptSeal | UnreadableSeal:
    try:
        seal = Seal(
            day=dt.date.fromisoformat(row.day),
            first=int(row.first),
            last=int(row.last),
            root=row.root,
            head=EntryHash(row.head),
            previous=ContentHash(row.previous),
        )
        token = None if row.token is None else as_content_hash(row.token)
        return KeptSeal(seal=seal, object=as_content_hash(row.object), token=token)
    except (ValueError, TypeError) as error:
        return UnreadableSeal(str(row.day), str(error))
