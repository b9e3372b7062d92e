"""Papers that are ready before their batch is."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.document import Copy, DocumentState
from pipeline.domain.ids import DocumentId, TypeCode
from pipeline.domain.page import PageRef


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyPaper:
    """What a paper of a batch that is still being read seems to be; only the end of its batch makes it a document."""

    id: DocumentId
    """that it has in the end, if it still begins at the same page then"""
    place: int
    """of its first page among all pages of the batch, from 0"""
    first: PageRef
    pages: int
    type: TypeCode
    title: str
    copy: Copy
    state: DocumentState
    """whether somebody will have to look at it, as far as it is known now"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStretch:
    """Pages of a batch that will not change their papers any more as far as is known, and those papers that can be shown."""

    start: int
    """place of the first page"""
    end: int
    """place behind the last one"""
    papers: tuple[EarlyPaper, ...]
    """in page order"""
