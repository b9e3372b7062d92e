"""Orders to sign: how far one is, stopping it, taking a paper out, going on with it, and its list: `/orders`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from pipeline.domain.account import Role
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, content_hash
from pipeline.domain.signature import SignerRole
from pipeline.domain.signing_order import KeptOrder, OrderId, OrderState
from pipeline.domain.web_errors import AssuranceNeeded, FormRefused
from pipeline.ports import Area
from pipeline.usecases.sign_documents import stop_order, veto_document
from web.guard import allowed
from web.handing_out import hand_out
from web.show import go_to, show
from web.signing_view import (
    begin,
    in_stead_of,
    is_mine,
    order_json,
    order_of,
    person_name,
    shown_items,
    signer_named,
)
from web.streams import News, stream
from web.visit import Visit, VisitDep

router = APIRouter()

_LISTED = 50


@router.get("/orders")
@allowed(Role.CLERK, Role.OFFICIAL)
def orders(visit: VisitDep) -> Response:
    """List the visitor's own orders, the newest first."""
    found = visit.services.signing_queue.orders(visit.person.id, limit=_LISTED)
    return show(visit, "orders/list.html", rows=[(each, order_json(each, visit)) for each in found])


@router.get("/orders/{order}")
@allowed(Role.CLERK, Role.OFFICIAL)
def order_page(order: OrderId, visit: VisitDep) -> Response:
    """Show how an order stands, paper by paper."""
    kept = order_of(order, visit)
    told = order_json(kept, visit)
    open_ = kept.state is OrderState.OPEN and not told["running"]
    return show(
        visit,
        "orders/page.html",
        order=kept,
        told=told,
        items=shown_items(kept, visit),
        who=person_name(kept.account, visit),
        in_stead=in_stead_of(kept, visit),
        is_mine=is_mine(kept, visit),
        choice=signer_named(kept.role, kept.signer or "", visit) if open_ and is_mine(kept, visit) else None,
    )


@router.get("/orders/{order}/state")
@allowed(Role.CLERK, Role.OFFICIAL)
def state(order: OrderId, visit: VisitDep) -> Response:
    """Tell how an order stands: for pages that cannot listen."""
    return JSONResponse(order_json(order_of(order, visit), visit))


@router.get("/orders/{order}/progress")
@allowed(Role.CLERK, Role.OFFICIAL)
async def progress(order: OrderId, request: Request, visit: VisitDep) -> StreamingResponse:
    """Tell how an order stands, whenever it has come further."""
    await run_in_threadpool(order_of, order, visit)

    def look(heard: str) -> News | None:
        told = order_json(order_of(order, visit), visit)
        now = content_hash(repr(told).encode())[:16]
        return None if now == heard else News(now, told, done=not told["running"])

    return stream(request, visit, look)


@router.post("/orders/{order}/stop")
@allowed(Role.CLERK, Role.OFFICIAL)
def stop(order: OrderId, visit: VisitDep, reason: Annotated[str, Form()] = "") -> Response:
    """Stop an order: what is not being kept already is not signed."""
    kept = _mine(order, visit)
    stop_order(kept.id, _reason(reason), orders=visit.services.orders)
    return go_to(f"/orders/{order}", visit)


@router.post("/orders/{order}/veto")
@allowed(Role.CLERK, Role.OFFICIAL)
def veto(
    order: OrderId, visit: VisitDep, document: Annotated[str, Form()], reason: Annotated[str, Form()] = ""
) -> Response:
    """Take a paper out of an order that has not come to it yet."""
    kept, services = _mine(order, visit), visit.services
    veto_document(kept.id, DocumentId(document), _reason(reason), orders=services.orders, clock=services.clock)
    return go_to(f"/orders/{order}", visit)


@router.post("/orders/{order}/resume")
@allowed(Role.CLERK, Role.OFFICIAL)
def resume(
    order: OrderId, visit: VisitDep, secret: Annotated[str, Form()] = "", otp: Annotated[str, Form()] = ""
) -> Response:
    """Go on with an order that was broken off, with the same signer."""
    kept = _mine(order, visit)
    _refuse_unassured(kept, visit)
    begin(kept, signer_named(kept.role, kept.signer or "", visit), visit, secret=secret, otp=otp)
    return go_to(f"/orders/{order}", visit)


@router.get("/orders/{order}/manifest.json")
@allowed(Role.CLERK, Role.OFFICIAL)
def manifest(order: OrderId, visit: VisitDep) -> Response:
    """Hand out the list of what was shown and signed."""
    kept = order_of(order, visit)
    if kept.manifest is None:
        raise NotFound(what="order", id=order)
    name = f"{order}.json"
    return hand_out(visit.services.objects, Area.ARCHIVE, kept.manifest, name=name, media_type="application/json")


@router.get("/orders/{order}/manifest.p7s")
@allowed(Role.CLERK, Role.OFFICIAL)
def manifest_signature(order: OrderId, visit: VisitDep) -> Response:
    """Hand out the signature of that list."""
    kept = order_of(order, visit)
    if kept.manifest_signature is None:
        raise NotFound(what="order", id=order)
    media = "application/pkcs7-signature"
    return hand_out(
        visit.services.objects, Area.ARCHIVE, kept.manifest_signature, name=f"{order}.p7s", media_type=media
    )


def _mine(order: OrderId, visit: Visit) -> KeptOrder:
    """Return an order that the visitor gave.

    Raises:
        NotFound: somebody else gave it.
    """
    kept = order_of(order, visit)
    if not is_mine(kept, visit):
        raise NotFound(what="order", id=order)
    return kept


def _reason(typed: str) -> str:
    if not typed.strip():
        raise FormRefused(name="reason")
    return typed.strip()


def _refuse_unassured(order: KeptOrder, visit: Visit) -> None:
    personal = order.role in {SignerRole.OFFICIAL, SignerRole.SEAL}
    if personal and not (visit.session and visit.session.assured):
        raise AssuranceNeeded(path=visit.request.url.path)
