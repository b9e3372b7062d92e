"""What owners agreed to, and who looked at what is theirs, in SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode, TypeCode
from pipeline.domain.owner import Access, AccessBasis, Consent, ConsentId, HoldingId, OwnerId
from storage.database import reading
from storage.owner_tables import accesses, consents, holdings, owners
from storage.owners_sql import family
from storage.recorded import Book, Told, recorded
from storage.row_digests import digest_of_new


class SqlAccessBook:
    """Implements `pipeline.depository_ports.AccessBook`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def give(self, consent: Consent) -> None:
        """Keep a consent.

        Raises:
            NotFound: there is no such owner.
        """
        with recorded(self._book, Action.CONSENT_GIVEN, Subject(SubjectKind.CONSENT, consent.id)) as connection:
            if connection.scalar(sa.select(owners.c.id).where(owners.c.id == consent.owner)) is None:
                raise NotFound(what="owner", id=consent.owner)
            connection.execute(sa.insert(consents).values(_consent_row(consent)))

    def withdraw(self, consent: ConsentId, *, at: dt.datetime) -> Consent:
        """Write that a consent is withdrawn from `at` on; one that was withdrawn before stays so.

        Raises:
            NotFound
        """
        this = consents.c.id == consent
        with recorded(self._book, Action.CONSENT_WITHDRAWN, Subject(SubjectKind.CONSENT, consent)) as connection:
            row = connection.execute(sa.select(consents).where(this)).first()
            if row is None:
                raise NotFound(what="consent", id=consent)
            if row.withdrawn_at is not None:
                return _consent(row)
            connection.execute(sa.update(consents).where(this).values(withdrawn_at=at))
            return replace(_consent(row), withdrawn_at=at)

    def consents(self, owner: OwnerId) -> Sequence[Consent]:
        """Return all consents of an owner, oldest first."""
        with reading(self._engine) as connection:
            mine = consents.c.owner.in_(family(connection, owner))
            rows = connection.execute(sa.select(consents).where(mine).order_by(consents.c.given_at, consents.c.id))
            return tuple(_consent(row) for row in rows)

    def note(self, looks: Sequence[Access], *, beside: Sequence[Deed] = ()) -> None:
        """Write that somebody looks at papers, for the owner's eyes, and into the audit trail; `beside` goes there with them.

        Looks are new rows that nobody else can be writing, so there is nothing to be held, and nothing that was before.

        Raises:
            NotFound: there is no such holding.
        """
        if not looks and not beside:
            return

        def write(connection: sa.Connection) -> Sequence[Deed]:
            return [*beside, *_noted(connection, looks)]

        self._book.together.commit(Told(author=self._book.author, write=write))

    def accesses(self, owner: OwnerId, *, limit: int = 100, before: str | None = None) -> Sequence[Access]:
        """Return who looked at an owner's papers, the newest first, those older than the one with the id `before`."""
        with reading(self._engine) as connection:
            mine = accesses.c.owner.in_(family(connection, owner))
            wanted = mine if before is None else mine & (accesses.c.id < before)
            rows = connection.execute(sa.select(accesses).where(wanted).order_by(accesses.c.id.desc()).limit(limit))
            return tuple(_access(row) for row in rows)


def _noted(connection: sa.Connection, looks: Sequence[Access]) -> Iterator[Deed]:
    """Write looks, and yield what the trail says of each."""
    if not looks:
        return
    named = {each.holding for each in looks}
    known = set(connection.scalars(sa.select(holdings.c.id).where(holdings.c.id.in_(named))))
    if named - known:
        raise NotFound(what="holding", id=min(named - known))
    rows = [_access_row(each) for each in looks]
    connection.execute(sa.insert(accesses), rows)
    for each, row in zip(looks, rows, strict=True):
        details = {"owner": each.owner, "who": each.who, "agency": each.agency, "dossier": each.dossier or ""}
        after = {accesses.name: digest_of_new(row)}
        subject = Subject(SubjectKind.LOOK, each.id)
        yield Deed(action=Action.READ, subject=subject, after=after, reason=each.purpose, details=details)


def _consent_row(consent: Consent) -> dict[str, Any]:
    return {
        "id": consent.id,
        "owner": consent.owner,
        "agency": consent.agency,
        "purpose": consent.purpose,
        "types": list(consent.types),
        "given_at": consent.given_at,
        "until": consent.until,
        "withdrawn_at": consent.withdrawn_at,
    }


def _consent(row: sa.Row[Any]) -> Consent:
    return Consent(
        id=ConsentId(row.id),
        owner=OwnerId(row.owner),
        agency=row.agency,
        purpose=row.purpose,
        types=tuple(TypeCode(each) for each in row.types),
        given_at=row.given_at,
        until=row.until,
        withdrawn_at=row.withdrawn_at,
    )


def _access_row(access: Access) -> dict[str, Any]:
    return {
        "id": access.id,
        "at": access.at,
        "owner": access.owner,
        "holding": access.holding,
        "who": access.who,
        "agency": access.agency,
        "purpose": access.purpose,
        "basis": access.basis.value,
        "dossier": access.dossier,
    }


def _access(row: sa.Row[Any]) -> Access:
    return Access(
        id=row.id,
        at=row.at,
        owner=OwnerId(row.owner),
        holding=HoldingId(row.holding),
        who=row.who,
        agency=row.agency,
        purpose=row.purpose,
        basis=AccessBasis(row.basis),
        dossier=None if row.dossier is None else DossierCode(row.dossier),
    )
