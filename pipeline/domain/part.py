"""Parts of a large batch: pages that one process reads while others read others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import ContentHash, SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.source import MediaType


class PartState(StrEnum):
    """How far a part is."""

    OPEN = "open"
    DONE = "done"
    """each of its pages was read, or could not be"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSource:
    """Pages of one source that belong to a part: what is needed to read them, and no bytes."""

    name: SourceName
    sha256: ContentHash
    media_type: MediaType
    pages: tuple[int, ...]
    """their numbers, the first page of a source is 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Pages to be read together, in the order of the batch."""

    number: int
    """from 1"""
    key: str
    """depends on everything on which the readings of its pages do: whoever reads otherwise reads nothing of it"""
    sources: tuple[PartSource, ...]

    @property
    def refs(self) -> tuple[PageRef, ...]:
        """Its pages."""
        return tuple(PageRef(source.name, number) for source in self.sources for number in source.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStanding:
    """How a part stands."""

    number: int
    plan: str
    """what it is a part of: a batch that is read otherwise is cut anew"""
    pages: int
    state: PartState
    holder: str
    """who took it last; empty: nobody, or it was given back"""
    failed: Mapping[PageRef, str]
    """pages that could not be read, and the codes of the reasons; of a part that is done"""
