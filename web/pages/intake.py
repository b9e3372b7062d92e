"""The clerk hands files in: `/intake`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from app.ids import new_secret
from pipeline.domain.account import Role
from pipeline.domain.exchange import OtherSystem
from pipeline.domain.intake import Channel, Intake, IntakeId, IntakeState, Lane
from pipeline.domain.web_errors import FormRefused
from pipeline.text.dossier_code import exact_dossier_code
from pipeline.usecases.intake_closing import close_intake
from pipeline.usecases.intake_deciding import Decision, decide, decide_duplicates
from pipeline.usecases.intake_opening import describe_intake, open_intake, open_intakes, own_intake, seen_intake
from pipeline.usecases.intake_phone import invite_phone
from web.guard import allowed
from web.intake_words import counts_json, file_json, files_json
from web.qr import qr_shape
from web.show import go_to, show
from web.streams import News, stream
from web.told_number import AfterQuery, NumberPath, told_number
from web.uploads import OfferedFiles, newest_change, take_offers, take_piece, tell_offset
from web.visit import Visit, VisitDep

router = APIRouter()


@router.get("/intake")
@allowed(Role.CLERK)
def intakes(visit: VisitDep) -> Response:
    """Show what is not finished, and open a new one."""
    services = visit.office.intake.services
    found = open_intakes(visit.person.id, scope=visit.scope, services=services)
    counts = services.books.queries.counts([each.id for each in found])
    mine = [(each, counts[each.id]) for each in found]
    return show(visit, "intake/begin.html", mine=mine, typed="", lane=Lane.COUNTER.value, wrong=False)


@router.post("/intake")
@allowed(Role.CLERK)
def begin(
    visit: VisitDep, dossier: Annotated[str, Form()] = "", lane: Annotated[Lane, Form()] = Lane.COUNTER
) -> Response:
    """Open a batch to be filled."""
    code = exact_dossier_code(dossier) if dossier.strip() else None
    if dossier.strip() and code is None:
        return show(visit, "intake/begin.html", mine=[], typed=dossier, lane=lane.value, wrong=True, status=422)
    intake = open_intake(
        visit.person.id, agency=visit.agency, lane=lane, dossier=code, services=visit.office.intake.services
    )
    return go_to(f"/intake/{intake.id}", visit)


@router.get("/intake/{intake}")
@allowed(Role.CLERK)
def one(intake: IntakeId, visit: VisitDep) -> Response:
    """Show an intake: where files are dropped, and how each stands."""
    office = visit.office
    found = seen_intake(intake, scope=visit.scope, services=office.intake.services)
    if found.state is IntakeState.CLOSED and found.batch is not None:
        return go_to(f"/batches/{found.batch}", visit)
    own = found.account == visit.person.id
    return show(
        visit,
        "intake/one.html",
        intake=found,
        own=own,
        asks_one_stop=office.connectors.is_set(OtherSystem.ONE_STOP),
        chunk=office.intake.policy.chunk_bytes,
    )


@router.post("/intake/{intake}/details")
@allowed(Role.CLERK)
def describe(
    intake: IntakeId, visit: VisitDep, lane: Annotated[Lane, Form()], dossier: Annotated[str, Form()] = ""
) -> Response:
    """Change dossier and lane.

    Raises:
        FormRefused: what was typed is no dossier code.
    """
    code = exact_dossier_code(dossier) if dossier.strip() else None
    if dossier.strip() and code is None:
        raise FormRefused(name=visit.say("intake.dossier"))
    describe_intake(_own(intake, visit), lane=lane, dossier=code, services=visit.office.intake.services)
    return go_to(f"/intake/{intake}", visit)


@router.post("/intake/{intake}/files")
@allowed(Role.CLERK)
def offer(intake: IntakeId, offered: OfferedFiles, visit: VisitDep) -> Response:
    """Take the names of files that are to come, and tell what is there of them."""
    files = take_offers(_own(intake, visit), offered, channel=Channel.UPLOAD, office=visit.office)
    return JSONResponse({"files": [None if each is None else file_json(each, visit.say) for each in files]})


@router.head("/intake/{intake}/files/{number}")
@allowed(Role.CLERK)
def offset(intake: IntakeId, number: NumberPath, visit: VisitDep) -> Response:
    """Tell how many bytes of a file are safe."""
    return tell_offset(_own(intake, visit), number, office=visit.office)


@router.patch("/intake/{intake}/files/{number}")
@allowed(Role.CLERK)
async def piece(intake: IntakeId, number: NumberPath, request: Request, visit: VisitDep) -> Response:
    """Take a piece of a file."""
    own = await run_in_threadpool(_own, intake, visit)
    return await take_piece(request, own, number, office=visit.office)


@router.post("/intake/{intake}/files/{number}/decision")
@allowed(Role.CLERK)
def decision(intake: IntakeId, number: NumberPath, visit: VisitDep, decision: Annotated[Decision, Form()]) -> Response:
    """Keep a file in spite of what was said of it, or leave it out."""
    file = decide(_own(intake, visit), number, decision, services=visit.office.intake.services)
    visit.office.intake.arrived()
    return JSONResponse(file_json(file, visit.say))


@router.post("/intake/{intake}/duplicates")
@allowed(Role.CLERK)
def duplicates(intake: IntakeId, visit: VisitDep, decision: Annotated[Decision, Form()]) -> Response:
    """Decide about all duplicates at once."""
    services = visit.office.intake.services
    own = _own(intake, visit)
    decide_duplicates(own, decision, services.books.files.all(own.id), services=services)
    return JSONResponse(_state(own, visit, since=-1))


@router.get("/intake/{intake}/state")
@allowed(Role.CLERK)
def state(intake: IntakeId, visit: VisitDep, since: AfterQuery = -1) -> Response:
    """Tell how files stand that changed since a change: for pages that cannot listen."""
    found = seen_intake(intake, scope=visit.scope, services=visit.office.intake.services)
    return JSONResponse(_state(found, visit, since=since))


@router.get("/intake/{intake}/events")
@allowed(Role.CLERK)
async def events(intake: IntakeId, request: Request, visit: VisitDep, since: AfterQuery = -1) -> StreamingResponse:
    """Tell how files stand as they change."""
    services = visit.office.intake.services
    await run_in_threadpool(seen_intake, intake, scope=visit.scope, services=services)

    def look(heard: str) -> News | None:
        told = told_number(heard)
        known = since if told is None else told
        found = seen_intake(intake, scope=visit.scope, services=services)
        over = found.state in {IntakeState.CLOSED, IntakeState.EXPIRED}
        if found.changes == known and not over:
            return None
        return News(str(found.changes), _state(found, visit, since=known), done=over)

    return stream(request, visit, look)


@router.post("/intake/{intake}/close")
@allowed(Role.CLERK)
def close(intake: IntakeId, visit: VisitDep) -> Response:
    """Make a batch of it."""
    work = visit.office.intake
    closing = close_intake(_own(intake, visit), services=work.services)
    closed = work.finish(closing, visit.services)
    return go_to(f"/batches/{closed.batch}" if closed.batch else f"/intake/{intake}", visit)


@router.post("/intake/{intake}/phone")
@allowed(Role.CLERK)
def phone(intake: IntakeId, visit: VisitDep) -> Response:
    """Show a QR code by which a phone hands pictures into this intake; codes shown before end."""
    office = visit.office
    own = _own(intake, visit)
    office.intake.services.books.tickets.revoke(own.id)
    secret = new_secret()
    minutes = office.settings.intake.phone_minutes
    ends_at = invite_phone(own, secret=secret, minutes=minutes, services=office.intake.services)
    address = f"{office.address}/phone/{secret}"
    return show(
        visit,
        "intake/phone_code.html",
        qr=qr_shape(address),
        address=address,
        ends_at=ends_at,
        reachable=not office.address.startswith(("http://127.", "http://localhost")),
        secure=office.is_secure,
    )


@router.post("/intake/{intake}/phone/end")
@allowed(Role.CLERK)
def end_phone(intake: IntakeId, visit: VisitDep) -> Response:
    """Let no phone hand anything in any more."""
    visit.office.intake.services.books.tickets.revoke(_own(intake, visit).id)
    return show(visit, "intake/phone_ended.html")


def _own(intake: IntakeId, visit: Visit) -> Intake:
    return own_intake(intake, visit.person.id, scope=visit.scope, services=visit.office.intake.services)


def _state(intake: Intake, visit: Visit, *, since: int) -> dict[str, Any]:
    """Return totals, and the files that changed since a change."""
    books = visit.office.intake.services.books
    files = books.files.all(intake.id, since=since)
    return {
        "changes": newest_change(files, max(intake.changes, since)),
        "state": intake.state.value,
        "location": f"/batches/{intake.batch}" if intake.batch else "",
        "counts": counts_json(books.queries.counts([intake.id])[intake.id]),
        "files": files_json(files, visit.say),
    }
