"""Cut the pages of a batch into dossiers and papers, and find out what each paper is and says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.document import Dossier, UnderstoodDocument
from pipeline.domain.ids import BatchId, DossierCode, SourceName
from pipeline.domain.page import PageOutcome, PageRef, PageState, RecognisedPage
from pipeline.domain.source import InspectedSource, ReceivedSource
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.separate import separate
from pipeline.understand.understand import UnderstandPolicy, understand
from pipeline.usecases.read_pages import FailedPage, PageReading


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodBatch:
    """Every page's end, and the papers."""

    pages: tuple[PageOutcome, ...]
    documents: tuple[UnderstoodDocument, ...]
    dossiers: tuple[Dossier, ...]


def understand_batch(
    batch: BatchId,
    readings: Mapping[PageRef, PageReading],
    *,
    received: Sequence[ReceivedSource],
    readable: Sequence[InspectedSource],
    dossier: DossierCode | None,
    catalogue: TypeCatalogue,
    policy: UnderstandPolicy,
) -> UnderstoodBatch:
    """Separate, classify and extract. The second of two sources with the same bytes is linked to the first."""
    first_of = _first_sources(readable)
    pages = [
        reading
        for ref, reading in readings.items()
        if isinstance(reading, RecognisedPage) and first_of[ref.source] == ref.source
    ]
    separation = separate(
        pages,
        batch=batch,
        catalogue=catalogue,
        given=dossier,
        hints={source.name: source.folder for source in received},
        signed={source.name for source in readable if source.signed},
    )
    by_ref = {page.ref: page for page in pages}
    documents = tuple(
        understand(document, [by_ref[ref] for ref in document.pages], catalogue=catalogue, policy=policy)
        for document in separation.documents
    )
    outcomes = {outcome.ref: outcome for outcome in separation.pages}
    return UnderstoodBatch(
        pages=tuple(_outcome(ref, reading, outcomes, first_of) for ref, reading in readings.items()),
        documents=documents,
        dossiers=separation.dossiers,
    )


def _first_sources(sources: Sequence[InspectedSource]) -> dict[SourceName, SourceName]:
    first: dict[str, SourceName] = {}
    return {source.name: first.setdefault(source.sha256, source.name) for source in sources}


def _outcome(
    ref: PageRef,
    reading: PageReading,
    outcomes: Mapping[PageRef, PageOutcome],
    first_of: Mapping[SourceName, SourceName],
) -> PageOutcome:
    if isinstance(reading, FailedPage):
        return PageOutcome(ref=ref, state=PageState.FAILED, reason=reading.error)
    original = first_of[ref.source]
    if original == ref.source:
        return outcomes[ref]
    linked = outcomes[PageRef(original, ref.number)]
    return PageOutcome(
        ref=ref,
        state=linked.state,
        reason=f"duplicate_of:{original}#{ref.number}",
        rotation=linked.rotation,
        skew=linked.skew,
        document=linked.document,
        confidence=linked.confidence,
        codes=linked.codes,
    )
