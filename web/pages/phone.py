"""A phone as a camera of one intake: `/phone/{ticket}`. Nobody signs in; the ticket opens this intake for pictures and nothing else."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from pipeline.domain.errors import NotFound
from pipeline.domain.intake import Channel, Intake, IntakeFile
from pipeline.usecases.intake_chunks import intake_file
from pipeline.usecases.intake_deciding import Decision, decide
from pipeline.usecases.intake_phone import intake_of_phone
from web.guard import by_ticket
from web.intake_words import file_json, files_json
from web.show import show
from web.told_number import AfterQuery, NumberPath
from web.uploads import OfferedFiles, newest_change, take_offers, take_piece, tell_offset
from web.visit import Visit, VisitDep

router = APIRouter()

_CAMERA = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"


@router.get("/phone/{ticket}")
@by_ticket
def phone(ticket: str, visit: VisitDep) -> Response:
    """Show the camera page."""
    intake = _intake(ticket, visit)
    answer = show(visit, "phone/camera.html", intake=intake, chunk=visit.office.intake.policy.chunk_bytes)
    answer.headers["Permissions-Policy"] = _CAMERA
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.post("/phone/{ticket}/files")
@by_ticket
def offer(ticket: str, offered: OfferedFiles, visit: VisitDep) -> Response:
    """Take the names of pictures that are to come; one that is to replace another has to come from a phone, too."""
    intake = _intake(ticket, visit)
    for each in offered.files:
        if each.replaces is not None:
            _picture(intake, each.replaces, visit)
    files = take_offers(intake, offered, channel=Channel.PHONE, office=visit.office)
    return JSONResponse({"files": [None if each is None else file_json(each, visit.say) for each in files]})


@router.head("/phone/{ticket}/files/{number}")
@by_ticket
def offset(ticket: str, number: NumberPath, visit: VisitDep) -> Response:
    """Tell how many bytes of a picture are safe."""
    intake = _intake(ticket, visit)
    return tell_offset(intake, _picture(intake, number, visit).number, office=visit.office)


@router.patch("/phone/{ticket}/files/{number}")
@by_ticket
async def piece(ticket: str, number: NumberPath, request: Request, visit: VisitDep) -> Response:
    """Take a piece of a picture."""
    intake = await run_in_threadpool(_intake, ticket, visit)
    await run_in_threadpool(_picture, intake, number, visit)
    return await take_piece(request, intake, number, office=visit.office)


@router.post("/phone/{ticket}/files/{number}/drop")
@by_ticket
def drop(ticket: str, number: NumberPath, visit: VisitDep) -> Response:
    """Leave a picture out that a phone handed in."""
    intake = _intake(ticket, visit)
    _picture(intake, number, visit)
    file = decide(intake, number, Decision.LEAVE_OUT, services=visit.office.intake.services)
    return JSONResponse(file_json(file, visit.say))


@router.get("/phone/{ticket}/state")
@by_ticket
def state(ticket: str, visit: VisitDep, since: AfterQuery = -1) -> Response:
    """Tell what the coach says of pictures that changed since a change; of other files of the intake nothing is told."""
    intake = _intake(ticket, visit)
    return JSONResponse(_state(intake, visit, since=since))


def _intake(ticket: str, visit: Visit) -> Intake:
    return intake_of_phone(ticket, services=visit.office.intake.services)


def _picture(intake: Intake, number: int, visit: Visit) -> IntakeFile:
    """Return a file that came from a phone.

    Raises:
        NotFound: there is none, or it came another way.
    """
    file = intake_file(intake, number, services=visit.office.intake.services)
    if file.channel is not Channel.PHONE:
        raise NotFound(what="intake_file", id=str(number))
    return file


def _state(intake: Intake, visit: Visit, *, since: int) -> dict[str, Any]:
    files = visit.office.intake.services.books.files.all(intake.id, since=since)
    mine = [each for each in files if each.channel is Channel.PHONE]
    return {"changes": newest_change(files, since), "files": files_json(mine, visit.say)}
