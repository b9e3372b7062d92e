"""What reviewing needs from outside: pages, drafts, claims, double entries, the queue; at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.ids import BatchId, DocumentId, FieldName
from pipeline.domain.review import Claim, Draft, PlacedPage, TypedEntry, WaitingBatch, WaitingDocument
from pipeline.domain.search import EVERYTHING, Scope


class DocumentPages(Protocol):
    """The pages of documents with their sources."""

    def of(self, document: DocumentId, *, scope: Scope = EVERYTHING) -> Sequence[PlacedPage]:
        """Return a document's pages in order; none where there is no such document within `scope`."""
        ...


class DraftBook(Protocol):
    """What people have typed and not saved, each person's by themselves."""

    def save(self, document: DocumentId, login: str, drafts: Mapping[FieldName, Draft], *, at: dt.datetime) -> None:
        """Keep what somebody typed for some fields; the last word on each counts.

        Raises:
            NotFound: no such document.
        """
        ...

    def of(self, document: DocumentId, login: str) -> Mapping[FieldName, Draft]:
        """Return somebody's drafts of a document."""
        ...

    def drop(self, document: DocumentId, login: str, names: Collection[FieldName] | None = None) -> None:
        """Forget somebody's drafts of some fields; None: of all."""
        ...


class ClaimBook(Protocol):
    """Who has which document before them."""

    def take(self, claim: Claim, *, at: dt.datetime, against: str = "") -> Claim:
        """Return the claim that stands then: this one, if nobody else's holds at that moment; else the other's.

        Whoever has it already keeps their `since`. `against` names the login whose claim is overruled.

        Raises:
            NotFound: no such document.
        """
        ...

    def of(self, document: DocumentId) -> Claim | None:
        """Return the last claim on a document, lapsed or not."""
        ...

    def drop(self, document: DocumentId, login: str) -> None:
        """End somebody's claim; nothing where it is not theirs."""
        ...


class TypedEntries(Protocol):
    """What people entered for fields that two have to enter; entries are added and neither changed nor removed."""

    def add(self, entries: Sequence[TypedEntry]) -> None:
        """Keep entries of one document, made at one moment by one person.

        Raises:
            NotFound, DocumentDisposed
        """
        ...

    def of(self, document: DocumentId) -> Sequence[TypedEntry]:
        """Return all entries of a document, oldest first."""
        ...

    def entered_by(self, login: str, documents: Collection[DocumentId]) -> Collection[DocumentId]:
        """Return those of some documents for which somebody has entered anything."""
        ...


class ReviewQueue(Protocol):
    """What waits for a person."""

    def batches(self, *, scope: Scope, limit: int) -> Sequence[WaitingBatch]:
        """Return batches with documents that need a look: those of the counter first, then the oldest first."""
        ...

    def documents(self, batch: BatchId, *, scope: Scope) -> Sequence[WaitingDocument]:
        """Return the documents of a batch that need a look, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewBooks:
    """Everything that is kept for those who review."""

    pages: DocumentPages
    drafts: DraftBook
    claims: ClaimBook
    entries: TypedEntries
    queue: ReviewQueue
