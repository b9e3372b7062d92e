"""A batch's pages cut into papers, one page after the other: what is cut off does not depend on what comes later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain.document import SeparatedDocument
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, SourceName, derived_id
from pipeline.domain.page import PageOutcome, PageRef, PageState, RecognisedPage
from pipeline.domain.page_errors import PaperNotUnderstood
from pipeline.domain.page_notes import SeparationNote, reason_of
from pipeline.understand.card_side import CardSide, card_side
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.dossier_sign import DossierSign, dossier_sign
from pipeline.understand.dossier_track import DossierTrack
from pipeline.understand.first_page import BEGINS, Before, beginning, is_enclosure, lacks_first_page
from pipeline.understand.page_number import Fit, Numbering, PageNumber, printed_page_number, told_number
from pipeline.understand.refusing import refused_by_name

_GAPS = {Fit.SKIPS: SeparationNote.PAGES_MISSING, Fit.LATE: SeparationNote.PAGES_OUT_OF_ORDER}


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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a written page tells by itself."""

    page: RecognisedPage
    number: PageNumber | None
    sign: DossierSign
    side: CardSide | None


@dataclass(slots=True)
class _Waiting:
    """A written page on which nothing is decided yet, and the blank ones behind it."""

    seen: _Seen
    blanks: list[RecognisedPage] = field(default_factory=list)


class Cutting:
    """The state of the cut while pages are taken in their order, those of a source together.

    What number a written page has may only be told by the next one of its source: it waits for that, or for the source's
    end, before it is put into a paper.
    """

    def __init__(
        self,
        sources: Collection[SourceName],
        *,
        batch: BatchId,
        catalogue: TypeCatalogue,
        given: DossierCode | None,
        hints: Mapping[SourceName, str],
        signed: Collection[SourceName],
    ) -> None:
        """Begin before the first page of `sources`; see `separate`."""
        self._batch = batch
        self._catalogue = catalogue
        self._signed = frozenset(signed)
        self._track = DossierTrack.of(sources, folders=hints, given=given)
        self._papers: list[_Paper] = []
        self._states: dict[PageRef, tuple[PageState, str | None]] = {}
        self._notes: dict[PageRef, tuple[SeparationNote, ...]] = {}
        self._sizes: Counter[SourceName] = Counter()
        """pages of each source that were taken"""
        self._waiting: _Waiting | None = None
        self._written: RecognisedPage | None = None
        """the last page that belongs to a paper"""
        self._broken = True
        """a separator or a new dossier came since: the next page begins a paper"""

    def take(self, page: RecognisedPage) -> None:
        """Go on to the next page; one whose text no rule foresaw fails, and belongs to no paper."""
        if self._waiting is not None and self._waiting.seen.page.ref.source != page.ref.source:
            self.end_source()
        self._sizes[page.ref.source] += 1
        if page.blank:
            if self._waiting is None:
                self._pass_blank(page)
            else:
                self._waiting.blanks.append(page)
            return
        try:
            seen = self._see(page)
        except PaperNotUnderstood as error:
            self._states[page.ref] = (PageState.FAILED, error.code)
            return
        self._decide_waiting(told_number(seen.number))
        self._waiting = _Waiting(seen)

    def end_source(self) -> None:
        """Hear that no page of the source follows of which the last page was."""
        self._decide_waiting(None)

    def papers(self, start: int = 0, end: int | None = None) -> tuple[SeparatedDocument, ...]:
        """Return papers, from the `start`th to before the `end`th, or with the one to which further pages may come."""
        return tuple(paper.document(self._batch) for paper in self._papers[start:end])

    @property
    def settled(self) -> int:
        """The number of papers to which no further page comes: the first ones."""
        return len(self._papers) if self._broken else len(self._papers) - 1

    def outcome(self, page: RecognisedPage, document: DocumentId | None) -> PageOutcome:
        """Return what became of a page, which belongs to `document`."""
        state, why = self._states[page.ref]
        return PageOutcome(
            ref=page.ref,
            state=state,
            reason=why or reason_of((*self._notes.get(page.ref, ()), *page.warnings)),
            rotation=page.rotation,
            skew=page.skew,
            document=document,
            confidence=page.confidence,
            codes=page.codes,
        )

    def note_strays(self) -> None:
        """Note the papers that are in no dossier, where others are."""
        if not any(paper.dossier for paper in self._papers):
            return
        for paper in self._papers:
            noted = self._notes[paper.refs[0]]
            if paper.dossier is None and SeparationNote.DOSSIER_CODE_UNREADABLE not in noted:
                self._notes[paper.refs[0]] = (*noted, SeparationNote.DOSSIER_UNKNOWN)

    def _decide_waiting(self, told: PageNumber | None) -> None:
        if self._waiting is None:
            return
        waiting, self._waiting = self._waiting, None
        self._decide(waiting.seen, waiting.seen.number or told)
        for blank in waiting.blanks:
            self._pass_blank(blank)

    def _see(self, page: RecognisedPage) -> _Seen:
        """Look at what a page tells by itself.

        Raises:
            PaperNotUnderstood
        """
        with refused_by_name():
            return _Seen(
                page,
                printed_page_number(page),
                dossier_sign(page, catalogue=self._catalogue),
                card_side(page, catalogue=self._catalogue),
            )

    def _pass_blank(self, page: RecognisedPage) -> None:
        self._broken |= self._track.enter_source(page.ref.source)
        self._states[page.ref] = (PageState.BLANK, "blank")

    def _decide(self, seen: _Seen, number: PageNumber | None) -> None:
        page, sign = seen.page, seen.sign
        self._broken |= self._track.enter_source(page.ref.source)
        self._broken |= self._track.enter_page(sign)
        notes = (*sign.notes, *self._track.take_notes())
        if sign.sheet and not notes and page.ref.source not in self._signed:
            self._states[page.ref] = (PageState.SEPARATOR, "separator_sheet")
            self._broken = True
            return
        self._states[page.ref] = (PageState.KEPT, None)
        self._notes[page.ref] = (*notes, *self._put(seen, number))
        # a sheet that is kept for its faults still parts what is before it from what is behind it
        self._written, self._broken = page, sign.opens and not sign.receipt

    def _put(self, seen: _Seen, number: PageNumber | None) -> Sequence[SeparationNote]:
        """Put a page into its paper; return what is to be said about its page number."""
        page, side = seen.page, seen.side
        notes: tuple[SeparationNote, ...] = ()
        if self._begins(page, number, side):
            self._papers.append(_Paper(self._track.dossier, card=side))
            number = number if number and number.printed else None
            if self._lacks_first_page(page, number):
                notes = (SeparationNote.FIRST_PAGE_MISSING,)
        elif is_enclosure(page):
            self._papers[-1].numbers = Numbering()
        elif number is not None and number.number > 1 and page.ref.source not in self._signed:
            fit = self._papers[-1].numbers.fit(number)
            notes = (_GAPS[fit],) if fit in _GAPS else ()
        paper = self._papers[-1]
        paper.refs.append(page.ref)
        paper.numbers = paper.numbers.with_page(number)
        if paper.card is not None and side is not None:
            paper.card = paper.card.joined(side)
        return notes

    def _begins(self, page: RecognisedPage, number: PageNumber | None, side: CardSide | None) -> bool:
        if self._broken or self._written is None:
            return True
        source, last = page.ref.source, self._written.ref.source
        if source in self._signed or last in self._signed:
            return source != last
        before = Before(
            page=self._written,
            same_source=source == last,
            single_page_source=self._sizes[source] == 1,
            number=number,
            numbers=self._papers[-1].numbers,
            side=side,
            card=self._papers[-1].card,
        )
        try:
            with refused_by_name():
                return beginning(page, before, catalogue=self._catalogue) >= BEGINS
        except PaperNotUnderstood:
            return True  # a paper of its own, so that it fails alone

    def _lacks_first_page(self, page: RecognisedPage, number: PageNumber | None) -> bool:
        try:
            with refused_by_name():
                return lacks_first_page(page, number, catalogue=self._catalogue)
        except PaperNotUnderstood:
            return False
