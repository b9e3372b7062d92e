"""Papers of a batch that are ready while it is still being read: a part of its page, and their copies."""

from __future__ import annotations

from fastapi import APIRouter, Response

from pipeline.domain.account import Role
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.ports import Area
from pipeline.usecases.export_layout import safe_name
from pipeline.usecases.look_up import look_at_batch_part
from web.early_view import early_list
from web.guard import allowed
from web.handing_out import hand_out
from web.pages.batches import batch_row
from web.show import show
from web.told_number import AfterQuery
from web.visit import VisitDep

router = APIRouter()


@router.get("/batches/{batch}/early")
@allowed(Role.CLERK)
def early(batch: BatchId, visit: VisitDep, after: AfterQuery = -1) -> Response:
    """List papers that are ready, in page order, behind the one that begins at page `after` of the batch."""
    return show(visit, "batches/early.html", **early_list(batch_row(batch, visit), visit, after=after))


@router.get("/batches/{batch}/early/{document}.pdf")
@allowed(Role.CLERK)
def early_copy(batch: BatchId, document: DocumentId, visit: VisitDep) -> Response:
    """Hand out the copy of a paper that is ready, as it is by now; each time is a look of its own."""
    services = visit.services
    look_at_batch_part(batch, part="early", parts=services.listings.batches, looker=visit.looker(), scope=visit.scope)
    found = services.intake.watch.early(batch, limit=1, scope=visit.scope, document=document)
    # the copy of one that stands there no more is a document's by now, or was made for nothing
    if not found or not services.objects.has(Area.ARCHIVE, found[0].copy.sha256):
        raise NotFound(what="document", id=document)
    (paper,) = found
    name = f"{safe_name(paper.title)} ({visit.say('batches.early_name')}).pdf"
    return hand_out(services.objects, Area.ARCHIVE, paper.copy.sha256, name=name, media_type="application/pdf")
