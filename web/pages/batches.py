"""Batches: what they are at, page by page, and what can be done about what went wrong: `/batches`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from app.intake_work import explainer
from app.stage_words import seconds_words
from pipeline.domain.account import Role
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, SourceName
from pipeline.domain.intake import BatchCounts, BatchRow, Lane
from pipeline.domain.page import PageOutcome, PageState
from pipeline.domain.source import SourceOutcome, SourceState
from pipeline.usecases.inspect_sources import refusal_details
from pipeline.usecases.intake_opening import open_intake
from pipeline.usecases.intake_retry import received_source, retry_file
from web.batch_words import PageNote, page_note, standing_of
from web.early_view import early_list
from web.guard import allowed
from web.show import go_to, show
from web.stage_view import stage_bars
from web.streams import News, stream
from web.told_number import LARGEST_INTEGER
from web.visit import Visit, VisitDep

router = APIRouter()

_ROWS = 50
_FILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file of a batch as its page shows it."""

    place: int
    """in the batch, from 0"""
    source: SourceOutcome
    pages: tuple[PageOutcome, ...]
    counts: dict[str, int]
    """pages by state, and those that wait"""
    reason: str
    """why it was refused, in words"""
    notes: tuple[PageNote, ...]
    """what is to be said of its pages"""

    @property
    def may_be_tried_again(self) -> bool:
        """Whether it, or a page of it, could not be used."""
        return self.source.state is SourceState.REFUSED or any(each.state is PageState.FAILED for each in self.pages)


@router.get("/batches")
@allowed(Role.CLERK)
def batches(visit: VisitDep, whose: Annotated[str, Query()] = "", after: Annotated[str, Query()] = "") -> Response:
    """List the agency's batches, or one's own."""
    mine = whose == "mine"
    rows = visit.services.intake.watch.rows(
        limit=_ROWS + 1,
        scope=visit.scope,
        account=visit.person.id if mine else None,
        after=BatchId(after) if after else None,
    )
    shown = [(row, standing_of(row.counts, visit.say)) for row in rows[:_ROWS]]
    following = rows[_ROWS - 1].id if len(rows) > _ROWS else ""
    return show(visit, "batches/list.html", rows=shown, mine=mine, following=following, is_first=not after)


@router.get("/batches/{batch}")
@allowed(Role.CLERK)
def one(batch: BatchId, visit: VisitDep) -> Response:
    """Show a batch with its files as they stand."""
    row = batch_row(batch, visit)
    times = visit.services.stage_times.of([batch]).get(batch, ())
    return show(
        visit,
        "batches/one.html",
        stages=stage_bars(times, visit.say),
        spent=seconds_words(sum(each.seconds for each in times), visit.say),
        standing=standing_of(row.counts, visit.say),
        progress=progress_json(row.counts, visit),
        **_files(row, visit, after=0) | early_list(row, visit),
    )


@router.get("/batches/{batch}/files")
@allowed(Role.CLERK)
def files(batch: BatchId, visit: VisitDep, after: Annotated[int, Query(ge=0, le=LARGEST_INTEGER)] = 0) -> Response:
    """Show some of a batch's files: a part of its page."""
    row = batch_row(batch, visit)
    return show(visit, "batches/files.html", row=row, **_files(row, visit, after=after))


@router.get("/batches/{batch}/state")
@allowed(Role.CLERK)
def state(batch: BatchId, visit: VisitDep) -> Response:
    """Tell how far a batch is: for pages that cannot listen."""
    return JSONResponse(progress_json(_counts(batch, visit), visit))


@router.get("/batches/{batch}/progress")
@allowed(Role.CLERK)
async def progress(batch: BatchId, request: Request, visit: VisitDep) -> StreamingResponse:
    """Tell how far a batch is, whenever it has come further."""
    await run_in_threadpool(_counts, batch, visit)

    def look(heard: str) -> News | None:
        counts = _counts(batch, visit)
        now = _mark(counts)
        return None if now == heard else News(now, progress_json(counts, visit), done=counts.complete)

    return stream(request, visit, look)


@router.post("/batches/{batch}/retry")
@allowed(Role.CLERK)
def retry(batch: BatchId, visit: VisitDep, name: Annotated[str, Form()]) -> Response:
    """Try one file again from the bytes that are kept, in a batch of its own."""
    batch_row(batch, visit)
    services = visit.services
    again = retry_file(
        batch, SourceName(name), batches=services.batches, objects=services.objects, clock=services.clock
    )
    visit.office.jobs.digitize(again, lane=Lane.COUNTER)
    return go_to(f"/batches/{again}", visit)


@router.post("/batches/{batch}/replace")
@allowed(Role.CLERK)
def replace(batch: BatchId, visit: VisitDep, name: Annotated[str, Form()]) -> Response:
    """Open an intake for what has to be scanned again: for the same dossier, ahead of bulk."""
    batch_row(batch, visit)
    received, _ = received_source(batch, SourceName(name), batches=visit.services.batches)
    intake = open_intake(
        visit.person.id,
        agency=received.agency,
        lane=Lane.COUNTER,
        dossier=received.dossier,
        services=visit.office.intake.services,
    )
    return go_to(f"/intake/{intake.id}", visit)


def batch_row(batch: BatchId, visit: Visit) -> BatchRow:
    """Return a batch that the visitor may see.

    Raises:
        NotFound
    """
    row = visit.services.intake.watch.row(batch, scope=visit.scope)
    if row is None:
        raise NotFound(what="batch", id=batch)
    return row


def progress_json(counts: BatchCounts, visit: Visit) -> dict[str, Any]:
    """Return the counts of a batch as its page's script shows them."""
    standing = standing_of(counts, visit.say)
    return {
        "files": counts.files,
        **{f"files_{state.value}": counts.file_states.get(state.value, 0) for state in SourceState},
        "pages": counts.pages,
        **{f"pages_{state.value}": counts.page_states.get(state.value, 0) for state in PageState},
        "pages_waiting": counts.waiting,
        "documents": counts.documents,
        "documents_needs_review": counts.document_states.get(DocumentState.NEEDS_REVIEW.value, 0),
        "signed": counts.signed,
        "early": counts.early,
        "complete": counts.complete,
        "kind": standing.kind,
        "words": standing.words,
        "mark": _mark(counts),
    }


def shown_files(batch: BatchId, visit: Visit, *, limit: int, after: int = 0) -> tuple[ShownFile, ...]:
    """Return files of a batch in their order, with what is to be said of them."""
    found = visit.services.intake.watch.sources(batch, limit=limit, after=after)
    return tuple(_shown(after + at, source, pages, visit) for at, (source, pages) in enumerate(found))


def _files(row: BatchRow, visit: Visit, *, after: int) -> dict[str, Any]:
    shown = shown_files(row.id, visit, limit=_FILES + 1, after=after)
    following = after + _FILES if len(shown) > _FILES else None
    return {"files": shown[:_FILES], "following": following, "complete": row.counts.complete}


def _shown(place: int, source: SourceOutcome, pages: tuple[PageOutcome, ...], visit: Visit) -> ShownFile:
    counts = {state.value: sum(each.state is state for each in pages) for state in PageState}
    counts["waiting"] = max(0, source.pages - len(pages))
    notes = (page_note(each, visit.say) for each in pages)
    return ShownFile(
        place=place,
        source=source,
        pages=pages,
        counts=counts,
        reason="" if source.error is None else _reason(source, visit),
        notes=tuple(each for each in notes if each is not None),
    )


def _reason(source: SourceOutcome, visit: Visit) -> str:
    services, work = visit.services, visit.office.intake
    details = refusal_details(source, objects=services.objects, ledger=services.ledger, limits=work.policy.limits)
    return explainer(visit.say)(source.error or "", {**details, "name": source.name})


def _counts(batch: BatchId, visit: Visit) -> BatchCounts:
    counts = visit.services.intake.watch.counts(batch, scope=visit.scope)
    if counts is None:
        raise NotFound(what="batch", id=batch)
    return counts


def _mark(counts: BatchCounts) -> str:
    """Return how far a batch is, as one word: another word, another state."""
    return "-".join(
        str(each)
        for each in (
            counts.files,
            *(counts.file_states.get(state.value, 0) for state in SourceState),
            counts.pages,
            *(counts.page_states.get(state.value, 0) for state in PageState),
            *(counts.document_states.get(state.value, 0) for state in DocumentState),
            counts.signed,
            counts.early,
            int(counts.complete),
            int(counts.working),
        )
    )
