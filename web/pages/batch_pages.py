"""Pictures of all pages of a batch's file, also of those that became part of no paper, on demand."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict

from fastapi import APIRouter, Response

from pipeline.domain.account import Role
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId
from pipeline.domain.page import PageOutcome
from pipeline.domain.review import PlacedPage
from pipeline.domain.source import SourceOutcome
from pipeline.usecases.look_up import look_at_batch
from pipeline.usecases.page_pictures import page_picture, picture_bytes, picture_key
from web.batch_words import page_note
from web.guard import allowed
from web.pages.batches import batch_row
from web.show import show
from web.told_number import NumberPath
from web.visit import Visit, VisitDep

router = APIRouter()

_KEPT = "private, max-age=1800, immutable"
_ONE_LOOK = dt.timedelta(minutes=30)
_REMEMBERED = 1000
_seen: OrderedDict[tuple[str, BatchId], dt.datetime] = OrderedDict()
_lock = threading.Lock()


@router.get("/batches/{batch}/files/{place}/pages")
@allowed(Role.CLERK)
def pages(batch: BatchId, place: NumberPath, visit: VisitDep) -> Response:
    """Show small pictures of all pages of a file, with what became of each."""
    source, found = _source(batch, place, visit)
    _note_look(batch, visit)
    shown = [(each, page_note(each, visit.say), _address(batch, place, source, each)) for each in found]
    return show(visit, "batches/pages.html", source=source, pages=shown)


@router.get("/batches/{batch}/files/{place}/pages/{number}.jpg")
@allowed(Role.CLERK)
def picture(batch: BatchId, place: NumberPath, number: NumberPath, visit: VisitDep) -> Response:
    """Hand out the picture of a page."""
    source, found = _source(batch, place, visit)
    _note_look(batch, visit)
    page = next((each for each in found if each.ref.number == number), None)
    if page is None:
        raise NotFound(what="page", id=str(number))
    placed = _placed(source, page)
    office, services = visit.office, visit.services
    drawn = page_picture(
        placed,
        objects=services.objects,
        ledger=services.ledger,
        workers=office.workshop.workers,
        pixel_limit=office.settings.limits.megapixels * 1_000_000,
        seconds=office.settings.reading.page_seconds,
    )
    content = picture_bytes(drawn, objects=services.objects)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": _KEPT})


def _source(batch: BatchId, place: int, visit: Visit) -> tuple[SourceOutcome, tuple[PageOutcome, ...]]:
    batch_row(batch, visit)
    found = visit.services.intake.watch.sources(batch, limit=1, after=place)
    if not found:
        raise NotFound(what="source", id=str(place))
    return found[0]


def _placed(source: SourceOutcome, page: PageOutcome) -> PlacedPage:
    return PlacedPage(
        ref=page.ref, sha256=source.sha256, media_type=source.media_type, rotation=page.rotation, skew=page.skew
    )


def _address(batch: BatchId, place: int, source: SourceOutcome, page: PageOutcome) -> str:
    key = picture_key(_placed(source, page)).rpartition("-")[2]
    return f"/batches/{batch}/files/{place}/pages/{page.ref.number}.jpg?v={key}"


def _note_look(batch: BatchId, visit: Visit) -> None:
    """Write down that somebody looks at a batch's pages, once in half an hour of a session."""
    key, now = (visit.session.id if visit.session else "", batch), visit.now()
    with _lock:
        known = _seen.get(key)
    if known is not None and now - known < _ONE_LOOK:
        return
    look_at_batch(batch, part="pages", batches=visit.services.batches, looker=visit.looker())
    with _lock:
        _seen[key] = now
        _seen.move_to_end(key)
        while len(_seen) > _REMEMBERED:
            _seen.popitem(last=False)
