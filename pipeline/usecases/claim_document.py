"""One person at a time has a document before them; others see who, and may take over when the claim lapses or by saying so."""

from __future__ import annotations

import datetime as dt
from typing import Final

from pipeline.audit_ports import AuditTrail
from pipeline.domain.account import Account
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.ids import DocumentId
from pipeline.domain.review import Claim
from pipeline.domain.review_errors import DocumentClaimed
from pipeline.ports import Clock
from pipeline.review_ports import ClaimBook

CLAIM_LASTS: Final = dt.timedelta(seconds=90)
"""without a sign of life; a page that is open renews its claim three times as often, so that two signs may be lost"""


def claim_document(document: DocumentId, person: Account, *, claims: ClaimBook, clock: Clock) -> Claim:
    """Claim a document, or renew the claim, and return whose it is then: somebody else's if they have it.

    Raises:
        NotFound: no such document.
    """
    now = clock.now()
    return claims.take(_claim(document, person, now), at=now)


def take_over(
    document: DocumentId, person: Account, *, instead_of: str, claims: ClaimBook, trail: AuditTrail, clock: Clock
) -> Claim:
    """Take a document over from somebody who has it, by name, and return whose it is then; the trail tells of it.

    Raises:
        NotFound: no such document.
        RecordsUnavailable: it could not be written down, and nothing was changed.
    """
    now = clock.now()
    held = claims.of(document)
    if held is not None and held.login == instead_of and held.holds_against(person.login, at=now):
        details = {"from": held.login, "since": held.since.isoformat(timespec="seconds")}
        subject = Subject(SubjectKind.DOCUMENT, document)
        trail.note([Deed(action=Action.CLAIM_TAKEN_OVER, subject=subject, details=details)])
    return claims.take(_claim(document, person, now), at=now, against=instead_of)


def refuse_claimed(document: DocumentId, login: str, *, claims: ClaimBook, clock: Clock) -> None:
    """Refuse to change a document that somebody else has before them.

    Raises:
        DocumentClaimed
    """
    held = claims.of(document)
    if held is not None and held.holds_against(login, at=clock.now()):
        raise DocumentClaimed(document=document, name=held.name, login=held.login, since=held.since.isoformat())


def _claim(document: DocumentId, person: Account, now: dt.datetime) -> Claim:
    return Claim(document=document, login=person.login, name=person.name, since=now, until=now + CLAIM_LASTS)
