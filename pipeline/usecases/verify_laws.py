"""Check every law of what is kept, law by law, and put right what can be made again from something that is kept elsewhere."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from pipeline.domain.accounts import unaccounted
from pipeline.domain.batch import Progress, Stage
from pipeline.domain.errors import MasterKeyMissing, ObjectAltered, ObjectMissing
from pipeline.domain.ids import ContentHash
from pipeline.domain.laws import MENDABLE, BrokenLaw, Law, LawFault
from pipeline.law_ports import IndexedPaper, LawBooks, LawResult
from pipeline.ports import Area, ObjectStore, ProgressListener, silent
from pipeline.usecases.laws.copies import broken_copies
from pipeline.usecases.laws.events import broken_event
from pipeline.usecases.laws.orders import broken_orders
from pipeline.usecases.laws.search import broken_entry

LONGEST_LEASE: Final = dt.timedelta(hours=1)
"""No lease ends later than that from now: they last less than a minute and are renewed. Whoever holds one now breaks no law."""

_AT_ONCE = 200
"""records in memory: batches have thousands of pages"""
_ENTRIES_AT_ONCE = 1000
_Value = TypeVar("_Value")
_Value_co = TypeVar("_Value_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LawsCheck:
    """What came of it."""

    looked_at: Mapping[Law, int]
    """batches, papers, orders, entries, by law; nothing where a law is one question"""
    broken: tuple[BrokenLaw, ...]
    mended: frozenset[BrokenLaw]
    """those of them that were put right"""

    @property
    def results(self) -> tuple[LawResult, ...]:
        """What is told of each law."""
        left = Counter(each.law for each in self.open)
        return tuple(LawResult(law=each, looked_at=self.looked_at.get(each, 0), broken=left[each]) for each in Law)

    @property
    def open(self) -> tuple[BrokenLaw, ...]:
        """What is still broken."""
        return tuple(each for each in self.broken if each not in self.mended)


class _Paged(Protocol[_Value_co]):
    def __call__(self, *, limit: int, after: str = "") -> Sequence[_Value_co]: ...


def verify_laws(
    books: LawBooks,
    *,
    objects: ObjectStore | None,
    now: dt.datetime,
    repairing: bool = False,
    on_progress: ProgressListener = silent,
    on_broken: Callable[[BrokenLaw], None] = silent,
) -> LawsCheck:
    """Check all laws, with `repairing` put right what `MENDABLE` names, and keep what came of it under the moment `now`.

    Without `objects` none is opened: pages of copies are not counted, texts not compared with the index, and no paper is indexed
    again. That takes seconds where opening every copy takes as long as reading the archive.

    Others may work meanwhile: a batch, a paper and an entry of the trail are each read in one state.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable
    """
    looked_at: dict[Law, int] = {}
    broken: list[BrokenLaw] = []
    for done, (law, breaches) in enumerate(_CHECKS.items()):
        on_progress(Stage.LAWS, Progress(done, len(_CHECKS)))
        run = _Run(books, objects)
        for each in breaches(run):
            on_broken(each)
            broken.append(each)
        if run.looked_at:
            looked_at[law] = run.looked_at
    on_progress(Stage.LAWS, Progress(len(_CHECKS), len(_CHECKS)))
    mended = _mend(broken, books, objects) if repairing else frozenset()
    check = LawsCheck(looked_at=looked_at, broken=tuple(broken), mended=mended)
    books.log.note(check.results, at=now)
    return check


class _Run:
    """One law being checked."""

    def __init__(self, books: LawBooks, objects: ObjectStore | None) -> None:
        self.books = books
        self.objects = objects
        self.looked_at = 0

    def pages(self) -> Iterator[BrokenLaw]:
        for account in self._all(self.books.records.accounts, lambda each: each.batch):
            yield from unaccounted(account)

    def copies(self) -> Iterator[BrokenLaw]:
        for chain in self._all(self.books.records.copies, lambda each: each.document):
            yield from broken_copies(chain, objects=self.objects)

    def orders(self) -> Iterator[BrokenLaw]:
        for order in self._all(self.books.records.orders, lambda each: each.order):
            yield from broken_orders(order)

    def leases(self) -> Iterator[BrokenLaw]:
        for held in self.books.records.held(beyond=LONGEST_LEASE):
            fault = LawFault.PART_LEFT if held.finished else LawFault.LEASE_ENDLESS
            yield BrokenLaw(law=Law.LEASES, fault=fault, item=held.item)

    def search(self) -> Iterator[BrokenLaw]:
        for paper in self._all(self.books.search.papers, lambda each: each.document):
            found = broken_entry(paper, text=_text(paper, self.objects))
            if found is not None:
                yield found
        for stray in self.books.search.strays():
            yield BrokenLaw(law=Law.SEARCH, fault=LawFault.INDEX_STRAY, item=stray)
        for item in self.books.search.misfiled():
            fault = LawFault.INDEX_STRAY if item.isdigit() else LawFault.WORDS_OTHERWISE
            yield BrokenLaw(law=Law.SEARCH, fault=fault, item=item)

    def events(self) -> Iterator[BrokenLaw]:
        after = 0
        while page := self.books.events.deeds(limit=_ENTRIES_AT_ONCE, after=after):
            yield from (found for deed in page if (found := broken_event(deed)) is not None)
            self.looked_at += len(page)
            after = page[-1].number
        for number in self.books.events.strays():
            yield BrokenLaw(law=Law.EVENTS, fault=LawFault.EVENT_STRAY, item=str(number))
        for reader, number in self.books.events.undeliverable():
            yield BrokenLaw(law=Law.EVENTS, fault=LawFault.DELIVERY_STRAY, item=f"{reader}/{number}")
        for reader in self.books.events.ahead():
            yield BrokenLaw(law=Law.EVENTS, fault=LawFault.READER_AHEAD, item=reader)

    def results(self) -> Iterator[BrokenLaw]:
        after = ""
        while page := self.books.results.orphans(limit=_AT_ONCE, after=after):
            for key in page:
                yield BrokenLaw(law=Law.RESULTS, fault=LawFault.RESULT_OF_NOTHING, item=key)
            after = page[-1]

    def publishing(self) -> Iterator[BrokenLaw]:
        for batch in self.books.publishing.left():
            yield BrokenLaw(law=Law.PUBLISHING, fault=LawFault.UNPUBLISHED, item=batch)

    def _all(self, ask: _Paged[_Value], name: Callable[[_Value], str]) -> Iterator[_Value]:
        after = ""
        while page := ask(limit=_AT_ONCE, after=after):
            yield from page
            self.looked_at += len(page)
            after = name(page[-1])


_CHECKS: Final[Mapping[Law, Callable[[_Run], Iterator[BrokenLaw]]]] = {
    Law.PAGES: _Run.pages,
    Law.COPIES: _Run.copies,
    Law.ORDERS: _Run.orders,
    Law.LEASES: _Run.leases,
    Law.SEARCH: _Run.search,
    Law.EVENTS: _Run.events,
    Law.RESULTS: _Run.results,
    Law.PUBLISHING: _Run.publishing,
}


def _text(paper: IndexedPaper, objects: ObjectStore | None) -> str | None:
    """Return what is kept as a paper's text; None where nobody looks for it, or it cannot be had: the check of objects tells."""
    return _read(paper.text, objects) if paper.standing and paper.entry is not None else None


def _read(text: ContentHash, objects: ObjectStore | None) -> str | None:
    if objects is None:
        return None
    try:
        with objects.open(Area.DERIVED, text) as stream:
            return stream.read().decode()
    except (ObjectMissing, ObjectAltered, MasterKeyMissing):
        return None


def _mend(broken: Sequence[BrokenLaw], books: LawBooks, objects: ObjectStore | None) -> frozenset[BrokenLaw]:
    """Put right what can be, and return what was."""
    by_fault: dict[LawFault, list[BrokenLaw]] = {}
    for each in broken:
        if each.fault in MENDABLE:
            by_fault.setdefault(each.fault, []).append(each)
    mended: set[BrokenLaw] = set()
    if leases := [each for each in broken if each.law is Law.LEASES]:
        books.records.free(books.records.held(beyond=LONGEST_LEASE), beyond=LONGEST_LEASE)
        mended.update(leases)
    if missing := by_fault.get(LawFault.EVENT_MISSING):
        books.events.write([int(each.item) for each in missing])
        mended.update(missing)
    if orphans := by_fault.get(LawFault.RESULT_OF_NOTHING):
        books.results.forget([each.item for each in orphans])
        mended.update(orphans)
    return frozenset(mended | _index_anew([each for each in broken if each.law is Law.SEARCH], books, objects))


def _index_anew(broken: Sequence[BrokenLaw], books: LawBooks, objects: ObjectStore | None) -> set[BrokenLaw]:
    """Index anew what is not found as it should be; return what was put right: all but papers whose text cannot be had."""
    if not broken:
        return set()
    strays = {each.item for each in broken if each.fault is LawFault.INDEX_STRAY}
    wanted = {each.item for each in broken if each.fault in {LawFault.UNINDEXED, LawFault.INDEXED_OTHERWISE}}
    books.search.replace({}, besides=strays)
    done: set[str] = set()
    after = ""
    while page := books.search.papers(limit=_AT_ONCE, after=after):
        these = [paper for paper in page if paper.document in wanted]
        read = {paper.document: text for paper in these if (text := _read(paper.text, objects)) is not None}
        books.search.replace(read, besides=())
        done |= set(read)
        after = page[-1].document
    books.search.build_words()
    return {each for each in broken if each.item not in wanted or each.item in done}
