"""What another system sees of an owner's depository: descriptions of papers, one paper's file, the log, consents.

The owner is named by number. Papers of all agencies are there, as far as the basis of the look reaches; what it does not reach is
neither shown nor counted, and each paper that is shown stands in its owner's log before the answer leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.domain.errors import NotFound
from pipeline.domain.ids import TypeCode
from pipeline.domain.owner import Access, Consent, ConsentId, HoldingId, Identifier, Owner, OwnerId
from pipeline.domain.search import Scope
from pipeline.reuse_ports import StoredCopy
from pipeline.usecases.depository_access import Admission, Visit, admitted, refused
from pipeline.usecases.find_reusable import ReuseServices, look_deed


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersCopies:
    """Some of an owner's papers, in order of publication."""

    owner: Owner | None
    """None: nobody with the number is known"""
    copies: tuple[StoredCopy, ...]
    is_more: bool
    """there are more behind them"""


def copies_of(
    number: Identifier,
    visit: Visit,
    *,
    services: ReuseServices,
    types: Collection[TypeCode] | None = None,
    agreed_types: Collection[TypeCode] = (),
    after: HoldingId | None = None,
    limit: int = 50,
) -> OwnersCopies:
    """Return papers of an owner's depository, those behind `after`, as far as the basis of the visit reaches.

    Raises:
        AccessRefused: the dossier is somebody else's, or neither dossier nor law is named and the owner agreed to nothing.
        RecordsUnavailable: the looks could not be written down, so there is no answer.
    """
    owner, admission = _admitted(number, visit, agreed_types, services)
    held = services.depository.of(owner.id) if owner else ()
    wanted = [each for each in held if types is None or each.type in types]
    seen = [each for each in wanted if admission.basis(each.type) is not None]
    if not seen and visit.dossier is None and not visit.by_law:
        raise refused(visit, owner)
    ids = [each.id for each in seen]
    begin = ids.index(after) + 1 if after in ids else 0
    shown = seen[begin : begin + limit]
    found = {each.holding.id: each for each in services.copies.named([each.id for each in shown])}
    copies = tuple(found[each.id] for each in shown if each.id in found)
    looks = [admission.look(each.holding, id_=services.new_id()) for each in copies]
    services.access_book.note(looks, beside=[look_deed(number, owner, services.looker, {"part": "depository"})])
    return OwnersCopies(owner=owner, copies=copies, is_more=begin + limit < len(seen))


def copy_of(
    number: Identifier,
    holding: HoldingId,
    visit: Visit,
    *,
    services: ReuseServices,
    agreed_types: Collection[TypeCode] = (),
) -> StoredCopy:
    """Return a paper of an owner's depository whose file is to be handed out.

    Raises:
        NotFound: no such paper lies in this owner's depository.
        AccessRefused: the basis of the visit does not reach it.
        RecordsUnavailable: the look could not be written down, so there is no answer.
    """
    owner, admission = _admitted(number, visit, agreed_types, services)
    found = next(iter(services.copies.named([holding])), None)
    if found is None or owner is None or found.holding.owner != owner.id:
        raise NotFound(what="holding", id=holding)
    if admission.basis(found.holding.type) is None:
        raise refused(visit, owner)
    look = admission.look(found.holding, id_=services.new_id())
    details = {"part": "depository_copy", "document": found.holding.document}
    deed = look_deed(number, owner, services.looker, details)
    services.access_book.note([look], beside=[deed])
    return found


def log_of(
    number: Identifier, visit: Visit, *, services: ReuseServices, limit: int, before: str | None = None
) -> Sequence[Access]:
    """Return who looked at an owner's papers, the newest first, those older than the one with the id `before`.

    It tells whom the owner has to do with, so a dossier does not open it: only the owner's own consent, or a law.

    Raises:
        NotFound: nobody with this number is known.
        AccessRefused: no consent and no law.
    """
    owner = _known(number, visit, services)
    now = services.proofs.clock.now()
    consents = services.access_book.consents(owner.id)
    agreed = any(each.opens(at=now, agency=visit.agency, purpose=visit.purpose) for each in consents)
    if not (agreed or visit.by_law):
        raise refused(visit, owner)
    services.access_book.note([], beside=[look_deed(number, owner, services.looker, {"part": "access_log"})])
    return services.access_book.accesses(owner.id, limit=limit, before=before)


def consents_of(number: Identifier, scope: Scope, *, services: ReuseServices) -> Sequence[Consent]:
    """Return what an owner agreed to, as far as it concerns agencies within `scope`, the newest first.

    None for a number that nobody is known by, as for one whose owner agreed to nothing.
    """
    owner = services.owners.find(number)
    services.access_book.note([], beside=[look_deed(number, owner, services.looker, {"part": "consents"})])
    given = services.access_book.consents(owner.id) if owner else ()
    return tuple(each for each in reversed(given) if not each.agency or scope.allows(each.agency))


def consent_of(number: Identifier, consent: ConsentId, *, services: ReuseServices) -> Consent:
    """Return a consent of an owner's.

    Raises:
        NotFound: nobody with this number is known, or has given no such consent.
    """
    owner = _owner(number, services)
    found = next((each for each in services.access_book.consents(owner.id) if each.id == consent), None)
    if found is None:
        raise NotFound(what="consent", id=consent)
    return found


def owner_with(number: Identifier, *, services: ReuseServices) -> OwnerId:
    """Return the id of the owner of a number.

    Raises:
        NotFound
    """
    return _owner(number, services).id


def _admitted(
    number: Identifier, visit: Visit, agreed_types: Collection[TypeCode], services: ReuseServices
) -> tuple[Owner | None, Admission]:
    owner = services.owners.find(number)
    admission = admitted(
        visit,
        owner,
        held=lambda: {each.document for each in services.depository.of(owner.id)} if owner else set(),
        library=services.library,
        access_book=services.access_book,
        at=services.proofs.clock.now(),
        agreed_types=agreed_types,
    )
    return owner, admission


def _known(number: Identifier, visit: Visit, services: ReuseServices) -> Owner:
    """Return an owner to whoever names a law; anybody else is told of no number whether it is known."""
    owner = services.owners.find(number)
    if owner is not None:
        return owner
    if visit.by_law:
        raise NotFound(what="owner", id=number.value)
    raise refused(visit, None)


def _owner(number: Identifier, services: ReuseServices) -> Owner:
    owner = services.owners.find(number)
    if owner is None:
        raise NotFound(what="owner", id=number.value)
    return owner
