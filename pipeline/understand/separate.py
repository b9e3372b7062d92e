"""A batch's pages cut into dossiers and papers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.document import Dossier, SeparatedDocument
from pipeline.domain.ids import BatchId, DossierCode, SourceName
from pipeline.domain.page import PageOutcome, RecognisedPage
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.cutting import Cutting


@dataclass(frozen=True, slots=True)
class Separation:
    """The papers of a batch in page order, what became of each page (with notes on those to look at), and the dossiers."""

    documents: tuple[SeparatedDocument, ...]
    pages: tuple[PageOutcome, ...]
    dossiers: tuple[Dossier, ...]


def separate(
    pages: Sequence[RecognisedPage],
    *,
    batch: BatchId,
    catalogue: TypeCatalogue,
    given: DossierCode | None,
    hints: Mapping[SourceName, str],
    signed: Collection[SourceName],
) -> Separation:
    """Cut pages into dossiers and papers; every page has an outcome, blank and separator pages belong to no paper.

    A dossier begins at a receipt or a sheet with a code that holds a dossier code, or with a source whose name or folder
    holds one; what follows belongs to it, across sources. A paper begins where the signs of `first_page` say so. What does
    not agree (two codes, a code of no day, page numbers that leave some out) is noted on its page: nothing is dropped.

    Args:
        pages: of all sources, in the order in which the sources were given.
        batch: its id; documents are named by it and their first page.
        catalogue: the declared types, whose titles are signs of a first page.
        given: a dossier code that holds for the whole batch, whatever the pages say.
        hints: names of the folders that the sources came from.
        signed: sources that carry a signature: each is one paper by itself.
    """
    sources = dict.fromkeys(page.ref.source for page in pages)
    cut = Cutting(sources.keys(), batch=batch, catalogue=catalogue, given=given, hints=hints, signed=signed)
    for page in pages:
        cut.take(page)
    cut.end_source()
    cut.note_strays()
    documents = cut.papers()
    owner = {ref: document.id for document in documents for ref in document.pages}
    outcomes = tuple(cut.outcome(page, owner.get(page.ref)) for page in pages)
    return Separation(documents=documents, pages=outcomes, dossiers=_dossiers(documents))


def _dossiers(documents: Sequence[SeparatedDocument]) -> tuple[Dossier, ...]:
    codes = dict.fromkeys(document.dossier for document in documents if document.dossier)
    return tuple(
        Dossier(code=code, documents=tuple(document.id for document in documents if document.dossier == code))
        for code in codes
    )
