"""List papers by what they say and when they came, the newest first, from the index that searches use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import FieldName
from pipeline.domain.search import EVERYTHING, Scope, SearchQuery
from pipeline.ports import Library
from pipeline.usecases.look_up import Looker, search_documents

_MOST_ROUNDS = 5
"""pages of the index that are gone through for one answer: most papers that hold a number hold it as something else"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocuments:
    """A part of a list."""

    documents: Sequence[StoredDocument]
    """fewer than were asked for, also none, where others had to be passed over"""
    next: str
    """place of the next part; empty: there is none"""


def filter_documents(
    query: SearchQuery,
    *,
    after: str,
    fields: Mapping[FieldName, str],
    library: Library,
    looker: Looker,
    scope: Scope = EVERYTHING,
) -> FoundDocuments:
    """Return papers that fit a query without words, and whose `fields` have exactly these values.

    Raises:
        NotFound: `after` is no place in such a list.
        RecordsUnavailable
    """
    phrase = " ".join(f'"{value}"' for value in fields.values())
    found: list[StoredDocument] = []
    wanted = replace(query, words=phrase, after=after)
    for _ in range(_MOST_ROUNDS):
        wanted = replace(wanted, limit=query.limit - len(found))
        result = search_documents(wanted, library=library, looker=looker, scope=scope)
        found += [hit.document for hit in result.hits if _fits(hit.document, fields)]
        wanted = replace(wanted, after=result.next)
        if not result.next or len(found) >= query.limit:
            break
    return FoundDocuments(documents=found, next=wanted.after)


def _fits(document: StoredDocument, fields: Mapping[FieldName, str]) -> bool:
    values = document.understood.fields
    return all(name in values and values[name].value == value for name, value in fields.items())
