"""Cut the pages of a batch into dossiers and papers, and find out what each paper is and says."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import overload

from pipeline.domain.document import DocumentState, Dossier, FieldState, SeparatedDocument, UnderstoodDocument
from pipeline.domain.errors import SecretPaper
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode, FieldName, SourceName
from pipeline.domain.page import PageOutcome, PageRef, PageState, RecognisedPage
from pipeline.domain.page_errors import PaperNotUnderstood
from pipeline.domain.page_notes import needs_look
from pipeline.domain.source import InspectedSource, ReceivedSource
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.corroborate import SignatureTrace
from pipeline.understand.officials import Official, signers_of
from pipeline.understand.secrecy import secrecy_of
from pipeline.understand.separate import separate
from pipeline.understand.understand import UnderstandPolicy, understand
from pipeline.usecases.readings import FailedPage, PageReading, Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodBatch:
    """Every page's end, and the papers."""

    pages: tuple[PageOutcome, ...]
    documents: tuple[UnderstoodDocument, ...]
    dossiers: tuple[Dossier, ...]


def understand_batch(
    batch: BatchId,
    readings: Readings,
    *,
    received: Sequence[ReceivedSource],
    readable: Sequence[InspectedSource],
    dossier: DossierCode | None,
    signatures: Mapping[SourceName, Sequence[SignatureTrace]],
    officials: Sequence[Official],
    catalogue: TypeCatalogue,
    policy: UnderstandPolicy,
    early: Mapping[SeparatedDocument, UnderstoodDocument] = MappingProxyType({}),
) -> UnderstoodBatch:
    """Separate, classify and extract. The second of two sources with the same bytes is linked to the first.

    Papers that bear a degree of secrecy are not understood, and some cannot be: their pages fail. `early` holds what was
    understood of papers while the batch was read, none of them secret: that of one which came out so is not found out again.
    """
    first_of = first_sources(readable)
    pages = _Pages(readings, [ref for ref in readings if readings.is_read(ref) and first_of[ref.source] == ref.source])
    separation = separate(
        pages,
        batch=batch,
        catalogue=catalogue,
        given=dossier,
        hints={source.name: source.folder for source in received},
        signed={source.name for source in readable if source.signed},
    )

    def understood(document: SeparatedDocument, known: Sequence[Official]) -> UnderstoodDocument:
        return understand(
            document,
            [pages.page(ref) for ref in document.pages],
            catalogue=catalogue,
            policy=policy,
            signatures=signatures.get(document.pages[0].source, ()),
            officials=known,
        )

    first, refused = _unless_secret(
        separation.documents, lambda paper: early.get(paper) or understood(_open(paper, pages), officials)
    )
    # who signs one paper of a batch for sure is known when another one's name lies under the seal
    known = (*officials, *signers_of(paper for _, paper in first))

    def knowing(document: SeparatedDocument, paper: UnderstoodDocument) -> UnderstoodDocument:
        try:
            return understood(document, known) if _doubtful_signer(paper) else paper
        except PaperNotUnderstood:
            return paper  # without the others it could be understood

    documents = tuple(knowing(document, paper) for document, paper in first)
    outcomes = {outcome.ref: _unless_refused(outcome, refused) for outcome in separation.pages}
    ends = tuple(_outcome(ref, reading, outcomes, first_of) for ref, reading in readings.items())
    return UnderstoodBatch(
        pages=ends,
        documents=_looked_at(documents, {page.ref for page in ends if needs_look(page)}),
        dossiers=without_papers(separation.dossiers, refused),
    )


def _unless_secret(
    documents: Sequence[SeparatedDocument], understood: Callable[[SeparatedDocument], UnderstoodDocument]
) -> tuple[Sequence[tuple[SeparatedDocument, UnderstoodDocument]], Mapping[DocumentId, str]]:
    """Return the papers that may be and can be understood, as they are, and the codes of why others are not."""
    papers: list[tuple[SeparatedDocument, UnderstoodDocument]] = []
    refused: dict[DocumentId, str] = {}
    for document in documents:
        try:
            papers.append((document, understood(document)))
        except (SecretPaper, PaperNotUnderstood) as refusal:
            refused[document.id] = refusal.code
    return papers, refused


def _open(document: SeparatedDocument, pages: _Pages) -> SeparatedDocument:
    """Return a paper that may be looked at.

    Raises:
        SecretPaper: it bears a degree of secrecy.
        PaperNotUnderstood
    """
    if secrecy_of([pages.page(ref) for ref in document.pages]) is not None:
        raise SecretPaper(name=document.pages[0].source)
    return document


def _doubtful_signer(paper: UnderstoodDocument) -> bool:
    name = paper.fields.get(FieldName("signer_name"))
    return name is not None and name.state is FieldState.NEEDS_REVIEW


def _looked_at(documents: Sequence[UnderstoodDocument], doubtful: Container[PageRef]) -> tuple[UnderstoodDocument, ...]:
    """Ask for a look at every paper with a page that may lie wrong, or of which much cannot be read."""
    return tuple(
        replace(document, state=DocumentState.NEEDS_REVIEW)
        if any(ref in doubtful for ref in document.pages)
        else document
        for document in documents
    )


def without_papers(dossiers: Sequence[Dossier], dropped: Container[DocumentId]) -> tuple[Dossier, ...]:
    """Return the dossiers without some of their papers; one of which nothing is left is none."""
    kept = (
        replace(each, documents=tuple(paper for paper in each.documents if paper not in dropped)) for each in dossiers
    )
    return tuple(dossier for dossier in kept if dossier.documents)


def _unless_refused(page: PageOutcome, refused: Mapping[DocumentId, str]) -> PageOutcome:
    """Return the end of a page: those of refused papers fail by name, and nothing of what they say goes further."""
    if page.document is None or page.document not in refused:
        return page
    return PageOutcome(ref=page.ref, state=PageState.FAILED, reason=refused[page.document])


class _Pages(Sequence[RecognisedPage]):
    """The pages that were read, each unpacked when it is looked at, so that they never stand in memory together."""

    def __init__(self, readings: Readings, refs: Sequence[PageRef]) -> None:
        self._readings = readings
        self._refs = refs

    def page(self, ref: PageRef) -> RecognisedPage:
        """Return the reading of one page."""
        reading = self._readings[ref]
        if isinstance(reading, FailedPage):
            raise KeyError(ref)
        return reading

    @overload
    def __getitem__(self, index: int) -> RecognisedPage: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RecognisedPage]: ...
    def __getitem__(self, index: int | slice) -> RecognisedPage | Sequence[RecognisedPage]:
        if isinstance(index, slice):
            return _Pages(self._readings, self._refs[index])
        return self.page(self._refs[index])

    def __iter__(self) -> Iterator[RecognisedPage]:
        return (self.page(ref) for ref in self._refs)

    def __len__(self) -> int:
        return len(self._refs)


def first_sources(sources: Sequence[InspectedSource]) -> dict[SourceName, SourceName]:
    """Return the name of the first source with the same bytes, for each."""
    first: dict[ContentHash, SourceName] = {}
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
