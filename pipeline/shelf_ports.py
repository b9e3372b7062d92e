"""What is known of papers beside what they say, for many at once: lists would otherwise ask for each paper by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.arrangement_ports import Replacement
from pipeline.domain.disposal import Tombstone
from pipeline.domain.holding import Holding
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.result import Result, ResultCode, ResultState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import CopyVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """What became of a paper."""

    newest: CopyVersion
    """version of its copy"""
    result: Result | None = None
    """it, as a result"""
    successor: DocumentId | None = None
    """the paper of the result that stands in the place of that one"""
    places: tuple[Holding, ...] = ()
    """in depositories"""
    replacement: Replacement | None = None
    """by papers of which its pages are now"""
    tombstone: Tombstone | None = None
    """what is left of it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFilter:
    """Which results are wanted; unset means any."""

    dossier: DossierCode | None = None
    state: ResultState | None = None
    limit: int = 50
    after: ResultCode | None = None
    """continue behind this result"""


class Shelf(Protocol):
    """What became of papers."""

    def about(self, documents: Collection[DocumentId]) -> Mapping[DocumentId, Shelved]:
        """Return what became of papers, read in one consistent state; those that are not known are left out."""
        ...

    def results(self, wanted: ResultFilter, *, scope: Scope = EVERYTHING) -> Sequence[Result]:
        """Return results whose papers lie within `scope`, in order of their dossiers and numbers."""
        ...
