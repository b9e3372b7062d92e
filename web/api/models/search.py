"""Answers to searches."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline.domain.search import FacetName, Hit, SearchResult
from web.api.models.base import ApiModel


class SnippetShown(ApiModel):
    """The words around the place that was found."""

    text: str
    marks: tuple[tuple[int, int], ...]
    """what was found in it: first character and the one behind the last, in code points"""


class HitShown(ApiModel):
    """A paper that was found."""

    document: Annotated[str, Field(examples=["d-0123456789abcdef01234567"])]
    batch: str
    dossier: str | None
    type: str
    agency: str
    """code of the agency; empty: the installation's own"""
    snippet: SnippetShown
    score: float
    """above 1 where the diacritics agree with those that were typed, below 1 where only the letters do"""

    @classmethod
    def of(cls, hit: Hit) -> HitShown:
        """Return a hit as the interface tells it."""
        understood = hit.document.understood
        return cls(
            document=understood.id,
            batch=hit.batch,
            dossier=understood.dossier,
            type=understood.type,
            agency=hit.agency,
            snippet=SnippetShown(text=hit.snippet.text, marks=hit.snippet.marks),
            score=round(hit.score, 4),
        )


class SearchShown(ApiModel):
    """A part of an answer, best first, and counts of all that it is a part of."""

    items: tuple[HitShown, ...]
    total: int
    """matches that were counted"""
    is_more: bool
    """there are more than `total`; facets then count the newest `total` ones"""
    facets: dict[FacetName, dict[str, int]]
    """how many matches have which value, most frequent first"""
    next: str | None
    """`after` of the next part; null: this is the last one"""

    @classmethod
    def of(cls, result: SearchResult, *, following: str | None) -> SearchShown:
        """Return an answer as the interface tells it."""
        return cls(
            items=tuple(map(HitShown.of, result.hits)),
            total=result.total,
            is_more=result.is_more,
            facets={name: dict(counts) for name, counts in result.facets.items()},
            next=following,
        )
