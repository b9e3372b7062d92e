"""Long lists, part by part: each continues behind an item, so that nothing is left out or told twice while more comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.document import DocumentState
from pipeline.domain.dossier_row import DossierRow
from pipeline.domain.ids import BatchId, ContentHash, DossierCode, SourceName
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import SourceOutcome, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A file of a batch in a list."""

    outcome: SourceOutcome
    """as it ended, or as it stands by now"""
    size: int | None
    """bytes; None for a member of an archive"""
    is_secret: bool
    """it, or a member of it, has a page with a degree of secrecy: nobody gets it here"""
    is_disposed: bool
    """it went with papers that were disposed of, or is going"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFilter:
    """Which dossiers to list; unset means any."""

    begins: str = ""
    """how their codes begin"""
    state: DocumentState | None = None
    """with a paper in this state"""
    limit: int = 50
    after: DossierCode | None = None


class BatchParts(Protocol):
    """What batches are made of."""

    def has(self, batch: BatchId, *, scope: Scope = EVERYTHING) -> bool:
        """Say whether there is such a batch within `scope`."""
        ...

    def source(self, batch: BatchId, sha256: ContentHash) -> SourceRow | None:
        """Return a file of a batch; of several with the same bytes one that may not be handed out, if there is one."""
        ...

    def sources(
        self, batch: BatchId, *, state: SourceState | None = None, limit: int, after: SourceName | None = None
    ) -> Sequence[SourceRow]:
        """Return files by name: also those that nothing is known of yet, and members of archives."""
        ...

    def pages(
        self,
        batch: BatchId,
        *,
        source: SourceName | None = None,
        state: PageState | None = None,
        limit: int,
        after: PageRef | None = None,
    ) -> Sequence[PageOutcome]:
        """Return pages that are accounted for, by their files' names and their numbers."""
        ...


class DossierLists(Protocol):
    """Dossiers that have papers."""

    def rows(self, wanted: DossierFilter, *, scope: Scope = EVERYTHING) -> Sequence[DossierRow]:
        """Return dossiers by code; papers outside of `scope` are not counted."""
        ...

    def row(self, dossier: DossierCode, *, scope: Scope = EVERYTHING) -> DossierRow | None:
        """Return one that has a paper within `scope`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingBooks:
    """Lists of the records."""

    batches: BatchParts
    dossiers: DossierLists
