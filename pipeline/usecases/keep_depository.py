"""What happens to papers in depositories after they were published: looked at, superseded, revoked; numbers linked, consent given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.domain.desk_errors import AccessRefused, HoldingRefused
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import DocumentId, DossierCode, TypeCode
from pipeline.domain.owner import (
    Access,
    AccessBasis,
    Consent,
    ConsentId,
    Identifier,
    IdentifierKind,
    IdentifierLink,
    LinkEvidence,
    Owner,
    OwnerId,
)
from pipeline.domain.result import ResultState
from pipeline.ports import Clock, DocumentFilter, Library
from pipeline.signing_ports import Results
from pipeline.text.identifiers import as_identifier
from pipeline.usecases.issue_result import revoke_result, supersede_result

_MOST_PAPERS = 1000
"""of a dossier that are looked at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersPapers:
    """An owner with all papers in the depository."""

    owner: Owner
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who wants to look into a depository, and why."""

    who: str
    """account"""
    agency: str
    purpose: str
    dossier: DossierCode | None = None
    """a dossier of the owner's own that is being settled"""
    by_law: bool = False
    """a law, named in the purpose, lets the agency look without dossier and consent"""


def named_owner(text: str, *, owners: Owners) -> Owner:
    """Return the owner with this id or number.

    Raises:
        NotFound
    """
    found = owners.get(OwnerId(text)) or next(filter(None, map(owners.find, numbers_in(text))), None)
    if found is None:
        raise NotFound(what="owner", id=text)
    return found


def numbers_in(text: str) -> tuple[Identifier, ...]:
    """Return what a typed number may be: a number of 12 digits is the same as personal number and as tax code."""
    return tuple(dict.fromkeys(filter(None, (as_identifier(text, kind) for kind in IdentifierKind))))


def depository_of(
    owner: OwnerId,
    visit: Visit,
    *,
    owners: Owners,
    depository: Depository,
    access_book: AccessBook,
    library: Library,
    clock: Clock,
    new_id: Callable[[], str],
) -> OwnersPapers:
    """Return the papers that somebody may see in an owner's depository; each look is written down before they are returned.

    Raises:
        NotFound: no such owner.
        AccessRefused: no dossier of the owner's own, no consent and no law.
    """
    known = owners.get(owner)
    if known is None:
        raise NotFound(what="owner", id=owner)
    now, consents = clock.now(), access_book.consents(known.id)
    held = depository.of(known.id)
    if visit.dossier is not None and not _is_own(visit.dossier, known, held, library):
        raise AccessRefused(owner=known.id, purpose=visit.purpose, dossier=visit.dossier)
    bases = {each.id: basis for each in held if (basis := _basis(each, visit, consents, now)) is not None}
    if not bases and not (visit.dossier or visit.by_law):
        raise AccessRefused(owner=known.id, purpose=visit.purpose)
    seen = [each for each in held if each.id in bases]
    access_book.note([_access(each, visit, bases[each.id], at=now, id_=new_id()) for each in seen])
    return OwnersPapers(owner=known, holdings=tuple(seen))


def _is_own(dossier: DossierCode, owner: Owner, held: Sequence[Holding], library: Library) -> bool:
    """Say whether a dossier is an owner's own: a paper of it lies in the depository, or names one of the owner's numbers."""
    theirs = {each.document for each in held}
    numbers = {each.value for each in owner.identifiers}
    return any(
        each.understood.id in theirs or any(field.value in numbers for field in each.understood.fields.values())
        for each in library.documents(DocumentFilter(dossier=dossier, limit=_MOST_PAPERS))
    )


def _access(holding: Holding, visit: Visit, basis: AccessBasis, *, at: dt.datetime, id_: str) -> Access:
    return Access(
        id=id_,
        at=at,
        owner=holding.owner,
        holding=holding.id,
        who=visit.who,
        agency=visit.agency,
        purpose=visit.purpose,
        basis=basis,
        dossier=visit.dossier,
    )


def _basis(holding: Holding, visit: Visit, consents: Sequence[Consent], now: dt.datetime) -> AccessBasis | None:
    if visit.dossier is not None:
        return AccessBasis.DOSSIER
    agreed = (each.covers(at=now, agency=visit.agency, purpose=visit.purpose, type_=holding.type) for each in consents)
    if any(agreed):
        return AccessBasis.CONSENT
    return AccessBasis.LAW if visit.by_law else None


def revoke_holding(
    document: DocumentId, reason: str, *, depository: Depository, results: Results, clock: Clock
) -> tuple[Holding, ...]:
    """Withdraw a paper from all depositories; a result of ours is revoked as such, and its places follow in the same step.

    Raises:
        HoldingRefused: it lies in no depository, or is in force in none.
        ResultNotInForce, RecordChanged
    """
    held = _in_force(document, depository)
    if _is_result(document, results):
        revoke_result(document, reason, results=results, clock=clock)
        return tuple(depository.holdings(document))
    return tuple(
        depository.change(
            replace(each, state=HoldingState.REVOKED, reason=reason, changed_at=clock.now()), version=each.version
        )
        for each in held
    )


def supersede_holding(
    document: DocumentId, by: DocumentId, reason: str, *, depository: Depository, results: Results, clock: Clock
) -> tuple[Holding, ...]:
    """Let another paper of the same owners take the place of one.

    Raises:
        HoldingRefused: one of them lies in no depository or is not in force, they are the same, or have different owners.
        ResultNotInForce, RecordChanged
    """
    if document == by:
        raise HoldingRefused(document=document, reason="replaces_itself")
    held, new = _in_force(document, depository), _in_force(by, depository)
    if not {each.owner for each in held} <= {each.owner for each in new}:
        raise HoldingRefused(document=document, reason="other_owner")
    if _is_result(document, results) and _is_result(by, results):
        supersede_result(document, by, reason, results=results, clock=clock)
        return tuple(depository.holdings(document))
    ended = partial(replace, state=HoldingState.SUPERSEDED, superseded_by=by, reason=reason, changed_at=clock.now())
    return tuple(depository.change(ended(each), version=each.version) for each in held)


def _in_force(document: DocumentId, depository: Depository) -> tuple[Holding, ...]:
    held = depository.holdings(document)
    in_force = tuple(each for each in held if each.state is HoldingState.IN_FORCE)
    if not in_force:
        raise HoldingRefused(document=document, reason="not_in_force" if held else "not_published")
    return in_force


def _is_result(document: DocumentId, results: Results) -> bool:
    result = results.find(document)
    return result is not None and result.state is ResultState.ISSUED


def link_identifiers(old: str, new: str, reason: str, *, owners: Owners, clock: Clock) -> Owner:
    """Write, on an authority's word, that an old CMND number and a new personal number are one person's.

    Raises:
        NotFound: one of them is no number of its kind, or neither is known.
        OwnerConflict: they belong to two people.
    """
    old_number, new_number = as_identifier(old, IdentifierKind.CMND), as_identifier(new, IdentifierKind.CCCD)
    if old_number is None or new_number is None:
        raise NotFound(what="identifier", id=old if old_number is None else new)
    link = IdentifierLink(old=old_number, new=new_number, evidence=LinkEvidence.AUTHORITY, reason=reason)
    return owners.link(link, at=clock.now())


def record_consent(
    owner: OwnerId,
    *,
    agency: str,
    purpose: str,
    types: tuple[TypeCode, ...] = (),
    until: dt.datetime | None = None,
    owners: Owners,
    access_book: AccessBook,
    clock: Clock,
    new_id: Callable[[], str],
) -> Consent:
    """Keep what an owner agrees to.

    Raises:
        NotFound: no such owner.
    """
    known = owners.get(owner)
    if known is None:
        raise NotFound(what="owner", id=owner)
    consent = Consent(
        id=ConsentId(new_id()),
        owner=known.id,
        agency=agency,
        purpose=purpose,
        types=types,
        given_at=clock.now(),
        until=until,
    )
    access_book.give(consent)
    return consent
