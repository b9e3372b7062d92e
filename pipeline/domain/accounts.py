"""Pages in are pages accounted for: the law that every batch has to keep, and what breaks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.arrangement import repeats_page
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.ids import BatchId, DocumentId, SourceName
from pipeline.domain.laws import BrokenLaw, Law, LawFault
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.source import ReceivedSource, SourceOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAccount:
    """What came in with a batch, and what became of it."""

    batch: BatchId
    received: tuple[SourceName, ...]
    sources: tuple[SourceOutcome, ...]
    """also members of archives, which were not received by themselves"""
    pages: tuple[PageOutcome, ...]
    papers: Mapping[DocumentId, tuple[PageRef, ...]]
    """the papers that stand, with their pages"""


def account_of(batch: DigitizedBatch, *, received: Sequence[ReceivedSource]) -> BatchAccount:
    """Return the account of a batch that is about to be written down."""
    return BatchAccount(
        batch=batch.id,
        received=tuple(each.name for each in received),
        sources=batch.sources,
        pages=batch.pages,
        papers={each.understood.id: each.understood.pages for each in batch.documents},
    )


def unaccounted(account: BatchAccount) -> Iterator[BrokenLaw]:
    """Yield whatever breaks the law of pages, by source and page.

    Every source that came in has an end; it has the pages that were counted in it, each once; a kept page lies in exactly one
    paper, the one that it names; one that is blank, a separator or failed lies in none; one that repeats another follows it.
    """
    batch = account.batch
    places = {source.name: f"{batch}/{at}" for at, source in enumerate(account.sources, 1)}
    ended = Counter(source.name for source in account.sources)
    yield from (_broken(LawFault.SOURCE_TWICE, places[name]) for name, count in ended.items() if count > 1)
    for at, name in enumerate(account.received, 1):
        if name not in ended:
            yield _broken(LawFault.SOURCE_LOST, f"{batch}/received {at}")
    yield from _uncounted(account, places)
    yield from _misplaced(account, places)


def _uncounted(account: BatchAccount, places: Mapping[SourceName, str]) -> Iterator[BrokenLaw]:
    """Yield sources with other pages than 1 to their number, and pages that stand there twice or belong to no source."""
    numbers: dict[SourceName, set[int]] = {}
    for page in account.pages:
        mine = numbers.setdefault(page.ref.source, set())
        if page.ref.number in mine:
            yield _broken(LawFault.PAGE_TWICE, _place(page.ref, places, account.batch))
        mine.add(page.ref.number)
    for source in account.sources:
        mine = numbers.get(source.name, set())
        if mine != set(range(1, source.pages + 1)):
            yield _broken(LawFault.PAGES_UNCOUNTED, places[source.name], f"{len(mine)} / {source.pages}")
    for name in numbers.keys() - places.keys():
        yield _broken(LawFault.PAGES_UNCOUNTED, f"{account.batch}/?", f"{len(numbers[name])} / 0")


def _misplaced(account: BatchAccount, places: Mapping[SourceName, str]) -> Iterator[BrokenLaw]:
    lies: dict[PageRef, list[DocumentId]] = {}
    for paper, pages in account.papers.items():
        if not pages:
            yield _broken(LawFault.PAPER_EMPTY, paper)
        for ref in pages:
            lies.setdefault(ref, []).append(paper)
    for page in account.pages:
        fault = _fault(page, lies.pop(page.ref, []), account.papers)
        if fault is not None:
            yield _broken(fault, _place(page.ref, places, account.batch), page.document or "")
    for ref, papers in lies.items():
        for paper in papers:
            yield _broken(LawFault.PAGE_UNKNOWN, paper, _place(ref, places, account.batch))


def _fault(
    page: PageOutcome, where: Sequence[DocumentId], papers: Mapping[DocumentId, tuple[PageRef, ...]]
) -> LawFault | None:
    if len(where) > 1:
        return LawFault.PAGE_TWICE
    if repeats_page(page):
        follows = (page.document in papers) == (page.state is PageState.KEPT)
        return None if follows and not where else LawFault.PAGE_MISPLACED
    if page.state is PageState.KEPT:
        if not where:
            return LawFault.PAGE_UNACCOUNTED
        return None if where[0] == page.document else LawFault.PAGE_MISPLACED
    return LawFault.PAGE_MISPLACED if where or page.document is not None else None


def _place(ref: PageRef, places: Mapping[SourceName, str], batch: BatchId) -> str:
    return f"{places.get(ref.source, f'{batch}/?')}/{ref.number}"


def _broken(fault: LawFault, item: str, detail: str = "") -> BrokenLaw:
    return BrokenLaw(law=Law.PAGES, fault=fault, item=item, detail=detail)
