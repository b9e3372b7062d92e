"""What records officers look through, beside the ports that others use too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.archive_ports import FixityCheck
from pipeline.audit_ports import TrailSearch
from pipeline.domain.ids import ContentHash, DocumentId, SourceName
from pipeline.domain.source import MediaType, SourceState
from pipeline.index_ports import DossierCourses, DossierFacts, KeptFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSource:
    """A file that a paper's pages came from."""

    name: SourceName
    sha256: ContentHash
    media_type: MediaType
    state: SourceState
    size: int | None
    """bytes; None for what came out of an archive"""
    pages: int
    papers: int
    """how many papers were made of it: more than one means that it shows other people's papers too"""
    is_secret: bool
    """it holds a page with a degree of secrecy"""


class PaperFiles(Protocol):
    """Which files stand behind a paper, and when they were last read as a whole."""

    def sources(self, document: DocumentId) -> Sequence[PaperSource]:
        """Return the sources of a paper's pages, in the order of the pages."""
        ...

    def checks(self, hashes: Collection[ContentHash]) -> Mapping[ContentHash, FixityCheck]:
        """Return when objects of the archive in the first store were last read; those never enlisted are left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerBooks:
    """Everything that records officers look through."""

    trail: TrailSearch
    files: PaperFiles
    dossiers: DossierFacts
    courses: DossierCourses
    figures: KeptFigures
