"""What happens to papers in depositories after they were published: looked at, superseded, revoked; numbers linked, consent given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.domain.desk_errors import HoldingRefused
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import DocumentId, TypeCode
from pipeline.domain.owner import (
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
from pipeline.ports import Clock, Library
from pipeline.signing_ports import Results
from pipeline.text.identifiers import as_identifier
from pipeline.usecases.depository_access import Visit, admitted, refused
from pipeline.usecases.issue_result import revoke_result, supersede_result


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersPapers:
    """An owner with all papers in the depository."""

    owner: Owner
    holdings: tuple[Holding, ...]


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
    agreed_types: Collection[TypeCode] = (),
) -> OwnersPapers:
    """Return the papers that somebody may see in an owner's depository; each look is written down before they are returned.

    Raises:
        NotFound: no such owner.
        AccessRefused: no dossier of the owner's own, no consent and no law.
    """
    known = owners.get(owner)
    if known is None:
        raise NotFound(what="owner", id=owner)
    held = depository.of(known.id)
    admission = admitted(
        visit,
        known,
        held=lambda: {each.document for each in held},
        library=library,
        access_book=access_book,
        at=clock.now(),
        agreed_types=agreed_types,
    )
    seen = [each for each in held if admission.basis(each.type) is not None]
    if not seen and not (visit.dossier or visit.by_law):
        raise refused(visit, known)
    access_book.note([admission.look(each, id_=new_id()) for each in seen])
    return OwnersPapers(owner=known, holdings=tuple(seen))


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
