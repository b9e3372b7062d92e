"""Put digitized papers into their owners' depositories, or say why they stay with the dossier alone.

TT 01/2023/TT-VPCP art. 10-11: what is digitized is shown in its owner's depository when the data of the owner are complete,
and is kept in the system otherwise. A paper in the wrong person's depository harms two people and is hard to take back, so a
number that was only read from a picture is not enough: it has to come from a machine-readable source, be confirmed by a
person, or name somebody who is known already under the same name.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from pipeline.depository_ports import Depository, Owners
from pipeline.domain.codes import CodeTemplates, archive_kind
from pipeline.domain.desk_errors import OwnerConflict
from pipeline.domain.document import DocumentState, Field, FieldOrigin, FieldState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import Holding, HoldingState, PaperCode, Validity
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.owner import (
    HoldingId,
    Identifier,
    IdentifierKind,
    IdentifierLink,
    LinkEvidence,
    Owner,
    OwnerId,
)
from pipeline.ports import Clock, Library
from pipeline.text.fold import fold_for_search
from pipeline.text.identifiers import find_identifier, identifier_holds
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.declaration import Keeping, OwnerFields
from pipeline.unfinished_ports import Unpublished

_MACHINE_READ = frozenset(
    {FieldOrigin.QR, FieldOrigin.MRZ, FieldOrigin.BARCODE, FieldOrigin.PDF_TEXT, FieldOrigin.CLERK}
)
"""sources without the errors of reading a picture"""


class Withheld(StrEnum):
    """Why a paper does not go to an owner's depository."""

    OWNER_MISSING = "owner_missing"
    """nothing on it names its owner by number and name, or its type says of nobody that it is theirs"""
    IDENTIFIER_FAILS = "identifier_fails"
    """the number is none, or fails its check"""
    NEEDS_REVIEW = "needs_review"
    """the paper or what names its owner is not sure yet"""
    OWNER_DIFFERS = "owner_differs"
    """the number belongs to somebody of another name"""
    LINK_REFUSED = "link_refused"
    """published, but the old number on it belongs to somebody else"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What became of a paper."""

    document: DocumentId
    holdings: tuple[Holding, ...] = ()
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishServices:
    """Everything outside the pipeline that publishing needs."""

    library: Library
    owners: Owners
    depository: Depository
    catalogue: TypeCatalogue
    unpublished: Unpublished
    clock: Clock
    new_id: Callable[[], str]
    """makes ids that sort by time"""


@dataclass(frozen=True, slots=True)
class _Named:
    """An owner as a paper names it, and the number that names it."""

    owner: Owner
    number: Identifier


@dataclass(frozen=True, slots=True)
class _Plan:
    """For whom a paper is to be published, and why it is not for others."""

    document: StoredDocument
    named: tuple[_Named, ...]
    withheld: tuple[Withheld, ...]


def publish_document(
    document: DocumentId, *, services: PublishServices, codes: CodeTemplates, owner: OwnerId | None = None
) -> Publication:
    """Publish a paper for all owners that it names, or for the one that a person names; again changes nothing.

    Raises:
        NotFound: no such document or owner.
    """
    found = services.library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    return publish([found[1]], services=services, codes=codes, owner=owner)[0]


def publish(
    documents: Sequence[StoredDocument],
    *,
    services: PublishServices,
    codes: CodeTemplates,
    owner: OwnerId | None = None,
) -> tuple[Publication, ...]:
    """Publish papers that were looked up already, those that are new in depositories in one step; see `publish_document`."""
    plans = [_plan(each, services, owner) for each in documents]
    wanted = [_holding(plan.document, named, services) for plan in plans for named in plan.named]
    placed = iter(_placed(wanted, services, codes))
    return tuple(
        _published(plan, tuple(islice(placed, len(plan.named))), services=services, codes=codes, linking=owner is None)
        for plan in plans
    )


def _plan(document: StoredDocument, services: PublishServices, owner: OwnerId | None) -> _Plan:
    """Return for whom a paper is to be published, and why not."""
    if document.understood.state is DocumentState.NEEDS_REVIEW:
        return _Plan(document, (), (Withheld.NEEDS_REVIEW,))
    if owner is not None:
        known = services.owners.get(owner)
        if known is None:
            raise NotFound(what="owner", id=owner)
        return _Plan(document, (_Named(known, _number_of(known)),), ())
    found = [_named(document, fields, services) for fields in _keeping(document, services).owners]
    return _Plan(
        document,
        tuple(each for each in found if isinstance(each, _Named)),
        tuple(each for each in found if isinstance(each, Withheld)) if found else (Withheld.OWNER_MISSING,),
    )


def _published(
    plan: _Plan,
    holdings: tuple[Holding, ...],
    *,
    services: PublishServices,
    codes: CodeTemplates,
    linking: bool,
) -> Publication:
    understood = plan.document.understood
    if holdings and codes.organ:
        declared = services.catalogue.types.get(understood.type)
        kind = archive_kind(understood.type, declared.abbreviation if declared else None)
        services.depository.archive_code(understood.id, organ=codes.organ, kind=kind)
    refused = _link_old_numbers(plan.document, services) if holdings and linking else ()
    return Publication(document=understood.id, holdings=holdings, withheld=(*plan.withheld, *refused))


def _keeping(document: StoredDocument, services: PublishServices) -> Keeping:
    declared = services.catalogue.types.get(document.understood.type)
    return declared.keeping if declared else Keeping()


def _named(document: StoredDocument, fields: OwnerFields, services: PublishServices) -> _Named | Withheld:
    """Return the owner that some fields of a paper name, kept, or why nobody can be named."""
    values = document.understood.fields
    number, name = values.get(fields.number), values.get(fields.name)
    if number is None or name is None:
        return Withheld.OWNER_MISSING
    birth = values.get(fields.birth_date) if fields.birth_date else None
    birth_date = None if birth is None or birth.state is FieldState.NEEDS_REVIEW else _text(birth)
    identifier = find_identifier(_text(number), fields.kind)
    if identifier is None or not (
        number.state is FieldState.CONFIRMED or identifier_holds(identifier, birth_date=birth_date)
    ):
        return Withheld.IDENTIFIER_FAILS
    if FieldState.NEEDS_REVIEW in (number.state, name.state):
        return Withheld.NEEDS_REVIEW
    known = services.owners.find(identifier)
    if known is not None:
        same = _folded(known.name) == _folded(_text(name))
        return _Named(known, identifier) if same else Withheld.OWNER_DIFFERS
    if not (_sure(number) and _sure(name)):
        return Withheld.NEEDS_REVIEW
    new = Owner(
        id=OwnerId(services.new_id()),
        kind=fields.kind,
        name=_text(name),
        birth_date=birth_date,
        identifiers=(identifier,),
    )
    return _Named(services.owners.register(new), identifier)


def _holding(document: StoredDocument, named: _Named, services: PublishServices) -> Holding:
    understood, keeping = document.understood, _keeping(document, services)
    return Holding(
        id=HoldingId(services.new_id()),
        owner=named.owner.id,
        document=understood.id,
        type=understood.type,
        code=PaperCode(owner=named.number.value, type=keeping.result_type or understood.type, serial=0, text=""),
        published_at=services.clock.now(),
        validity=validity_of(document, keeping),
    )


def _placed(wanted: Sequence[Holding], services: PublishServices, codes: CodeTemplates) -> list[Holding]:
    """Return places of papers as they stand then, in order: those that are there with what the paper says now, others new."""
    # most papers that are published again lie there already: to look takes no turn at writing
    documents = dict.fromkeys(each.document for each in wanted)
    known = {(held.document, held.owner): held for each in documents for held in services.depository.holdings(each)}
    new = [each for each in wanted if (each.document, each.owner) not in known]
    placed = iter(services.depository.place(new, template=codes.paper) if new else ())
    there = (known.get((each.document, each.owner)) for each in wanted)
    return [
        next(placed) if old is None else _brought_up(old, said, services)
        for old, said in zip(there, wanted, strict=True)
    ]


def _brought_up(there: Holding, said: Holding, services: PublishServices) -> Holding:
    if there.state is not HoldingState.IN_FORCE or there.validity == said.validity:
        return there
    return services.depository.change(
        replace(there, validity=said.validity, changed_at=said.published_at), version=there.version
    )


def validity_of(document: StoredDocument, keeping: Keeping) -> Validity:
    """Return for how long and for what a paper is valid, as far as it says so and the law adds.

    A time in months ends with the day of its last month that has the same number, or that month's last day (Bộ luật Dân sự
    91/2015/QH13 art. 148).
    """
    fields = document.understood.fields
    since = _day(fields, keeping.valid_from or FieldName("valid_from"))
    until = _day(fields, keeping.valid_to or FieldName("valid_to"))
    if until is None and since is not None and keeping.valid_months is not None:
        until = _months_after(since, keeping.valid_months)
    scope = fields.get(FieldName("valid_scope"))
    purpose = fields.get(keeping.purpose) if keeping.purpose else None
    return Validity(
        since=since,
        until=until,
        scope=_text(scope) if scope else "",
        purpose=_text(purpose) if purpose else "",
    )


def _link_old_numbers(document: StoredDocument, services: PublishServices) -> list[Withheld]:
    """Link old numbers of owners with the new ones where the paper itself is proof of it."""
    values = document.understood.fields
    refused = []
    for fields in _keeping(document, services).owners:
        new = values.get(fields.number)
        old = values.get(fields.old_number) if fields.old_number else None
        evidence = _evidence(old, new)
        if old is None or new is None or evidence is None:
            continue
        old_number, new_number = (find_identifier(_text(each), fields.kind) for each in (old, new))
        if old_number is None or new_number is None or old_number.kind is not IdentifierKind.CMND:
            continue
        link = IdentifierLink(old=old_number, new=new_number, evidence=evidence, document=document.understood.id)
        try:
            services.owners.link(link, at=services.clock.now())
        except OwnerConflict:
            refused.append(Withheld.LINK_REFUSED)
    return refused


def _evidence(old: Field | None, new: Field | None) -> LinkEvidence | None:
    if old is None or new is None:
        return None
    if old.origin is new.origin is FieldOrigin.QR:
        return LinkEvidence.CARD_CODE
    confirmed = old.state is new.state is FieldState.CONFIRMED
    return LinkEvidence.CONFIRMED_PAPER if confirmed else None


def _number_of(owner: Owner) -> Identifier:
    """Return the number by which an owner's papers are coded; the part stays empty where there is none (art. 10.1)."""
    by_kind = sorted(owner.identifiers, key=lambda each: list(IdentifierKind).index(each.kind))
    return by_kind[0] if by_kind else Identifier(IdentifierKind.CCCD, "")


def _sure(field: Field) -> bool:
    return field.state is FieldState.CONFIRMED or field.origin in _MACHINE_READ


def _text(field: Field) -> str:
    return field.value if isinstance(field.value, str) else " ".join(field.value)


def _folded(name: str) -> list[str]:
    """Return what two ways of writing a name have in common: machine-readable zones leave the diacritics out."""
    return fold_for_search(name).split()


def _day(fields: Mapping[FieldName, Field], name: FieldName) -> dt.date | None:
    """Return a whole date; a year alone, or `không thời hạn`, is none."""
    field = fields.get(name)
    try:
        return None if field is None else dt.date.fromisoformat(_text(field))
    except ValueError:
        return None


def _months_after(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
