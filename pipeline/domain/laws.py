"""What has to hold of everything that is kept, and what is said where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Law(StrEnum):
    """What has to hold. That objects are whole, the trail unbroken and records as it says is told by checks of their own."""

    PAGES = "pages"
    """pages in are pages accounted for are pages in papers, and blanks, separators and failures"""
    COPIES = "copies"
    """each paper has versions of its copy without gaps, and the first has the paper's pages"""
    ORDERS = "orders"
    """what an order to sign says of a document, the versions of its copy say too, and an order that is done has its manifest"""
    LEASES = "leases"
    """no batch is held for longer than a lease lasts, and nothing is to be read of one that is complete"""
    SEARCH = "search"
    """each paper that stands is found by what it says, and nothing else is"""
    EVENTS = "events"
    """each deed that others are told of has one event, and each event its deed"""
    RESULTS = "results"
    """what was computed tells of objects that are kept"""
    PUBLISHING = "publishing"
    """papers of a batch that is complete are published, or somebody is publishing them"""


class LawFault(StrEnum):
    """How a law is broken; the item that is named is in brackets."""

    SOURCE_LOST = "source_lost"
    """it was received, and the batch does not say how it ended (source)"""
    SOURCE_TWICE = "source_twice"
    """a batch has two of one name (source)"""
    PAGES_UNCOUNTED = "pages_uncounted"
    """a source has other pages than were counted in it (source)"""
    PAGE_UNACCOUNTED = "page_unaccounted"
    """it is said to be kept, and lies in no paper (page)"""
    PAGE_MISPLACED = "page_misplaced"
    """it lies in another paper than it says, or in one though it is blank, a separator or failed (page)"""
    PAGE_TWICE = "page_twice"
    """it lies in two papers, or stands in its batch twice (page)"""
    PAGE_UNKNOWN = "page_unknown"
    """a paper has a page that its batch does not have (document)"""
    PAPER_EMPTY = "paper_empty"
    """a paper without pages (document)"""
    COPY_FIRST = "copy_first"
    """its first version is another file than the paper names, or is not there (document)"""
    COPY_GAP = "copy_gap"
    """its versions are not numbered without gaps (document)"""
    COPY_PAGES = "copy_pages"
    """its copy has another number of pages than the paper (document)"""
    SIGNED_UNKNOWN = "signed_unknown"
    """a signed file that is no version of the document's copy (order, document)"""
    SHOWN_UNKNOWN = "shown_unknown"
    """what was shown to the signer is no version of the document's copy (order, document)"""
    ORDER_UNSETTLED = "order_unsettled"
    """the order is done, and a document of it waits (order, document)"""
    MANIFEST_MISSING = "manifest_missing"
    """the order is done and signed something, and has no manifest, or one without its signature (order)"""
    LEASE_ENDLESS = "lease_endless"
    """held far longer than any lease lasts (batch, or `batch/part`)"""
    PART_LEFT = "part_left"
    """a part is to be read of a batch that is complete (`batch/part`)"""
    UNINDEXED = "unindexed"
    """it cannot be found (document)"""
    INDEXED_OTHERWISE = "indexed_otherwise"
    """it is found by something else than it says (document)"""
    WORDS_OTHERWISE = "words_otherwise"
    """the index of words holds other words of it than its entry (document)"""
    INDEX_STRAY = "index_stray"
    """something is found that is no paper, or was disposed of or replaced (document, or number of the entry)"""
    EVENT_MISSING = "event_missing"
    """others have to be told of a deed, and there is no event (number)"""
    EVENT_CONTRADICTED = "event_contradicted"
    """an event says something else than its deed (number)"""
    EVENT_STRAY = "event_stray"
    """an event without a deed that it could tell of (number)"""
    DELIVERY_STRAY = "delivery_stray"
    """somebody is to be told of an event that is not there (reader, number)"""
    READER_AHEAD = "reader_ahead"
    """a reader has heard of events that have not happened yet (reader)"""
    RESULT_OF_NOTHING = "result_of_nothing"
    """a computed result tells of an object that no record names (key of the ledger)"""
    UNPUBLISHED = "unpublished"
    """whoever completed a batch died before its papers were published, and nobody has gone on (batch)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLaw:
    """One thing for which a law does not hold."""

    law: Law
    fault: LawFault
    item: str
    """an id or a number, never a name of a file or a person; of a source `batch/place`, of a page `batch/place/page`"""
    detail: str = ""
    """what more is known, in the same way"""


MENDABLE: Mapping[LawFault, str] = {
    LawFault.LEASE_ENDLESS: "the lease is ended",
    LawFault.PART_LEFT: "the part is forgotten",
    LawFault.UNINDEXED: "indexed again from the paper's text",
    LawFault.INDEXED_OTHERWISE: "indexed again from the paper's text",
    LawFault.WORDS_OTHERWISE: "its words are written anew from its entry",
    LawFault.INDEX_STRAY: "taken out of the index",
    LawFault.EVENT_MISSING: "written from its entry in the trail",
    LawFault.RESULT_OF_NOTHING: "forgotten: who needs it computes it again",
}
"""what can be put right from something that is kept elsewhere, and how; the rest needs a person who looks"""
