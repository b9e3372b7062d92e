"""A batch's pages cut into dossiers and papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain.document import Dossier, SeparatedDocument
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, SourceName, derived_id
from pipeline.domain.page import PageOutcome, PageRef, PageState, RecognisedPage
from pipeline.domain.page_notes import SeparationNote, reason_of
from pipeline.understand.card_side import CardSide, card_side
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.dossier_sign import dossier_sign
from pipeline.understand.dossier_track import DossierTrack
from pipeline.understand.first_page import BEGINS, Before, beginning, is_enclosure, lacks_first_page
from pipeline.understand.page_number import Fit, Numbering, PageNumber, page_numbers

_GAPS = {Fit.SKIPS: SeparationNote.PAGES_MISSING, Fit.LATE: SeparationNote.PAGES_OUT_OF_ORDER}


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
    sizes = Counter(page.ref.source for page in pages)
    track = DossierTrack.of(sizes, folders=hints, given=given)
    cut = _Cut(catalogue=catalogue, signed=frozenset(signed), sizes=sizes, track=track, numbers=page_numbers(pages))
    for page in pages:
        cut.take(page)
    cut.note_strays()
    documents = tuple(paper.document(batch) for paper in cut.papers)
    owner = {ref: document.id for document in documents for ref in document.pages}
    outcomes = tuple(_outcome(page, cut.states[page.ref], cut.notes.get(page.ref, ()), owner) for page in pages)
    return Separation(documents=documents, pages=outcomes, dossiers=_dossiers(documents))


@dataclass(slots=True)
class _Paper:
    """A paper that is being gathered."""

    dossier: DossierCode | None
    refs: list[PageRef] = field(default_factory=list)
    numbers: Numbering = field(default_factory=Numbering)
    card: CardSide | None = None
    """what its pages show of an identity card; none as soon as there is something else on them"""

    def document(self, batch: BatchId) -> SeparatedDocument:
        first = self.refs[0]
        name = DocumentId(derived_id("d", batch, first.source, str(first.number)))
        return SeparatedDocument(id=name, dossier=self.dossier, pages=tuple(self.refs))


@dataclass(slots=True, kw_only=True)
class _Cut:
    """The state of the cut while pages are taken one after the other."""

    catalogue: TypeCatalogue
    signed: frozenset[SourceName]
    sizes: Mapping[SourceName, int]
    """pages of each source"""
    track: DossierTrack
    numbers: Mapping[PageRef, PageNumber]
    papers: list[_Paper] = field(default_factory=list)
    states: dict[PageRef, tuple[PageState, str | None]] = field(default_factory=dict)
    notes: dict[PageRef, tuple[SeparationNote, ...]] = field(default_factory=dict)
    written: RecognisedPage | None = None
    """the last page that belongs to a paper"""
    broken: bool = True
    """a separator or a new dossier came since: the next page begins a paper"""

    def take(self, page: RecognisedPage) -> None:
        """Decide on the next page."""
        self.broken |= self.track.enter_source(page.ref.source)
        if page.blank:
            self.states[page.ref] = (PageState.BLANK, "blank")
            return
        sign = dossier_sign(page, catalogue=self.catalogue)
        self.broken |= self.track.enter_page(sign)
        notes = (*sign.notes, *self.track.take_notes())
        if sign.sheet and not notes and page.ref.source not in self.signed:
            self.states[page.ref] = (PageState.SEPARATOR, "separator_sheet")
            self.broken = True
            return
        self.states[page.ref] = (PageState.KEPT, None)
        self.notes[page.ref] = (*notes, *self._put(page))
        # a sheet that is kept for its faults still parts what is before it from what is behind it
        self.written, self.broken = page, sign.opens and not sign.receipt

    def note_strays(self) -> None:
        """Note the papers that are in no dossier, where others are."""
        if not any(paper.dossier for paper in self.papers):
            return
        for paper in self.papers:
            noted = self.notes[paper.refs[0]]
            if paper.dossier is None and SeparationNote.DOSSIER_CODE_UNREADABLE not in noted:
                self.notes[paper.refs[0]] = (*noted, SeparationNote.DOSSIER_UNKNOWN)

    def _put(self, page: RecognisedPage) -> tuple[SeparationNote, ...]:
        """Put a page into its paper; return what is to be said about its page number."""
        number = self.numbers.get(page.ref)
        side = card_side(page, catalogue=self.catalogue)
        notes: tuple[SeparationNote, ...] = ()
        if self._begins(page, side):
            self.papers.append(_Paper(self.track.dossier, card=side))
            number = number if number and number.printed else None
            if lacks_first_page(page, number, catalogue=self.catalogue):
                notes = (SeparationNote.FIRST_PAGE_MISSING,)
        elif is_enclosure(page):
            self.papers[-1].numbers = Numbering()
        elif number is not None and number.number > 1 and page.ref.source not in self.signed:
            fit = self.papers[-1].numbers.fit(number)
            notes = (_GAPS[fit],) if fit in _GAPS else ()
        paper = self.papers[-1]
        paper.refs.append(page.ref)
        paper.numbers = paper.numbers.with_page(number)
        if paper.card is not None and side is not None:
            paper.card = paper.card.joined(side)
        return notes

    def _begins(self, page: RecognisedPage, side: CardSide | None) -> bool:
        if self.broken or self.written is None:
            return True
        source, last = page.ref.source, self.written.ref.source
        if source in self.signed or last in self.signed:
            return source != last
        before = Before(
            page=self.written,
            same_source=source == last,
            single_page_source=self.sizes[source] == 1,
            number=self.numbers.get(page.ref),
            numbers=self.papers[-1].numbers,
            side=side,
            card=self.papers[-1].card,
        )
        return beginning(page, before, catalogue=self.catalogue) >= BEGINS


def _outcome(
    page: RecognisedPage,
    state: tuple[PageState, str | None],
    notes: Sequence[SeparationNote],
    owner: Mapping[PageRef, DocumentId],
) -> PageOutcome:
    return PageOutcome(
        ref=page.ref,
        state=state[0],
        reason=state[1] or reason_of((*notes, *page.warnings)),
        rotation=page.rotation,
        skew=page.skew,
        document=owner.get(page.ref),
        confidence=page.confidence,
        codes=page.codes,
    )


def _dossiers(documents: Sequence[SeparatedDocument]) -> tuple[Dossier, ...]:
    codes = dict.fromkeys(document.dossier for document in documents if document.dossier)
    return tuple(
        Dossier(code=code, documents=tuple(document.id for document in documents if document.dossier == code))
        for code in codes
    )
