"""Papers to search for, and searches, in few words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.search import EVERYTHING, Scope, SearchQuery, SearchResult
from storage.records import Records
from tests.storage.samples import SCAN, digitized_batch, document, field, received_batch

RECEIVED = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)


def keep(
    records: Records,
    batch: str,
    texts: Sequence[str],
    *,
    agency: str = "",
    received: dt.datetime = RECEIVED,
    issued: str | None = None,
    **changes: object,
) -> list[DocumentId]:
    """Keep one document a text and return their ids."""
    refs = [PageRef(SCAN, number) for number in range(1, len(texts) + 1)]
    fields = {} if issued is None else {FieldName("issued_date"): field(issued)}
    papers = tuple(
        document(f"{batch}-{ref.number}", ref, **{"dossier": None, "fields": fields, **changes}) for ref in refs
    )
    whole = replace(
        digitized_batch(batch),
        pages=tuple(PageOutcome(ref=ref, state=PageState.KEPT) for ref in refs),
        documents=papers,
        dossiers=(),
    )
    ids = [paper.understood.id for paper in papers]
    records.batches.open(replace(received_batch(batch, created_at=received), agency=agency))
    records.batches.complete(whole, texts=dict(zip(ids, texts, strict=True)))
    return ids


def ask(records: Records, words: str, *, scope: Scope = EVERYTHING, **more: object) -> SearchResult:
    """Search."""
    return records.library.search(SearchQuery(words=words, **more), scope=scope)  # type: ignore[arg-type]


def found(records: Records, words: str, *, scope: Scope = EVERYTHING, **more: object) -> list[str]:
    """Return the ids of the papers that a search finds, best first."""
    return [hit.document.understood.id for hit in ask(records, words, scope=scope, **more).hits]
