"""How a batch and its pages stand, in words for people."""

from __future__ import annotations

from dataclasses import dataclass

from app.language import Say
from app.page_words import page_words
from pipeline.domain.document import DocumentState
from pipeline.domain.intake import BatchCounts
from pipeline.domain.page import PageOutcome, PageState
from pipeline.domain.page_notes import needs_look


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a batch is on its way."""

    kind: str
    """of badge"""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNote:
    """What is to be said of a page."""

    page: PageOutcome
    kind: str
    what: str
    help: str


def standing_of(counts: BatchCounts, say: Say) -> Standing:
    """Return where a batch is on its way: read, checked, signed."""
    if not counts.complete:
        return _at_work(counts, say)
    doubtful = counts.document_states.get(DocumentState.NEEDS_REVIEW.value, 0)
    unsigned = counts.documents - counts.document_states.get(DocumentState.DISPOSED.value, 0) - counts.signed
    if not counts.documents:
        return Standing("attention", say("batch_standing.nothing"))
    if doubtful:
        return Standing("attention", say("batch_standing.review", count=doubtful))
    if unsigned > 0:
        return Standing("info", say("batch_standing.sign", count=unsigned))
    return Standing("info", say("batch_standing.signed" if counts.signed else "document_state.disposed"))


def _at_work(counts: BatchCounts, say: Say) -> Standing:
    if not counts.working:
        return Standing("plain", say("batch_standing.waiting"))
    read = counts.pages and not counts.waiting
    return Standing("info", say("batch_standing.understanding" if read else "batch_standing.reading"))


def page_note(page: PageOutcome, say: Say) -> PageNote | None:
    """Return what is to be said of a page; None where it was simply kept, or is a separator or a blank side."""
    words = page_words(page, say)
    if words is None:
        return None
    kind = "blocking" if page.state is PageState.FAILED else "attention" if needs_look(page) else "info"
    return PageNote(page=page, kind=kind, what=words[0], help=words[1])
