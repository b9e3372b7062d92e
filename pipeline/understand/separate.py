"""A batch's pages cut into dossiers and papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain.document import Dossier, SeparatedDocument
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, SourceName, derived_id
from pipeline.domain.page import LayerNote, PageOutcome, PageRef, PageState, RecognisedPage
from pipeline.text.dossier_code import SHEET_TITLE, find_dossier_codes, read_dossier_codes
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.classify import find_title
from pipeline.understand.declaration import Family
from pipeline.understand.first_page import BEGINS, Before, beginning
from pipeline.understand.head import find_nation
from pipeline.understand.rows import likeness

_ALIKE = 0.85
_SEPARATOR_WORDS = 40
"""a sheet with a code and fewer words than this holds nothing to keep"""


@dataclass(frozen=True, slots=True)
class Separation:
    """The papers of a batch in page order, what became of each page, and the dossiers."""

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
    holds one; what follows belongs to it, across sources. A paper begins where the signs of `first_page` say so.

    Args:
        pages: of all sources, in the order in which the sources were given.
        batch: its id; documents are named by it and their first page.
        catalogue: the declared types, whose titles are signs of a first page.
        given: a dossier code that holds for the whole batch, whatever the pages say.
        hints: names of the folders that the sources came from.
        signed: sources that carry a signature: each is one paper by itself.
    """
    cut = _Cut(
        batch=batch,
        catalogue=catalogue,
        given=given,
        signed=frozenset(signed),
        sizes=Counter(p.ref.source for p in pages),
    )
    for page in pages:
        cut.take(page, hints.get(page.ref.source, ""))
    documents = tuple(paper.document(batch) for paper in cut.papers)
    owner = {ref: document.id for document in documents for ref in document.pages}
    outcomes = tuple(_outcome(page, cut.states[page.ref], owner.get(page.ref)) for page in pages)
    return Separation(documents=documents, pages=outcomes, dossiers=_dossiers(documents))


def page_dossier_code(page: RecognisedPage, *, catalogue: TypeCatalogue) -> DossierCode | None:
    """Return the dossier code that a page begins or continues: from its codes, or, on a receipt, from its text."""
    for code in page.codes:
        found = find_dossier_codes(code.text)
        if found:
            return found[0]
    title = find_title(page, catalogue=catalogue)
    if (title and title.declaration.family is Family.RECEIPT) or _says_separator(page):
        return next(iter(read_dossier_codes(page.text)), None)
    return None


@dataclass(slots=True)
class _Paper:
    """A paper that is being gathered."""

    dossier: DossierCode | None
    refs: list[PageRef]

    def document(self, batch: BatchId) -> SeparatedDocument:
        first = self.refs[0]
        name = DocumentId(derived_id("d", batch, first.source, str(first.number)))
        return SeparatedDocument(id=name, dossier=self.dossier, pages=tuple(self.refs))


@dataclass(slots=True, kw_only=True)
class _Cut:
    """The state of the cut while pages are taken one after the other."""

    batch: BatchId
    catalogue: TypeCatalogue
    given: DossierCode | None
    signed: frozenset[SourceName]
    sizes: Mapping[SourceName, int]
    """pages of each source"""
    papers: list[_Paper] = field(default_factory=list)
    states: dict[PageRef, tuple[PageState, str | None]] = field(default_factory=dict)
    dossier: DossierCode | None = None
    source: SourceName | None = None
    written: RecognisedPage | None = None
    """the last page that belongs to a paper"""
    broken: bool = True
    """a separator or a new dossier came since: the next page begins a paper"""

    def take(self, page: RecognisedPage, folder: str) -> None:
        """Decide on the next page."""
        self._enter_source(page.ref.source, folder)
        if page.blank:
            self.states[page.ref] = (PageState.BLANK, "blank")
            return
        self._enter_dossier(page)
        if page.ref.source not in self.signed and _is_separator(page, self.catalogue):
            self.states[page.ref] = (PageState.SEPARATOR, "separator_sheet")
            self.broken = True
            return
        self.states[page.ref] = (PageState.KEPT, None)
        if self._begins(page):
            self.papers.append(_Paper(self.given or self.dossier, []))
        self.papers[-1].refs.append(page.ref)
        self.written, self.broken = page, False

    def _enter_source(self, source: SourceName, folder: str) -> None:
        if source == self.source:
            return
        named = find_dossier_codes(source) or find_dossier_codes(folder)
        if named and named[0] != self.dossier:
            self.dossier, self.broken = named[0], True
        self.source = source

    def _enter_dossier(self, page: RecognisedPage) -> None:
        code = page_dossier_code(page, catalogue=self.catalogue)
        if code and code != self.dossier:
            self.dossier, self.broken = code, True

    def _begins(self, page: RecognisedPage) -> bool:
        if self.broken or self.written is None:
            return True
        source, last = page.ref.source, self.written.ref.source
        if source in self.signed or last in self.signed:
            return source != last
        before = Before(page=self.written, same_source=source == last, single_page_source=self.sizes[source] == 1)
        return beginning(page, before, catalogue=self.catalogue) >= BEGINS


def _is_separator(page: RecognisedPage, catalogue: TypeCatalogue) -> bool:
    """Say whether a page holds a dossier code for machines and hardly anything for people."""
    if not any(find_dossier_codes(code.text) for code in page.codes):
        return _says_separator(page) and bool(read_dossier_codes(page.text))
    words = sum(any(char.isalnum() for char in word.text) for line in page.lines for word in line.words)
    return words < _SEPARATOR_WORDS and find_nation(page) is None and find_title(page, catalogue=catalogue) is None


def _says_separator(page: RecognisedPage) -> bool:
    """Say whether a line reads as the title of a separator sheet: its codes may be torn off or stained."""
    return any(likeness(line.text, SHEET_TITLE) >= _ALIKE for line in page.lines)


def _outcome(page: RecognisedPage, state: tuple[PageState, str | None], document: DocumentId | None) -> PageOutcome:
    return PageOutcome(
        ref=page.ref,
        state=state[0],
        reason=state[1] or next((note.value for note in LayerNote if note in page.warnings), None),
        rotation=page.rotation,
        skew=page.skew,
        document=document,
        confidence=page.confidence,
        codes=page.codes,
    )


def _dossiers(documents: Sequence[SeparatedDocument]) -> tuple[Dossier, ...]:
    codes = dict.fromkeys(document.dossier for document in documents if document.dossier)
    return tuple(
        Dossier(code=code, documents=tuple(document.id for document in documents if document.dossier == code))
        for code in codes
    )
