"""What putting pages right and completing dossiers need from outside, and what they give: at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.domain.arrangement import ArrangementPlan, Obstacle
from pipeline.domain.attachment import AttachedPaper, AttachmentId
from pipeline.domain.correction import FieldChange
from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import BatchId, DocumentId, DossierCode
from pipeline.domain.not_digitized import NotDigitized
from pipeline.domain.page import PageOutcome
from pipeline.domain.procedure import ProcedureCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangedBatch:
    """All that is to be written when pages were put right."""

    plan: ArrangementPlan
    seen: Mapping[DocumentId, int]
    """versions of the papers that are replaced, as they were when the new ones were made of them"""
    new: Sequence[StoredDocument]
    texts: Mapping[DocumentId, str]
    pages: Sequence[PageOutcome]
    """all pages of the batch as they are then"""
    by: str
    """account"""
    at: dt.datetime
    since: dt.datetime
    """when the new papers' objects began to be put or looked at"""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A paper that others stand in the place of."""

    document: DocumentId
    successors: tuple[DocumentId, ...]
    at: dt.datetime
    by: str
    reason: str


class Arrangements(Protocol):
    """Which papers pages make up, and what became of papers whose pages were put otherwise."""

    def rounds(self, batch: BatchId) -> int:
        """Return how often pages of a batch were put right."""
        ...

    def obstacles(self, documents: Collection[DocumentId]) -> Mapping[DocumentId, Obstacle]:
        """Return what keeps papers as they are; those that nothing does are left out."""
        ...

    def apply(self, arranged: ArrangedBatch) -> None:
        """Write new papers, replace those that had their pages, and find every page again, in one transaction.

        Raises:
            RecordChanged: somebody has put pages of the batch right, or corrected a paper, since it was seen.
            ArrangementRefused: something keeps a paper as it is.
            ObjectLeaving: a file of a new paper is being removed with a paper that is disposed of.
            PagesLost: a page would be in no place or in two.
        """
        ...

    def declare(
        self, document: StoredDocument, changes: Sequence[FieldChange], *, seen: int, by: str
    ) -> StoredDocument:
        """Write a paper's type, fields and state anew as a person says what it is; returns it with its new version.

        Raises:
            NotFound, RecordChanged, DocumentDisposed
        """
        ...

    def replacements(self, documents: Collection[DocumentId]) -> Mapping[DocumentId, Replacement]:
        """Return what became of papers that were replaced."""
        ...


class ArrangementDrafts(Protocol):
    """How people are about to arrange pages, each by themselves."""

    def save(self, batch: BatchId, account: str, draft: Mapping[str, Any], *, at: dt.datetime) -> None:
        """Keep somebody's draft of a batch; the last word counts."""
        ...

    def find(self, batch: BatchId, account: str) -> Mapping[str, Any] | None:
        """Return somebody's draft of a batch."""
        ...

    def drop(self, batch: BatchId, account: str) -> None:
        """Forget it."""
        ...


class DossierBook(Protocol):
    """What people said of dossiers as a whole."""

    def choose(
        self, dossier: DossierCode, procedure: ProcedureCode, *, at: dt.datetime, by: str, agency: str = ""
    ) -> None:
        """Write which procedure a dossier is of, as somebody of `agency` said; the last word counts."""
        ...

    def procedure(self, dossier: DossierCode) -> ProcedureCode | None:
        """Return which procedure a person said that a dossier is of."""
        ...

    def attach(self, paper: AttachedPaper) -> AttachedPaper:
        """Write that a stored paper stands for a component of a dossier; one that does already is returned as it is.

        Raises:
            NotFound: there is no such document or holding.
            DocumentDisposed
        """
        ...

    def detach(self, attachment: AttachmentId, *, at: dt.datetime, by: str) -> AttachedPaper:
        """Take it back; again changes nothing.

        Raises:
            NotFound
        """
        ...

    def attached(self, dossier: DossierCode) -> Sequence[AttachedPaper]:
        """Return all that stands, or stood, for components of a dossier, oldest first."""
        ...


class DossierMarks(Protocol):
    """Which components of dossiers are not digitized, and whose dossiers are known before a paper of them is here."""

    def mark(self, mark: NotDigitized) -> NotDigitized:
        """Write that a component is not digitized; one of the same component that stood before ends with it.

        Where the same reason and note stand already, nothing changes and that one is returned.
        """
        ...

    def clear(self, dossier: DossierCode, component: str, *, at: dt.datetime, by: str) -> NotDigitized | None:
        """End what stands for a component, and return it; None where nothing does."""
        ...

    def marks(self, dossier: DossierCode) -> Sequence[NotDigitized]:
        """Return all that stands, or stood, oldest first."""
        ...

    def agency(self, dossier: DossierCode) -> str | None:
        """Return for which agency somebody said of which procedure a dossier is; None where nobody did."""
        ...
