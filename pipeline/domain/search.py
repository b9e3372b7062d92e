"""Questions to what is kept, and their answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.ids import BatchId, DossierCode, TypeCode

COUNTED = 1000
"""matches that are counted one by one; of more, a reader needs to know only that they are more"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose papers somebody may see; part of every question, so that nothing else is looked at, counted or named."""

    agencies: frozenset[str] | None = None
    """codes of agencies, `` for the installation's own; None: all"""

    def allows(self, agency: str) -> bool:
        """Say whether papers of an agency may be seen."""
        return self.agencies is None or agency in self.agencies


EVERYTHING = Scope()
"""for whoever administers the installation, and for work that runs by itself"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What to look for; unset means any.

    All words have to be found, `"words in quotes"` side by side; `ngu*` stands for all words that begin so (two
    characters at least).
    """

    words: str
    as_typed: bool = False
    """the last word may not be complete yet"""
    numbers: tuple[str, ...] = ()
    """numbers of one person, any of which has to be found"""
    type: TypeCode | None = None
    dossier: DossierCode | None = None
    state: DocumentState | None = None
    batch: BatchId | None = None
    agency: str | None = None
    issued_since: dt.date | None = None
    issued_until: dt.date | None = None
    """both days included; a paper whose date of issue is not known lies in no range"""
    received_since: dt.date | None = None
    received_until: dt.date | None = None
    """both days included, Vietnamese time"""
    limit: int = 20
    after: str = ""
    """`SearchResult.next` of the page before"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The words around the place that was found."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    """what was found in it: first character and the one behind the last"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document found by a search, with the words around the place."""

    document: StoredDocument
    batch: BatchId
    agency: str
    snippet: Snippet
    score: float
    """above 1 where the diacritics agree with those that were typed, below 1 where only the letters do"""


class FacetName(StrEnum):
    """By what matches are counted."""

    TYPE = "type"
    STATE = "state"
    AGENCY = "agency"
    YEAR = "year"
    """of issue, where it is known"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """One page of an answer, and counts of all that it is a part of."""

    hits: tuple[Hit, ...]
    """best first: the very diacritics before other ones, words side by side before scattered ones, newer before older"""
    total: int
    """matches that were counted"""
    is_more: bool
    """there are more than `total`; facets then count the newest `total` ones"""
    facets: Mapping[FacetName, Mapping[str, int]]
    """how many matches have which value, most frequent first"""
    next: str
    """for `SearchQuery.after`; empty: this is the last page. Papers that come in meanwhile do not shift the pages"""
    is_empty_query: bool = False
    """there was neither a word nor a filter to look for"""
