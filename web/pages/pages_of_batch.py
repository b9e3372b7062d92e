"""Putting the pages of a batch right: `/batches/{batch}/pages`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from app.holding import hold_batch
from pipeline.domain.account import Role
from pipeline.domain.arrangement import Obstacle, movable_pages, plan_arrangement, repeats_page, split_types
from pipeline.domain.batch import DigitizedBatch, Progress, Stage
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.page import PageOutcome, PageRef
from pipeline.domain.review import PlacedPage
from pipeline.usecases.look_up import look_at_batch
from pipeline.usecases.page_pictures import picture_key
from pipeline.usecases.rearrange_pages import rearrange_pages
from pipeline.usecases.retype_document import retype_document
from web.arranging import Draft, Work, Works, arrangement_in, draft_of, parsed
from web.guard import allowed
from web.pages.batches import batch_row
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()
_log = logging.getLogger(__name__)
_works = Works()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """A page on the contact sheet."""

    place: int
    """in the batch, from 0"""
    page: PageOutcome
    address: str
    """of its picture"""
    turn: int
    """degrees clockwise that it is to be turned by"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPaper:
    """A paper on the contact sheet."""

    document: StoredDocument | None
    """the one that has exactly these pages now"""
    pages: tuple[ShownPage, ...]
    type: str
    dossier: str
    obstacle: Obstacle | None


@router.get("/batches/{batch}/pages")
@allowed(Role.CLERK)
def pages(batch: BatchId, visit: VisitDep) -> Response:
    """Show all pages of a batch as somebody is about to arrange them; while that is carried out, how far it is."""
    batch_row(batch, visit)
    known = look_at_batch(batch, part="pages", batches=visit.services.batches, looker=visit.looker())
    work = _works.find(batch)
    if not isinstance(known, DigitizedBatch) or (work is not None and not work.done):
        return show(visit, "arrange/working.html", batch=batch, work=work)
    rounds = visit.services.arrangements.rounds(batch)
    kept = visit.services.arrangement_drafts.find(batch, visit.person.id)
    is_old = kept is not None and kept.get("round") != rounds
    draft = kept if kept is not None and not is_old else draft_of(known, rounds=rounds)
    return show(
        visit,
        "arrange/page.html",
        batch=batch,
        ended=_works.take(batch),
        is_old=is_old,
        is_drafted=kept is not None and not is_old,
        round=rounds,
        types=[(each.code, each.title) for each in visit.services.catalogue],
        **_sheet(known, draft, visit),
    )


@router.post("/batches/{batch}/pages/draft")
@allowed(Role.CLERK)
def keep_draft(batch: BatchId, visit: VisitDep, draft: Annotated[str, Form()]) -> Response:
    """Keep how somebody is about to arrange pages."""
    batch_row(batch, visit)
    visit.services.arrangement_drafts.save(batch, visit.person.id, parsed(draft), at=visit.now())
    return Response(status_code=204)


@router.post("/batches/{batch}/pages/forget")
@allowed(Role.CLERK)
def forget_draft(batch: BatchId, visit: VisitDep) -> Response:
    """Go back to how the pages lie."""
    batch_row(batch, visit)
    visit.services.arrangement_drafts.drop(batch, visit.person.id)
    return go_to(f"/batches/{batch}/pages", visit)


@router.post("/batches/{batch}/pages/plan")
@allowed(Role.CLERK)
def plan(batch: BatchId, visit: VisitDep, draft: Annotated[str, Form()]) -> Response:
    """Show what would be done: a part of the page."""
    known = _digitized(batch, visit)
    said = parsed(draft)
    visit.services.arrangement_drafts.save(batch, visit.person.id, said, at=visit.now())
    rounds = visit.services.arrangements.rounds(batch)
    types, arrangement = split_types(known, arrangement_in(said, known))
    wanted = plan_arrangement(known, arrangement, rounds=rounds)
    titles = {each.understood.id: _title(each, visit) for each in known.documents}
    numbers = {ref: number for number, ref in enumerate((page.ref for page in known.pages), start=1)}
    return show(
        visit,
        "arrange/plan.html",
        batch=batch,
        plan=wanted,
        types=types,
        titles=titles,
        numbers=numbers,
        pages_of={each.understood.id: each.understood.pages for each in known.documents},
        obstacles=visit.services.arrangements.obstacles([*wanted.replaced, *types]),
        type_titles={each.code: each.title for each in visit.services.catalogue},
    )


@router.post("/batches/{batch}/pages/apply")
@allowed(Role.CLERK)
def apply(batch: BatchId, visit: VisitDep) -> Response:
    """Carry out what the kept draft says, beside the requests."""
    known = _digitized(batch, visit)
    draft = visit.services.arrangement_drafts.find(batch, visit.person.id)
    if draft is not None:
        wanted = arrangement_in(draft, known)
        plan_arrangement(known, wanted, rounds=visit.services.arrangements.rounds(batch))
        if _works.begin(batch):
            visit.office.jobs.run(f"pages of {batch}", lambda: _carry_out(batch, draft, visit))
    return go_to(f"/batches/{batch}/pages", visit)


@router.get("/batches/{batch}/pages/progress")
@allowed(Role.CLERK)
def progress(batch: BatchId, visit: VisitDep) -> Response:
    """Tell how far it is: a part of the page."""
    batch_row(batch, visit)
    work = _works.find(batch)
    if work is None or work.done:
        return go_to(f"/batches/{batch}/pages", visit)
    return show(visit, "arrange/progress.html", batch=batch, work=work)


def _carry_out(batch: BatchId, draft: Draft, visit: Visit) -> None:
    """Put pages right in the visitor's name; what comes of it is shown to whoever opens the page next."""
    services = visit.services
    workshop = replace(visit.office.workshop, services=services)

    def on_progress(stage: Stage, progress: Progress) -> None:
        _works.put(batch, Work(stage=stage, progress=progress))

    made, retyped, error = 0, 0, None
    try:
        with hold_batch(services.batches, batch) as held:
            digitizing = workshop.digitizing.under(held)
            known = _loaded(batch, visit)
            types, wanted = split_types(known, arrangement_in(draft, known))
            for document, type_ in types.items():
                retype_document(
                    document,
                    type_,
                    by=visit.person.login,
                    seen=None,
                    services=digitizing,
                    arrangements=services.arrangements,
                    policy=workshop.policy,
                )
            done = rearrange_pages(
                batch,
                wanted,
                by=visit.person.login,
                services=digitizing,
                arrangements=services.arrangements,
                policy=workshop.policy,
                on_progress=on_progress,
            )
            made, retyped = len(done.new), len(types)
            services.arrangement_drafts.drop(batch, visit.person.id)
    except SohoaError as failure:
        error = failure
    finally:
        _works.put(batch, Work(done=True, made=made, retyped=retyped, error=error))


def _digitized(batch: BatchId, visit: Visit) -> DigitizedBatch:
    batch_row(batch, visit)
    return _loaded(batch, visit)


def _loaded(batch: BatchId, visit: Visit) -> DigitizedBatch:
    known = visit.services.batches.load(batch)
    if not isinstance(known, DigitizedBatch):
        raise TypeError(f"{batch} is not digitized")
    return known


def _sheet(known: DigitizedBatch, draft: Draft, visit: Visit) -> Mapping[str, Any]:
    """Return the contact sheet that a draft makes of a batch."""
    wanted = arrangement_in(draft, known)
    movable = movable_pages(known)
    places = {page.ref: place for place, page in enumerate(known.pages)}
    sources = {source.name: (at, source) for at, source in enumerate(known.sources)}

    def shown(ref: PageRef) -> ShownPage:
        page = known.pages[places[ref]]
        at, source = sources[ref.source]
        placed = PlacedPage(
            ref=ref, sha256=source.sha256, media_type=source.media_type, rotation=page.rotation, skew=page.skew
        )
        key = picture_key(placed).rpartition("-")[2]
        address = f"/batches/{known.id}/files/{at}/pages/{ref.number}.jpg?v={key}"
        return ShownPage(place=places[ref], page=page, address=address, turn=wanted.turns.get(ref, 0))

    current = {each.understood.pages: each for each in known.documents}
    owner = {ref: each.understood.id for each in known.documents for ref in each.understood.pages}
    obstacles = visit.services.arrangements.obstacles([each.understood.id for each in known.documents])
    return {
        "papers": [
            ShownPaper(
                document=current.get(each.pages),
                pages=tuple(map(shown, each.pages)),
                type=each.type or "",
                dossier=each.dossier or "",
                obstacle=_obstacle(each.pages, owner, obstacles),
            )
            for each in wanted.papers
        ],
        "blank": [shown(ref) for ref in wanted.blank],
        "separators": [shown(ref) for ref in wanted.separators],
        "fixed": [shown(page.ref) for page in known.pages if page.ref not in movable],
        "repeats": repeats_page,
        "page_count": len(known.pages),
        "titles": {each.understood.id: _title(each, visit) for each in known.documents},
    }


def _obstacle(
    refs: tuple[PageRef, ...], owner: Mapping[PageRef, DocumentId], obstacles: Mapping[DocumentId, Obstacle]
) -> Obstacle | None:
    return next((obstacles[owner[ref]] for ref in refs if ref in owner and owner[ref] in obstacles), None)


def _title(document: StoredDocument, visit: Visit) -> str:
    declared = visit.services.catalogue.types.get(document.understood.type)
    return declared.title if declared else document.understood.type
