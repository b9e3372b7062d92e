"""Owners: what of theirs can be used again, what lies in their depositories, who looked, and what they agreed to."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Path, Query, Request, Response

from app.reusing import reuse_policy
from pipeline.domain.api_errors import RequestRefused, ScopeNeeded
from pipeline.domain.audit_seal import day_of
from pipeline.domain.client import ApiScope
from pipeline.domain.desk_errors import AccessRefused
from pipeline.domain.errors import MachineExhausted, NotFound, StoreRefused
from pipeline.domain.ids import TypeCode
from pipeline.domain.owner import ConsentId, HoldingId
from pipeline.domain.procedure import procedure_core
from pipeline.domain.signed_link import FilePart
from pipeline.usecases.find_reusable import ReuseQuestion, find_reusable
from pipeline.usecases.keep_depository import record_consent
from pipeline.usecases.look_into_depository import (
    consent_of,
    consents_of,
    copies_of,
    copy_of,
    log_of,
    owner_with,
)
from pipeline.usecases.paper_file import paper_file
from pipeline.usecases.paper_standing import refuse_ended, standing_of
from web.api.caller import CallerDep
from web.api.files import file_answer, file_responses
from web.api.handing import REFUSES_ENDED, handed_part
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.owners import AccessShown, ConsentShown, HoldingShown, NewConsent, ReusableShown
from web.api.paging import AfterQuery, LimitQuery, cursor, place_behind
from web.api.papers import SeenPaper
from web.api.route import api_router
from web.api.standings import STANDING_HEADERS
from web.api.visits import AgencyHeader, KindPath, NumberPath, identifier_of, reuse_of, visit_of

router = api_router("owners")

_HELD, _LOOKS = "holdings", "looks"
_LONGEST_CONSENT = dt.timedelta(days=5 * 366)
_PDF = file_responses("application/pdf", headers=STANDING_HEADERS)
HoldingPath = Annotated[
    HoldingId, Path(pattern=r"^[A-Za-z0-9-]{1,60}$", description="Place of a paper in its owner's depository.")
]
ConsentPath = Annotated[ConsentId, Path(pattern=r"^[A-Za-z0-9-]{1,60}$", description="Id of a consent.")]
ProcedureQuery = Annotated[
    str,
    Query(
        pattern=r"^[1-9]\.[0-9]{6}[0-9.A-Y]*$",
        max_length=40,
        description="Code of the procedure; suffixes behind its core are of no account.",
        examples=["1.000894"],
    ),
]
OnQuery = Annotated[
    dt.date | None,
    Query(
        description="Day whose edition of the procedure holds, and on which papers have to be valid; today if left out."
    ),
]
ScopesQuery = Annotated[
    list[Annotated[str, Query(max_length=300)]] | None,
    Query(max_length=20, description="A scope of validity, as papers state it, that covers the case; may be repeated."),
]
TypesQuery = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z0-9_]+(,[a-z0-9_]+)*$",
        max_length=500,
        description="Papers of these types only; several parted by commas.",
        examples=["giay_khai_sinh,can_cuoc"],
    ),
]


@router.get("/owners/{kind}/{number}/reusable")
@needs(ApiScope.DEPOSITORY_READ, personal=True, refuses=(NotFound, AccessRefused, StoreRefused, MachineExhausted))
def get_reusable(
    *,
    kind: KindPath,
    number: NumberPath,
    caller: CallerDep,
    procedure: ProcedureQuery,
    on: OnQuery = None,
    scope: ScopesQuery = None,
    agency: AgencyHeader = None,
) -> ReusableShown:
    """Return, for each component that a procedure needs, the owner's stored papers that qualify, and why others do not.

    Every paper that is shown stands in its owner's log before the answer leaves. Agencies do not limit what is found: papers of
    all of them count, as far as the ground of the look reaches.
    """
    core = procedure_core(procedure)
    if core is None:
        raise RequestRefused(name="query.procedure", problem="no procedure's code")
    question = ReuseQuestion(
        owner=identifier_of(kind, number),
        procedure=core,
        day=on or day_of(caller.now()),
        scopes=tuple(scope or ()),
    )
    found = find_reusable(
        question, visit_of(caller, agency), policy=reuse_policy(caller.services), services=reuse_of(caller)
    )
    return ReusableShown.of(found)


@router.get("/owners/{kind}/{number}/depository")
@needs(ApiScope.DEPOSITORY_READ, personal=True, refuses=(AccessRefused,))
def list_depository(
    *,
    kind: KindPath,
    number: NumberPath,
    caller: CallerDep,
    types: TypesQuery = None,
    agency: AgencyHeader = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[HoldingShown]:
    """List what lies in an owner's depository, in order of publication, as far as the ground of the look reaches."""
    place = place_behind(after, of=_HELD)
    found = copies_of(
        identifier_of(kind, number),
        visit_of(caller, agency),
        services=reuse_of(caller),
        types=None if types is None else frozenset(TypeCode(each) for each in types.split(",")),
        agreed_types=reuse_policy(caller.services).agreed_types,
        after=HoldingId(place[0]) if place else None,
        limit=limit,
    )
    today = day_of(caller.now())
    following = cursor(_HELD, found.copies[-1].holding.id) if found.is_more and found.copies else None
    return Page(items=tuple(HoldingShown.of(each, today) for each in found.copies), next=following)


@router.get("/owners/{kind}/{number}/depository/{holding}/file", response_class=Response, responses=_PDF)
@needs(ApiScope.DEPOSITORY_READ, personal=True, refuses=(*REFUSES_ENDED, AccessRefused))
def get_holding_file(
    *,
    kind: KindPath,
    number: NumberPath,
    holding: HoldingPath,
    caller: CallerDep,
    request: Request,
    original: Annotated[
        bool,
        Query(
            description="The signed file that came in, instead of its copy; `404` for a paper that came in on paper."
        ),
    ] = False,
    agency: AgencyHeader = None,
) -> Response:
    """Return a stored paper itself, whichever agency has it: the newest version of its copy. Needs `files:read` as well."""
    if ApiScope.FILES_READ not in caller.scopes:
        raise ScopeNeeded(scope=ApiScope.FILES_READ.value)
    copy = copy_of(
        identifier_of(kind, number),
        holding,
        visit_of(caller, agency),
        services=reuse_of(caller),
        agreed_types=reuse_policy(caller.services).agreed_types,
    )
    document = copy.holding.document
    standing = standing_of(caller.services.shelf.about([document])[document])
    refuse_ended(document, standing)
    known = caller.services.library.document(document)
    if known is None:
        raise NotFound(what="holding", id=holding)
    part = FilePart.SIGNED if original else FilePart.COPY
    seen = SeenPaper(batch=known[0], found=known[1], newest=copy.newest, standing=standing)
    file = paper_file(seen.found, part, versions=[copy.newest])
    return file_answer(request, handed_part(caller, seen, file, part), objects=caller.services.objects)


@router.get("/owners/{kind}/{number}/accesses")
@needs(ApiScope.DEPOSITORY_READ, personal=True, refuses=(NotFound, AccessRefused))
def list_accesses(
    *,
    kind: KindPath,
    number: NumberPath,
    caller: CallerDep,
    agency: AgencyHeader = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[AccessShown]:
    """List who looked at an owner's papers, and why, the newest look first: the log that the owner sees.

    A dossier does not open it, for it tells whom the owner has to do with: only consent or law do.
    """
    place = place_behind(after, of=_LOOKS)
    found = log_of(
        identifier_of(kind, number),
        visit_of(caller, agency),
        services=reuse_of(caller),
        limit=limit + 1,
        before=place[0] if place else None,
    )
    following = cursor(_LOOKS, found[limit - 1].id) if len(found) > limit else None
    return Page(items=tuple(map(AccessShown.of, found[:limit])), next=following)


@router.get("/owners/{kind}/{number}/consents")
@needs(ApiScope.DEPOSITORY_READ, personal=True)
def list_consents(kind: KindPath, number: NumberPath, caller: CallerDep) -> tuple[ConsentShown, ...]:
    """List what an owner agreed to, the newest first, as far as it concerns the client's agencies."""
    found = consents_of(identifier_of(kind, number), caller.scope, services=reuse_of(caller))
    return tuple(map(ConsentShown.of, found))


@router.post("/owners/{kind}/{number}/consents", status_code=201)
@needs(ApiScope.CONSENTS_WRITE, personal=True, creates=True, refuses=(NotFound,))
def give_consent(
    kind: KindPath, number: NumberPath, new: NewConsent, caller: CallerDep, response: Response
) -> ConsentShown:
    """Keep what an owner agrees to: for portals in which owners sign in. `Sohoa-Requester` is the owner there."""
    now = caller.now()
    if not now < new.until <= now + _LONGEST_CONSENT:
        raise RequestRefused(name="body.until", problem="not within five years from now")
    unknown = set(new.types) - {each.code for each in caller.services.catalogue}
    if unknown:
        raise RequestRefused(name="body.types", problem=f"no type {min(unknown)} is declared")
    services = caller.services
    given = record_consent(
        owner_with(identifier_of(kind, number), services=reuse_of(caller)),
        agency=new.agency,
        purpose=new.purpose,
        types=tuple(TypeCode(each) for each in new.types),
        until=new.until,
        owners=services.owners,
        access_book=services.access_book,
        clock=services.clock,
        new_id=services.new_id,
    )
    response.headers["Location"] = f"/api/v1/owners/{kind.value}/{number}/consents"
    return ConsentShown.of(given)


@router.delete("/owners/{kind}/{number}/consents/{consent}")
@needs(ApiScope.CONSENTS_WRITE, personal=True, refuses=(NotFound,))
def withdraw_consent(kind: KindPath, number: NumberPath, consent: ConsentPath, caller: CallerDep) -> ConsentShown:
    """Withdraw a consent from now on; what was looked at before stays in the log. Again changes nothing."""
    found = consent_of(identifier_of(kind, number), consent, services=reuse_of(caller))
    return ConsentShown.of(caller.services.access_book.withdraw(found.id, at=caller.now()))
