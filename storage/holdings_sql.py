"""Papers in depositories in SQL: a paper lies with each owner once, and a code is given once, whichever processes ask."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import ArchiveCode, Holding, HoldingState, PaperCode, Validity
from pipeline.domain.ids import DocumentId, DossierCode, TypeCode
from pipeline.domain.owner import HoldingId, OwnerId
from pipeline.domain.result import Result, ResultState, result_code
from storage.contended import again_while_taken
from storage.database import among, insert_if_new, reading
from storage.disposed import refuse_disposed
from storage.owner_tables import archive_codes, holdings, owners
from storage.owners_sql import family
from storage.recorded import Book, recorded
from storage.tables import documents, results


class SqlDepository:
    """Implements `pipeline.depository_ports.Depository`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def place(self, new: Sequence[Holding], *, template: str) -> Sequence[Holding]:
        """Put papers into their owners' depositories, with the next serials of their codes: all of them, or none.

        Raises:
            NotFound: there is no such document or owner.
            DocumentDisposed: it was disposed of.
            RecordsUnavailable: too many others ask at the same moment.
        """
        subjects = {_subject(each.document): None for each in new}

        def write() -> Sequence[Holding]:
            with recorded(self._book, Action.HOLDING_PUBLISHED, *subjects) as connection:
                return tuple(_placed(connection, each, template) for each in new)

        return again_while_taken(write, what="paper_code")

    def of(self, owner: OwnerId) -> Sequence[Holding]:
        """Return an owner's papers by time of publication."""
        with reading(self._engine) as connection:
            mine = holdings.c.owner.in_(family(connection, owner))
            return read_holdings(connection, mine)

    def holdings(self, document: DocumentId) -> Sequence[Holding]:
        """Return the places of a paper in depositories."""
        with reading(self._engine) as connection:
            return _of_document(connection, document)

    def change(self, holding: Holding, *, version: int) -> Holding:
        """Write state and validity of a paper for one owner anew, and return it as it stands now.

        Raises:
            RecordChanged: somebody changed it since `version`.
        """
        change = sa.update(holdings).where(holdings.c.id == holding.id, holdings.c.version == version)
        changed = replace(holding, version=version + 1)
        action = Action.HOLDING_CHANGED if holding.state is HoldingState.IN_FORCE else Action.HOLDING_ENDED
        with recorded(self._book, action, _subject(holding.document), reason=holding.reason) as connection:
            if connection.execute(change.values(**_values(changed))).rowcount != 1:
                now = connection.scalar(sa.select(holdings.c.version).where(holdings.c.id == holding.id))
                raise RecordChanged(id=holding.id, seen=version, now=now or 0)
        return changed

    def archive_code(self, document: DocumentId, *, organ: str, kind: str) -> ArchiveCode:
        """Give a document the next archival code of an organisation and kind; one that has a code keeps it.

        Raises:
            NotFound: there is no such document.
            RecordsUnavailable: too many others ask at the same moment.
        """

        def write() -> ArchiveCode:
            with recorded(self._book, Action.HOLDING_PUBLISHED, _subject(document)) as connection:
                return _coded(connection, document, organ=organ, kind=kind)

        return again_while_taken(write, what="archive_code")


def end_holdings(connection: sa.Connection, result: Result, superseded_by: DocumentId | None) -> None:
    """Let the places of a result in depositories follow it, in the transaction in which it ends."""
    state = HoldingState.REVOKED if result.state is ResultState.REVOKED else HoldingState.SUPERSEDED
    in_force = (holdings.c.document == result.document) & (holdings.c.state == HoldingState.IN_FORCE.value)
    connection.execute(
        sa.update(holdings)
        .where(in_force)
        .values(
            state=state.value,
            superseded_by=superseded_by,
            reason=result.reason,
            changed_at=result.changed_at,
            version=holdings.c.version + 1,
        )
    )


def _coded(connection: sa.Connection, document: DocumentId, *, organ: str, kind: str) -> ArchiveCode:
    _refuse_unknown(connection, document)
    columns = archive_codes.c
    known = connection.execute(sa.select(archive_codes).where(columns.document == document)).first()
    if known is not None:
        return ArchiveCode(organ=known.organ, kind=known.kind, serial=known.serial)
    of_kind = (columns.organ == organ) & (columns.kind == kind)
    last = connection.scalar(sa.select(sa.func.max(columns.serial)).where(of_kind)) or 0
    code = ArchiveCode(organ=organ, kind=kind, serial=last + 1)
    row = {"document": document, "organ": organ, "kind": kind, "serial": code.serial}
    insert_if_new(connection, archive_codes, row)
    return code


def _placed(connection: sa.Connection, holding: Holding, template: str) -> Holding:
    _refuse_unknown(connection, holding.document)
    mine = family(connection, holding.owner)
    if not mine:
        raise NotFound(what="owner", id=holding.owner)
    known = [each for each in _of_document(connection, holding.document) if each.owner in mine]
    if known:
        return known[0]
    coded = replace(holding, code=_next_code(connection, holding.code, template))
    connection.execute(sa.insert(holdings).values(_row(coded)))
    return coded


def _subject(document: DocumentId) -> Subject:
    return Subject(SubjectKind.HOLDING, document)


def _refuse_unknown(connection: sa.Connection, document: DocumentId) -> None:
    if connection.scalar(sa.select(documents.c.id).where(documents.c.id == document)) is None:
        raise NotFound(what="document", id=document)
    refuse_disposed(connection, document)


def _next_code(connection: sa.Connection, code: PaperCode, template: str) -> PaperCode:
    of_kind = (holdings.c.code_owner == code.owner) & (holdings.c.code_type == code.type)
    serial = 1 + (connection.scalar(sa.select(sa.func.max(holdings.c.code_serial)).where(of_kind)) or 0)
    return replace(code, serial=serial, text=template.format(owner=code.owner, type=code.type, serial=serial))


def _of_document(connection: sa.Connection, document: DocumentId) -> tuple[Holding, ...]:
    return read_holdings(connection, holdings.c.document == document)


_HOLDINGS = (
    sa.select(
        holdings,
        sa.func.coalesce(owners.c.same_as, owners.c.id).label("whose"),
        results.c.dossier,
        results.c.number,
    )
    .join(owners, owners.c.id == holdings.c.owner)
    .outerjoin(results, results.c.document == holdings.c.document)
    .order_by(holdings.c.published_at, holdings.c.id)
)


_HOLDINGS_OF_DOCUMENTS = _HOLDINGS.where(among(holdings.c.document))


def read_holdings(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> tuple[Holding, ...]:
    """Return holdings with the codes that they have as results, by time of publication."""
    return tuple(_holding(row) for row in connection.execute(_HOLDINGS.where(wanted)))


def read_holdings_of(connection: sa.Connection, papers: Collection[DocumentId]) -> tuple[Holding, ...]:
    """Return the places that papers have in depositories, as `read_holdings` does."""
    return tuple(_holding(row) for row in connection.execute(_HOLDINGS_OF_DOCUMENTS, {"names": list(papers)}))


def _holding(row: sa.Row[Any]) -> Holding:
    return Holding(
        id=HoldingId(row.id),
        owner=OwnerId(row.whose),
        document=DocumentId(row.document),
        type=TypeCode(row.type),
        code=PaperCode(owner=row.code_owner, type=row.code_type, serial=row.code_serial, text=row.code),
        published_at=row.published_at,
        validity=Validity(since=row.valid_from, until=row.valid_to, scope=row.valid_scope, purpose=row.purpose),
        state=HoldingState(row.state),
        superseded_by=None if row.superseded_by is None else DocumentId(row.superseded_by),
        reason=row.reason,
        changed_at=row.changed_at,
        result=None if row.number is None else result_code(DossierCode(row.dossier), row.number),
        version=row.version,
    )


def _row(holding: Holding) -> dict[str, Any]:
    return {
        "id": holding.id,
        "owner": holding.owner,
        "document": holding.document,
        "type": holding.type,
        "code_owner": holding.code.owner,
        "code_type": holding.code.type,
        "code_serial": holding.code.serial,
        "code": holding.code.text,
        "published_at": holding.published_at,
        **_values(holding),
    }


def _values(holding: Holding) -> dict[str, Any]:
    """Return the columns that may change."""
    validity = holding.validity
    return {
        "valid_from": validity.since,
        "valid_to": validity.until,
        "valid_scope": validity.scope,
        "purpose": validity.purpose,
        "state": holding.state.value,
        "superseded_by": holding.superseded_by,
        "reason": holding.reason,
        "changed_at": holding.changed_at,
        "version": holding.version,
    }
