"""Which paper comes next: those of the same batch in order, then those of the batch that waits longest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.review import WaitingDocument
from pipeline.domain.search import Scope
from pipeline.ports import Clock
from pipeline.review_ports import ReviewBooks

_BATCHES = 20
"""batches that are looked into: a queue in which so many hold nothing for somebody is empty for them"""


def next_to_review(
    *,
    login: str,
    books: ReviewBooks,
    scope: Scope,
    clock: Clock,
    batch: BatchId | None = None,
    after: DocumentId | None = None,
) -> DocumentId | None:
    """Return the next paper for somebody, behind `after` in `batch`; None where nothing waits for them.

    What somebody else has before them is left out, and what waits for a second person to enter what this one did.
    """
    for waiting in _waiting(books, scope, batch):
        entered = set(books.entries.entered_by(login, [each.document for each in waiting]))
        free = [
            each.document
            for each in _from(waiting, after)
            if each.document not in entered
            and each.document != after
            and not (each.claim and each.claim.holds_against(login, at=clock.now()))
        ]
        if free:
            return free[0]
    return None


def _waiting(books: ReviewBooks, scope: Scope, first: BatchId | None) -> Iterator[Sequence[WaitingDocument]]:
    if first is not None:
        yield books.queue.documents(first, scope=scope)
    for each in books.queue.batches(scope=scope, limit=_BATCHES):
        if each.batch != first:
            yield books.queue.documents(each.batch, scope=scope)


def _from(waiting: Sequence[WaitingDocument], after: DocumentId | None) -> Sequence[WaitingDocument]:
    """Return what waits from behind `after` on, and then what stands before it."""
    place = next((number for number, each in enumerate(waiting, start=1) if each.document == after), 0)
    return (*waiting[place:], *waiting[:place])
