"""Ask the population database about papers that were digitized, behind their batches: no batch waits for a register."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.desk_ports import Events
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.errors import SohoaError
from pipeline.domain.event import Attempt, Audience, Delivery, EventKind
from pipeline.domain.ids import DocumentId
from pipeline.review_ports import ClaimBook
from pipeline.usecases.confirm_person import (
    REGISTER,
    PersonServices,
    confirm_person,
    names_somebody,
    note_not_reached,
)
from pipeline.usecases.put_off import is_over, put_off

READER = "population"
"""name under which events are read"""
_KINDS = frozenset({EventKind.DOCUMENT_COMPLETED, EventKind.DOCUMENT_CORRECTED})
_LEASE_SECONDS = 600
_AT_ONCE = 50
_DAYS = 3
"""for which a register that does not answer is asked about a paper; then its check says that it does not apply"""
_LATER = dt.timedelta(minutes=2)
"""after which a paper is asked about that somebody has before them: their work is not to be refused as outdated"""
_OPEN = frozenset({DocumentState.NEEDS_REVIEW, DocumentState.DIGITIZED, DocumentState.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a round."""

    asked: int = 0
    put_off: int = 0
    not_reached: int = 0


def check_persons(*, events: Events, claims: ClaimBook, services: PersonServices) -> Checked:
    """Ask about what is due; where the register does not answer, about nothing more in this round.

    Raises:
        RecordsUnavailable
    """
    claimed = events.claim(
        READER, at=services.clock.now(), seconds=_LEASE_SECONDS, limit=_AT_ONCE, audience=Audience(kinds=_KINDS)
    )
    asked = late = unreached = 0
    stopped: SohoaError | None = None
    for each in claimed:
        now = services.clock.now()
        paper = _to_ask(each, services)
        if paper is None:
            events.told(READER, Attempt(event=each.event.number, at=now))
            continue
        claim = claims.of(paper.understood.id)
        if claim is not None and now < claim.until:
            events.retry(READER, Attempt(event=each.event.number, at=now, reason="claimed"), due=now + _LATER)
            late += 1
            continue
        try:
            if stopped is not None:
                raise stopped
            confirm_person(paper.understood.id, by=REGISTER, services=services)
            asked += 1
        except SohoaError as error:
            if not isinstance(error, RecordChanged):
                stopped = error
            if not is_over(each, days=_DAYS, at=now):
                put_off(each, error.code, reader=READER, events=events, at=now)
                late += 1
                continue
            note_not_reached(paper.understood.id, services=services)
            unreached += 1
        events.told(READER, Attempt(event=each.event.number, at=now))
    return Checked(asked=asked, put_off=late, not_reached=unreached)


def _to_ask(delivery: Delivery, services: PersonServices) -> StoredDocument | None:
    """Return the paper of an event, where there is something to ask about it that was not asked just now."""
    id_ = DocumentId(delivery.event.document)
    found = services.library.document(id_)
    if found is None or found[1].understood.state not in _OPEN or not names_somebody(found[1]):
        return None
    if delivery.event.kind is EventKind.DOCUMENT_CORRECTED:
        changes = services.corrections.changes(id_)
        if changes and changes[-1].is_check:  # the event that our own question led to
            return None
    return found[1]
