"""Look at what is kept about people: whoever does leaves an entry in the audit trail before anything is shown.

Every face of the product (command line, pages, interface for systems) comes through here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from pipeline.audit_ports import AuditTrail
from pipeline.depository_ports import Owners
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId, content_hash
from pipeline.domain.owner import Owner
from pipeline.domain.search import EVERYTHING, Scope, SearchQuery, SearchResult
from pipeline.listing_ports import BatchParts
from pipeline.ports import BatchRecords, DocumentFilter, Library
from pipeline.usecases.keep_depository import named_owner, numbers_in

_NO_FILTERS = frozenset({"words", "numbers", "after", "limit", "as_typed", "newest_first"})
"""what says nothing about whom was looked for, or says too much: that is kept as a digest"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """How looks are written down; who looks is known to the trail."""

    trail: AuditTrail
    purpose: str = ""
    """why, in the words of whoever looks"""
    keeps_words: bool = False
    """whether the words of a search are kept, and not only their digest: names and numbers of people are among them"""
    about: Mapping[str, str] = field(default_factory=dict)
    """what else is known of the look: the basis in law, who asked another system, the request"""


def look_at_document(
    document: DocumentId, *, part: str, library: Library, looker: Looker, scope: Scope = EVERYTHING
) -> tuple[BatchId, StoredDocument]:
    """Return a document and its batch; `part` says what of it will be shown.

    Raises:
        NotFound: there is none, or none within `scope`.
        RecordsUnavailable: the look could not be written down, so there is no answer.
    """
    found = library.document(document, scope=scope)
    if found is None:
        raise NotFound(what="document", id=document)
    _note(Action.READ, Subject(SubjectKind.DOCUMENT, document), {"part": part}, looker)
    return found


def look_at_batch(
    batch: BatchId, *, part: str, batches: BatchRecords, looker: Looker
) -> DigitizedBatch | ReceivedBatch:
    """Return a batch as far as it has come, with all its documents.

    Raises:
        NotFound, RecordsUnavailable
    """
    found = batches.load(batch)
    if found is None:
        raise NotFound(what="batch", id=batch)
    if isinstance(found, DigitizedBatch):  # of one that is not done, only names of files and numbers are shown
        _note(Action.READ, Subject(SubjectKind.BATCH, batch), {"part": part}, looker)
    return found


def look_at_batch_part(
    batch: BatchId, *, part: str, parts: BatchParts, looker: Looker, scope: Scope = EVERYTHING
) -> None:
    """Write down that pages or files of a batch are looked at, before they are shown.

    Raises:
        NotFound: there is no such batch, or none within `scope`.
        RecordsUnavailable
    """
    if not parts.has(batch, scope=scope):
        raise NotFound(what="batch", id=batch)
    _note(Action.READ, Subject(SubjectKind.BATCH, batch), {"part": part}, looker)


def look_at_owner(number_or_id: str, *, part: str, owners: Owners, looker: Looker) -> Owner:
    """Return an owner; `part` says what of theirs will be shown. What is theirs is noted with each paper that is shown.

    Raises:
        NotFound, RecordsUnavailable
    """
    owner = named_owner(number_or_id, owners=owners)
    _note(Action.READ, Subject(SubjectKind.OWNER, owner.id), {"part": part}, looker)
    return owner


def list_documents(
    wanted: DocumentFilter, *, library: Library, looker: Looker, scope: Scope = EVERYTHING
) -> Sequence[StoredDocument]:
    """Return documents in order of batch and page.

    Raises:
        NotFound: the document to continue behind does not exist.
        RecordsUnavailable
    """
    found = library.documents(wanted, scope=scope)
    _note(Action.SEARCHED, _SEARCH, _filters(wanted) | _found(found), looker)
    return found


def search_documents(
    query: SearchQuery, *, library: Library, looker: Looker, scope: Scope = EVERYTHING
) -> SearchResult:
    """Search text and fields, best first.

    Raises:
        NotFound: `after` is no place in an answer.
        RecordsUnavailable
    """
    result = library.search(query, scope=scope)
    if result.is_empty_query:
        return result
    words: dict[str, str] = {}
    for name, typed in (("words", query.words), ("numbers", " ".join(query.numbers))):
        if typed:
            words[f"{name}_sha256"] = content_hash(typed.encode(errors="replace"))
        if typed and looker.keeps_words:
            words[name] = typed
    found = _found(hit.document for hit in result.hits) | {"total": str(result.total)}
    _note(Action.SEARCHED, _SEARCH, words | _filters(query) | found, looker)
    return result


def numbers_of_person(typed: str, *, owners: Owners) -> tuple[str, ...]:
    """Return all numbers by which papers may name the person with this number; none where no number was typed.

    Who is known by an old and a new number is looked for by both.
    """
    numbers = numbers_in(typed)
    known = next(filter(None, map(owners.find, numbers)), None)
    return tuple(dict.fromkeys(each.value for each in (*numbers, *(known.identifiers if known else ()))))


_SEARCH = Subject(SubjectKind.SEARCH, "")


def _note(action: Action, subject: Subject, details: Mapping[str, str], looker: Looker) -> None:
    looker.trail.note(
        [Deed(action=action, subject=subject, reason=looker.purpose, details={**looker.about, **details})]
    )


def _found(documents: Iterable[StoredDocument]) -> dict[str, str]:
    return {"documents": " ".join(each.understood.id for each in documents)}


def _filters(wanted: DocumentFilter | SearchQuery) -> dict[str, str]:
    """Return what narrowed the question, by name."""
    named = {each.name: getattr(wanted, each.name) for each in fields(wanted) if each.name not in _NO_FILTERS}
    return {name: _word(value) for name, value in named.items() if value is not None}


def _word(value: Any) -> str:  # noqa: ANN401 - whatever a filter holds
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)
