"""Papers: lists, what they say and where that stands, their versions, and what their signatures are worth."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Final

from fastapi import Query, Response

from pipeline.domain.api_errors import CursorRefused
from pipeline.domain.client import ApiScope
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.errors import DocumentDisposed, MachineExhausted, NotFound, ObjectAltered, ObjectMissing
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, FieldName, TypeCode
from pipeline.domain.search import Scope, SearchQuery
from pipeline.ports import DocumentFilter
from pipeline.usecases.filter_documents import filter_documents
from pipeline.usecases.look_up import list_documents as look_through
from pipeline.usecases.paper_standing import standing_of
from web.api.caller import Caller, CallerDep
from web.api.filters import (
    BatchQuery,
    CodeNotationQuery,
    CodeNumberQuery,
    DayQuery,
    DossierQuery,
    OwnerNumberQuery,
    TypeQuery,
    numbers_of,
)
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.documents import (
    DocumentShown,
    FieldShown,
    FieldsShown,
    ReportShown,
    StandingShown,
    VerdictShown,
    VerdictsShown,
    VersionShown,
    VersionsShown,
)
from web.api.paging import AfterQuery, LimitQuery, cursor, place_behind
from web.api.papers import DocumentPath, SeenPaper, look, report_of
from web.api.route import api_router
from web.api.routes.batches import AgencyQuery, narrowed
from web.api.standings import STANDING_HEADERS, standing_headers

router = api_router("documents")

_LISTED, _FOUND = "documents", "documents-found"
_TOLD: Final[dict[int | str, dict[str, Any]]] = {200: {"headers": STANDING_HEADERS}}
ListIncludeQuery = Annotated[
    str | None,
    Query(
        pattern=r"^(fields|pages)(,(fields|pages))*$",
        max_length=100,
        description="What else is to be told of each: `fields`, `pages`; several parted by commas.",
        examples=["fields"],
    ),
]
IncludeQuery = Annotated[
    str | None,
    Query(
        pattern=r"^(fields|pages|versions|signatures)(,(fields|pages|versions|signatures))*$",
        max_length=100,
        description="What else is to be told: `fields`, `pages`, `versions`, `signatures`; several parted by commas.",
        examples=["fields,signatures"],
    ),
]


@router.get("/documents")
@needs(ApiScope.DOCUMENTS_READ, personal=True)
def list_documents(
    *,
    caller: CallerDep,
    type_: TypeQuery = None,
    state: DocumentState | None = None,
    dossier: DossierQuery = None,
    batch: BatchQuery = None,
    agency: AgencyQuery = None,
    issued_since: DayQuery = None,
    issued_until: DayQuery = None,
    received_since: DayQuery = None,
    received_until: DayQuery = None,
    owner_number: OwnerNumberQuery = None,
    code_number: CodeNumberQuery = None,
    code_notation: CodeNotationQuery = None,
    include: ListIncludeQuery = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[DocumentShown]:
    """List papers, the newest first. A paper whose date of issue is not known lies in no range of days.

    A part may hold fewer papers than `limit`, even none, and still not be the last: `next` tells.
    """
    scope, told = narrowed(caller.scope, agency), _named(include)
    by_content = (issued_since, issued_until, received_since, received_until, owner_number, code_number, code_notation)
    if all(each is None for each in by_content):
        wanted = DocumentFilter(
            batch=None if batch is None else BatchId(batch), dossier=dossier, type=type_, state=state, limit=limit
        )
        return _listed(wanted, told, caller, scope=scope, after=after)
    query = SearchQuery(
        words="",
        numbers=numbers_of(owner_number, caller),
        type=None if type_ is None else TypeCode(type_),
        state=state,
        dossier=None if dossier is None else DossierCode(dossier),
        batch=None if batch is None else BatchId(batch),
        issued_since=issued_since,
        issued_until=issued_until,
        received_since=received_since,
        received_until=received_until,
        limit=limit,
    )
    exact = {"code_number": code_number, "code_notation": code_notation}
    fields = {FieldName(name): value for name, value in exact.items() if value is not None}
    return _filtered(query, fields, told, caller, scope=scope, after=after)


@router.get("/documents/{document}", responses=_TOLD)
@needs(ApiScope.DOCUMENTS_READ, personal=True, refuses=(NotFound,))
def get_document(
    document: DocumentPath, caller: CallerDep, response: Response, include: IncludeQuery = None
) -> DocumentShown:
    """Return a paper. One that was withdrawn or removed is told of as well: `standing` says so."""
    seen, told = _looked(document, caller, response, part="document"), _named(include)
    return DocumentShown.of(
        seen.found,
        standing=seen.standing,
        newest=seen.newest,
        batch=seen.batch,
        fields=_fields(seen.found) if "fields" in told else None,
        with_pages="pages" in told,
        versions=_versions(document, caller) if "versions" in told else None,
        verdicts=_verdicts(seen, caller) if "signatures" in told else None,
    )


@router.get("/documents/{document}/fields", responses=_TOLD)
@needs(ApiScope.DOCUMENTS_READ, personal=True, refuses=(NotFound,))
def get_fields(
    document: DocumentPath,
    caller: CallerDep,
    response: Response,
    fields: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*$",
            max_length=500,
            description="Only these, parted by commas; what the paper does not have is left out.",
            examples=["code_number,issued_date"],
        ),
    ] = None,
) -> FieldsShown:
    """Return what a paper says, each value with its evidence."""
    seen = _looked(document, caller, response, part="fields")
    wanted = _named(fields)
    told = {name: field for name, field in _fields(seen.found).items() if not wanted or name in wanted}
    return FieldsShown(
        document=document,
        state=seen.found.understood.state,
        version=seen.found.version,
        standing=StandingShown.of(seen.standing),
        fields=told,
    )


@router.get("/documents/{document}/versions", responses=_TOLD)
@needs(ApiScope.DOCUMENTS_READ, personal=True, refuses=(NotFound,))
def list_versions(document: DocumentPath, caller: CallerDep, response: Response) -> VersionsShown:
    """Return all states of a paper's copy."""
    seen = _looked(document, caller, response, part="versions")
    standing = StandingShown.of(seen.standing)
    return VersionsShown(document=document, standing=standing, versions=_versions(document, caller))


@router.get("/documents/{document}/verdicts", responses=_TOLD)
@needs(ApiScope.DOCUMENTS_READ, personal=True, refuses=(NotFound,))
def list_verdicts(document: DocumentPath, caller: CallerDep, response: Response) -> VerdictsShown:
    """Return all that was ever said of a paper's signatures."""
    seen = _looked(document, caller, response, part="verdicts")
    standing = StandingShown.of(seen.standing)
    return VerdictsShown(document=document, standing=standing, verdicts=_verdicts(seen, caller))


@router.get("/documents/{document}/signatures", responses=_TOLD)
@needs(
    ApiScope.DOCUMENTS_READ,
    personal=True,
    refuses=(NotFound, DocumentDisposed, ObjectMissing, ObjectAltered, MachineExhausted),
)
def get_signatures(
    document: DocumentPath,
    caller: CallerDep,
    response: Response,
    *,
    fresh: Annotated[bool, Query(description="Judge now, though a judgement was kept.")] = False,
) -> ReportShown:
    """Return what a paper's signatures are worth: as they were judged last, and now where nobody has yet."""
    return report_of(_looked(document, caller, response, part="signatures"), caller, fresh=fresh)


def _looked(document: DocumentId, caller: Caller, response: Response, *, part: str) -> SeenPaper:
    seen = look(caller, document, part=part)
    response.headers.update(standing_headers(seen.standing))
    return seen


def _named(names: str | None) -> frozenset[str]:
    return frozenset(names.split(",") if names else ())


def _listed(
    wanted: DocumentFilter, told: Collection[str], caller: Caller, *, scope: Scope, after: str | None
) -> Page[DocumentShown]:
    place = place_behind(after, of=_LISTED)
    behind = DocumentFilter(
        batch=wanted.batch,
        dossier=wanted.dossier,
        type=wanted.type,
        state=wanted.state,
        limit=wanted.limit,
        after=DocumentId(place[0]) if place else None,
        newest_first=True,
    )
    try:
        found = look_through(behind, library=caller.services.library, looker=caller.looker(), scope=scope)
    except NotFound as error:
        raise CursorRefused from error
    is_full = len(found) == wanted.limit
    return _page(found, told, caller, following=cursor(_LISTED, found[-1].understood.id) if is_full else None)


def _filtered(
    query: SearchQuery,
    fields: dict[FieldName, str],
    told: Collection[str],
    caller: Caller,
    *,
    scope: Scope,
    after: str | None,
) -> Page[DocumentShown]:
    place = place_behind(after, of=_FOUND)
    try:
        found = filter_documents(
            query,
            after=place[0] if place else "",
            fields=fields,
            library=caller.services.library,
            looker=caller.looker(),
            scope=scope,
        )
    except NotFound as error:
        raise CursorRefused from error
    return _page(found.documents, told, caller, following=cursor(_FOUND, found.next) if found.next else None)


def _page(
    found: Sequence[StoredDocument], told: Collection[str], caller: Caller, *, following: str | None
) -> Page[DocumentShown]:
    shelved = caller.services.shelf.about([each.understood.id for each in found])
    items = (
        DocumentShown.of(
            each,
            standing=standing_of(shelved[each.understood.id]),
            newest=shelved[each.understood.id].newest,
            fields=_fields(each) if "fields" in told else None,
            with_pages="pages" in told,
        )
        for each in found
    )
    return Page(items=tuple(items), next=following)


def _fields(found: StoredDocument) -> dict[str, FieldShown]:
    return {name: FieldShown.of(field) for name, field in found.understood.fields.items()}


def _versions(document: DocumentId, caller: Caller) -> tuple[VersionShown, ...]:
    return tuple(map(VersionShown.of, caller.services.versions.versions(document)))


def _verdicts(seen: SeenPaper, caller: Caller) -> tuple[VerdictShown, ...]:
    """Return what was said of all files of a paper, the newest first."""
    services = caller.services
    numbers = {each.sha256: each.number for each in services.versions.versions(seen.found.understood.id)}
    files = [*numbers, *([seen.found.signed_source] if seen.found.signed_source else [])]
    kept = [each for file in files for each in services.verdicts.of(file)]
    kept.sort(key=lambda each: each.at, reverse=True)
    return tuple(VerdictShown.of(each, version=numbers.get(each.sha256)) for each in kept)
