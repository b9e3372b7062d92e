"""What people said of dossiers as a whole, in SQL; and drafts of arrangements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.attachment import AttachedPaper, AttachmentId
from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId, DossierCode
from pipeline.domain.owner import HoldingId
from pipeline.domain.procedure import ProcedureCode
from storage.database import reading, upsert, writing
from storage.disposed import refuse_disposed
from storage.owner_tables import holdings
from storage.rearrange_tables import arrangement_drafts, attached_papers, dossier_procedures
from storage.recorded import Book, recorded


class SqlDossierBook:
    """Implements `pipeline.arrangement_ports.DossierBook`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def choose(
        self, dossier: DossierCode, procedure: ProcedureCode, *, at: dt.datetime, by: str, agency: str = ""
    ) -> None:
        """Write which procedure a dossier is of; the last word counts."""
        row = {"dossier": dossier, "procedure": procedure, "chosen_at": at, "chosen_by": by, "agency": agency}
        with recorded(
            self._book, Action.PROCEDURE_CHOSEN, _subject(dossier), details={"procedure": procedure}
        ) as connection:
            upsert(connection, dossier_procedures, [row])

    def procedure(self, dossier: DossierCode) -> ProcedureCode | None:
        """Return which procedure a person said that a dossier is of."""
        query = sa.select(dossier_procedures.c.procedure).where(dossier_procedures.c.dossier == dossier)
        with reading(self._book.engine) as connection:
            found = connection.scalar(query)
        return None if found is None else ProcedureCode(found)

    def attach(self, paper: AttachedPaper) -> AttachedPaper:
        """Write that a stored paper stands for a component of a dossier."""
        columns = attached_papers.c
        details = {"document": paper.document, "component": paper.component}
        subject = _subject(paper.dossier)
        with recorded(self._book, Action.PAPER_ATTACHED, subject, reason=paper.purpose, details=details) as connection:
            refuse_disposed(connection, paper.document)
            this = (holdings.c.id == paper.holding, holdings.c.document == paper.document)
            if connection.scalar(sa.select(holdings.c.id).where(*this)) is None:
                raise NotFound(what="holding", id=paper.holding)
            same = (
                columns.dossier == paper.dossier,
                columns.component == paper.component,
                columns.document == paper.document,
                columns.detached_at.is_(None),
            )
            there = connection.execute(sa.select(attached_papers).where(*same)).first()
            if there is not None:
                return _attached(there)
            connection.execute(sa.insert(attached_papers), [_row(paper)])
        return paper

    def detach(self, attachment: AttachmentId, *, at: dt.datetime, by: str) -> AttachedPaper:
        """Take it back; again changes nothing."""
        this = attached_papers.c.id == attachment
        with reading(self._book.engine) as connection:
            dossier = connection.scalar(sa.select(attached_papers.c.dossier).where(this))
        if dossier is None:
            raise NotFound(what="attachment", id=attachment)
        with recorded(self._book, Action.PAPER_DETACHED, _subject(DossierCode(dossier))) as connection:
            standing = sa.update(attached_papers).where(this, attached_papers.c.detached_at.is_(None))
            connection.execute(standing.values(detached_at=at, detached_by=by))
            return _attached(connection.execute(sa.select(attached_papers).where(this)).one())

    def attached(self, dossier: DossierCode) -> Sequence[AttachedPaper]:
        """Return all that stands, or stood, for components of a dossier, oldest first."""
        columns = attached_papers.c
        query = sa.select(attached_papers).where(columns.dossier == dossier).order_by(columns.attached_at, columns.id)
        with reading(self._book.engine) as connection:
            return tuple(_attached(row) for row in connection.execute(query))


class SqlArrangementDrafts:
    """Implements `pipeline.arrangement_ports.ArrangementDrafts`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def save(self, batch: BatchId, account: str, draft: Mapping[str, Any], *, at: dt.datetime) -> None:
        """Keep somebody's draft of a batch."""
        row = {"batch": batch, "account": account, "draft": dict(draft), "saved_at": at}
        with writing(self._engine) as connection:
            upsert(connection, arrangement_drafts, [row])

    def find(self, batch: BatchId, account: str) -> Mapping[str, Any] | None:
        """Return somebody's draft of a batch."""
        columns = arrangement_drafts.c
        query = sa.select(columns.draft).where(columns.batch == batch, columns.account == account)
        with reading(self._engine) as connection:
            found: Mapping[str, Any] | None = connection.scalar(query)
        return found

    def drop(self, batch: BatchId, account: str) -> None:
        """Forget it."""
        columns = arrangement_drafts.c
        with writing(self._engine) as connection:
            connection.execute(sa.delete(arrangement_drafts).where(columns.batch == batch, columns.account == account))


def _subject(dossier: DossierCode) -> Subject:
    return Subject(SubjectKind.DOSSIER, dossier)


def _row(paper: AttachedPaper) -> dict[str, Any]:
    return {
        "id": paper.id,
        "dossier": paper.dossier,
        "component": paper.component,
        "document": paper.document,
        "holding": paper.holding,
        "agency": paper.agency,
        "purpose": paper.purpose,
        "attached_at": paper.attached_at,
        "attached_by": paper.attached_by,
    }


def _attached(row: sa.Row[Any]) -> AttachedPaper:
    return AttachedPaper(
        id=AttachmentId(row.id),
        dossier=DossierCode(row.dossier),
        component=row.component,
        document=DocumentId(row.document),
        holding=HoldingId(row.holding),
        agency=row.agency,
        purpose=row.purpose,
        attached_at=row.attached_at,
        attached_by=row.attached_by,
        detached_at=row.detached_at,
        detached_by=row.detached_by,
    )
