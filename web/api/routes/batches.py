"""Batches: made of what was handed in, followed while they are worked on, looked into when they are done."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query, Request, Response

from pipeline.domain.api_errors import CursorRefused
from pipeline.domain.batch import BatchState
from pipeline.domain.client import ApiScope
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.download_errors import PreconditionFailed, RangeUnsatisfiable
from pipeline.domain.errors import (
    BatchBusy,
    DocumentDisposed,
    MachineExhausted,
    NotFound,
    ObjectAltered,
    ObjectLeaving,
    ObjectMissing,
    SecretPaper,
)
from pipeline.domain.ids import BatchId, ContentHash, DossierCode, SourceName
from pipeline.domain.intake import IntakeId
from pipeline.domain.intake_errors import IntakeNotYours, IntakeShut, IntakeUnready
from pipeline.domain.page import PageRef, PageState
from pipeline.domain.search import Scope
from pipeline.domain.source import MediaType, SourceState
from pipeline.listing_ports import SourceRow
from pipeline.ports import Area
from pipeline.usecases.export_layout import safe_name
from pipeline.usecases.intake_closing import close_intake
from pipeline.usecases.intake_deciding import Decision, decide_duplicates
from pipeline.usecases.look_up import look_at_batch_part
from web.api.caller import Caller, CallerDep
from web.api.files import HandedFile, file_answer
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.batches import BatchShown, PageShown, SourceShown
from web.api.models.intakes import DossierCodeText, Duplicates, NewBatch
from web.api.paging import AfterQuery, LimitQuery, cursor, number_in_place, place_behind
from web.api.route import api_router
from web.api.routes.intakes import own_intake_of

router = api_router("batches")

BatchPath = Annotated[BatchId, Path(pattern=r"^b-[0-9a-f]{24}$", description="Id of a batch.")]
DigestPath = Annotated[ContentHash, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file, hexadecimal.")]
AgencyQuery = Annotated[str | None, Query(max_length=60, description="Of this agency only, one of the client's.")]
_LIST, _SOURCES, _PAGES = "batches", "sources", "pages"
_FILE: Final[dict[str, Any]] = {"content": {each.value: {} for each in MediaType}}


@router.post("/batches", status_code=201)
@needs(
    ApiScope.BATCHES_WRITE,
    creates=True,
    refuses=(
        *(NotFound, IntakeNotYours, IntakeShut, IntakeUnready, RecordChanged, BatchBusy),
        *(DocumentDisposed, ObjectAltered, ObjectLeaving, MachineExhausted),
    ),
)
def make_batch(new: NewBatch, caller: CallerDep, response: Response) -> BatchShown:
    """Make a batch of an intake whose files are all there, and have it digitized; again answers the same batch."""
    work = caller.office.intake
    intake = own_intake_of(IntakeId(new.intake), caller)
    if new.duplicates is not Duplicates.ASK:
        decision = Decision.KEEP if new.duplicates is Duplicates.KEEP else Decision.LEAVE_OUT
        decide_duplicates(intake, decision, work.services.books.files.all(intake.id), services=work.services)
        intake = own_intake_of(intake.id, caller)
    closed = work.finish(close_intake(intake, services=work.services), caller.services)
    if closed.batch is None:
        raise BatchBusy(batch=intake.id)
    response.headers["Location"] = f"/api/v1/batches/{closed.batch}"
    return _shown(closed.batch, caller)


@router.get("/batches")
@needs(ApiScope.BATCHES_READ)
def list_batches(
    *,
    caller: CallerDep,
    agency: AgencyQuery = None,
    dossier: Annotated[
        DossierCodeText | None, Query(description="Handed in for this dossier, or with papers of it.")
    ] = None,
    state: BatchState | None = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[BatchShown]:
    """List batches, the newest first."""
    place = place_behind(after, of=_LIST)
    rows = caller.services.intake.watch.rows(
        limit=limit + 1,
        scope=narrowed(caller.scope, agency),
        dossier=None if dossier is None else DossierCode(dossier),
        state=state,
        after=BatchId(place[0]) if place else None,
    )
    following = cursor(_LIST, rows[limit - 1].id) if len(rows) > limit else None
    times = caller.services.stage_times.of([each.id for each in rows[:limit]])
    return Page(items=tuple(BatchShown.of(each, times.get(each.id, ())) for each in rows[:limit]), next=following)


@router.get("/batches/{batch}")
@needs(ApiScope.BATCHES_READ, refuses=(NotFound,))
def get_batch(batch: BatchPath, caller: CallerDep) -> BatchShown:
    """Return a batch and how far it is."""
    return _shown(batch, caller)


@router.get("/batches/{batch}/sources")
@needs(ApiScope.BATCHES_READ, refuses=(NotFound,))
def list_sources(
    *,
    batch: BatchPath,
    caller: CallerDep,
    state: SourceState | None = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[SourceShown]:
    """List the files of a batch by name, as they stand."""
    place = place_behind(after, of=_SOURCES)
    parts = caller.services.listings.batches
    if not parts.has(batch, scope=caller.scope):
        raise NotFound(what="batch", id=batch)
    rows = parts.sources(batch, state=state, limit=limit + 1, after=SourceName(place[0]) if place else None)
    following = cursor(_SOURCES, rows[limit - 1].outcome.name) if len(rows) > limit else None
    return Page(items=tuple(map(SourceShown.of, rows[:limit])), next=following)


@router.get(
    "/batches/{batch}/sources/{sha256}/content", response_class=Response, responses={200: _FILE, 206: _FILE, 304: {}}
)
@needs(
    ApiScope.FILES_READ,
    personal=True,
    refuses=(
        *(NotFound, SecretPaper, DocumentDisposed, RangeUnsatisfiable, PreconditionFailed),
        *(ObjectMissing, ObjectAltered),
    ),
)
def get_source(batch: BatchPath, sha256: DigestPath, caller: CallerDep, request: Request) -> Response:
    """Return a file exactly as it came in."""
    services = caller.services
    parts = services.listings.batches
    look_at_batch_part(batch, part="source", parts=parts, looker=caller.looker(), scope=caller.scope)
    row = parts.source(batch, sha256)
    if row is None:
        raise NotFound(what="source", id=sha256)
    if row.is_secret:
        raise SecretPaper(name=row.outcome.name)
    if row.is_disposed:
        raise DocumentDisposed(document=row.outcome.name, disposal="–", certificate="–")
    file = HandedFile(
        area=Area.ARCHIVE,
        sha256=sha256,
        size=_size(row, caller),
        name=safe_name(row.outcome.name.rpartition("/")[2]),
        media_type=row.outcome.media_type.value,
    )
    return file_answer(request, file, objects=services.objects)


@router.get("/batches/{batch}/pages")
@needs(ApiScope.BATCHES_READ, personal=True, refuses=(NotFound,))
def list_pages(
    *,
    batch: BatchPath,
    caller: CallerDep,
    source: Annotated[str | None, Query(max_length=2000, description="Of the file of this name only.")] = None,
    state: PageState | None = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[PageShown]:
    """List the pages of a batch that are accounted for, by file and number."""
    place = place_behind(after, of=_PAGES, parts=2)
    parts = caller.services.listings.batches
    look_at_batch_part(batch, part="pages", parts=parts, looker=caller.looker(), scope=caller.scope)
    rows = parts.pages(
        batch,
        source=None if source is None else SourceName(source),
        state=state,
        limit=limit + 1,
        after=None if place is None else _page_ref(*place),
    )
    last = rows[limit - 1].ref if len(rows) > limit else None
    following = None if last is None else cursor(_PAGES, last.source, str(last.number))
    return Page(items=tuple(map(PageShown.of, rows[:limit])), next=following)


def narrowed(scope: Scope, agency: str | None) -> Scope:
    """Return a scope narrowed to one of its agencies; another one is like one that has nothing."""
    if agency is None:
        return scope
    return Scope(frozenset({agency}) if scope.allows(agency) else frozenset())


def _shown(batch: BatchId, caller: Caller) -> BatchShown:
    row = caller.services.intake.watch.row(batch, scope=caller.scope)
    if row is None:
        raise NotFound(what="batch", id=batch)
    times = caller.services.stage_times.of([batch])
    return BatchShown.of(row, times.get(batch, ()))


def _size(row: SourceRow, caller: Caller) -> int:
    """Return the bytes of a file; those of a member of an archive were never counted."""
    if row.size is not None:
        return row.size
    with caller.services.objects.local(Area.ARCHIVE, row.outcome.sha256) as path:
        return path.stat().st_size


def _page_ref(source: str, number: str) -> PageRef:
    """Return the page that a cursor names.

    Raises:
        CursorRefused: it names none.
    """
    at = number_in_place(number)
    if not at:
        raise CursorRefused
    return PageRef(SourceName(source), at)
