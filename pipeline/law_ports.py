"""What checking the laws of everything that is kept needs from outside: at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.accounts import BatchAccount
from pipeline.domain.event import EventKind
from pipeline.domain.ids import BatchId, ContentHash, DocumentId
from pipeline.domain.laws import Law
from pipeline.domain.signing_order import ItemState, OrderId, OrderState
from pipeline.unfinished_ports import Unpublished


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyChain:
    """The versions of a paper's copy."""

    document: DocumentId
    first: ContentHash
    """the copy that the paper names as made from its pages"""
    pages: int
    """of the paper, those that it had if it was replaced"""
    versions: tuple[tuple[int, ContentHash], ...]
    """number and file, by number"""
    gone: bool
    """whether its files were disposed of, or are being"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedPaper:
    """How a document stands in an order to sign it."""

    document: DocumentId
    state: ItemState
    shown: ContentHash
    signed: ContentHash | None
    copies: frozenset[ContentHash]
    """all versions of its copy; none for a document that is not there"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccount:
    """An order to sign, and what became of its documents."""

    order: OrderId
    state: OrderState
    manifest: bool
    """whether it names a manifest and its signature"""
    items: tuple[OrderedPaper, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A batch, or a part of one, that somebody holds."""

    batch: BatchId
    part: int | None = None
    finished: bool = False
    """whether it is a part of a batch that is complete: no such part is to be read"""

    @property
    def item(self) -> str:
        """What it is called: `b-1`, or `b-1/3` of its third part."""
        return self.batch if self.part is None else f"{self.batch}/{self.part}"


class LawBook(Protocol):
    """Records as their laws see them, a page at a time, in order of their ids."""

    def accounts(self, *, limit: int, after: str = "") -> Sequence[BatchAccount]:
        """Return digitized batches, those behind `after`."""
        ...

    def copies(self, *, limit: int, after: str = "") -> Sequence[CopyChain]:
        """Return the copies of all papers, those behind `after`."""
        ...

    def orders(self, *, limit: int, after: str = "") -> Sequence[OrderAccount]:
        """Return orders to sign, those behind `after`."""
        ...

    def held(self, *, beyond: dt.timedelta) -> Sequence[Held]:
        """Return what is held until later than that from now, by the database's clock where it has one.

        And the parts that are left of batches that are complete, held or not.
        """
        ...

    def free(self, held: Collection[Held], *, beyond: dt.timedelta) -> None:
        """End such leases, and forget such parts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedPaper:
    """A paper, and how it stands in the search index."""

    document: DocumentId
    standing: bool
    """whether it should be found: it is neither replaced nor disposed of"""
    text: ContentHash
    """the object with its text"""
    beside: str
    """what else it is found by: its dossier and its values"""
    entry: str | None
    """what stands in the index; None: nothing"""
    sound: bool
    """whether it is narrowed to and counted by what it is"""


class SearchLaw(Protocol):
    """The search index beside the papers."""

    def papers(self, *, limit: int, after: str = "") -> Sequence[IndexedPaper]:
        """Return all papers in order of their ids, those behind `after`."""
        ...

    def strays(self) -> Sequence[str]:
        """Return what stands in the index for no paper at all: ids of papers, numbers of entries."""
        ...

    def misfiled(self) -> Sequence[str]:
        """Return papers whose words stand otherwise in the index of words, and numbers under which those of no paper do."""
        ...

    def replace(self, texts: Mapping[DocumentId, str], *, besides: Collection[str]) -> None:
        """Write anew what papers are found by, from these texts, and take those `besides` out; the words come after."""
        ...

    def build_words(self) -> None:
        """Build the index of words anew from what papers are found by; what belongs to no paper goes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDeed:
    """An entry of the trail, and the event that was written with it."""

    number: int
    due: EventKind | None
    """of what others have to be told; None: of nothing"""
    told: str | None
    """kind of the event; None: there is none"""
    same: bool
    """whether the event has the entry's moment, subject and details"""


class EventLaw(Protocol):
    """The outbox beside the trail."""

    def deeds(self, *, limit: int, after: int = 0) -> Sequence[ToldDeed]:
        """Return entries of the trail in order, those behind `after`."""
        ...

    def strays(self) -> Sequence[int]:
        """Return numbers of events without an entry in the trail."""
        ...

    def undeliverable(self) -> Sequence[tuple[str, int]]:
        """Return readers, and numbers of what they are to be told that is no event."""
        ...

    def ahead(self) -> Sequence[str]:
        """Return readers who heard of events that have not happened."""
        ...

    def write(self, numbers: Collection[int]) -> None:
        """Write the events of these entries that are not there."""
        ...


class ResultLaw(Protocol):
    """What was computed, beside what it tells of."""

    def orphans(self, *, limit: int, after: str = "") -> Sequence[str]:
        """Return keys of results, in order, that tell of an object which no record names."""
        ...

    def keys(self, result: ContentHash) -> Sequence[str]:
        """Return all keys whose result is kept in this object."""
        ...

    def forget(self, keys: Collection[str]) -> None:
        """Forget results; whoever needs one computes it again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LawResult:
    """What came of checking a law."""

    law: Law
    looked_at: int
    broken: int
    """how often, what was put right left out"""


class LawLog(Protocol):
    """What came of checking last."""

    def note(self, results: Sequence[LawResult], *, at: dt.datetime) -> None:
        """Keep what came of a check."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LawBooks:
    """All of them."""

    records: LawBook
    search: SearchLaw
    events: EventLaw
    results: ResultLaw
    publishing: Unpublished
    log: LawLog
