"""Files are handed in: offered, sent in pieces that may be repeated, and made a batch of (`POST /batches`)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Request, Response
from starlette.concurrency import run_in_threadpool

from pipeline.domain.api_errors import RequestRefused
from pipeline.domain.client import ApiScope
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import MachineExhausted, NotFound
from pipeline.domain.ids import DossierCode, SourceName
from pipeline.domain.intake import Channel, Intake, IntakeId, Offer, account_of_client
from pipeline.domain.intake_errors import (
    DigestWrong,
    FileBusy,
    IntakeFull,
    IntakeNotYours,
    IntakeShut,
    NameRefused,
    OffsetWrong,
)
from pipeline.domain.web_errors import FormRefused, FormTooLarge
from pipeline.usecases.intake_chunks import intake_file
from pipeline.usecases.intake_offers import offer_files
from pipeline.usecases.intake_opening import open_intake, own_intake
from web.api.caller import Caller, CallerDep
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.intakes import FilesOffered, FilesTaken, IntakeFileShown, IntakeShown, NewIntake
from web.api.paging import AfterQuery, LimitQuery, cursor, number_in_place, place_behind
from web.api.route import api_router
from web.uploads import offset_answer, take_piece

router = api_router("intakes")

IntakePath = Annotated[IntakeId, Path(pattern=r"^[0-9a-f-]{36}$", description="Id of an intake.")]
NumberPath = Annotated[int, Path(ge=1, le=1 << 31, description="Number of a file in its intake.")]
_FILES: Final = "intake_files"
_OURS: Final = (NotFound, IntakeNotYours)
_BYTES: Final = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
_STANDING: Final = {
    "Upload-Offset": {"description": "Bytes that are safe.", "schema": {"type": "integer"}},
    "Upload-Length": {"description": "Bytes of the whole file.", "schema": {"type": "integer"}},
    "Upload-Complete": {"description": "`?1` once all are safe.", "schema": {"type": "string", "enum": ["?0", "?1"]}},
}

_DIGEST: Final = {"type": "string", "pattern": r"^sha-256=:[A-Za-z0-9+/]{43}=:$"}
_PIECE: Final = [
    {
        "name": "Upload-Offset",
        "in": "header",
        "required": True,
        "description": "Byte of the file at which the piece begins.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 1 << 50},
    },
    {"name": "Content-Digest", "in": "header", "description": "Of the piece (RFC 9530).", "schema": _DIGEST},
    {
        "name": "Repr-Digest",
        "in": "header",
        "description": "Of the whole file, with its last piece.",
        "schema": _DIGEST,
    },
]
"""headers that are read where the piece is taken, for pages send pieces the same way"""


@router.post("/intakes", status_code=201)
@needs(ApiScope.BATCHES_WRITE, creates=True)
def open_new_intake(new: NewIntake, caller: CallerDep, response: Response) -> IntakeShown:
    """Open a batch to be filled."""
    intake = open_intake(
        account_of(caller),
        agency=_agency(new, caller),
        lane=new.lane,
        dossier=None if new.dossier is None else DossierCode(new.dossier),
        channel=Channel.API,
        services=caller.office.intake.services,
    )
    response.headers["Location"] = f"/api/v1/intakes/{intake.id}"
    return _shown(intake, caller)


@router.get("/intakes/{intake}")
@needs(ApiScope.BATCHES_WRITE, refuses=_OURS)
def get_intake(intake: IntakePath, caller: CallerDep) -> IntakeShown:
    """Return a batch that is being filled, by this client."""
    return _shown(own_intake_of(intake, caller), caller)


@router.post("/intakes/{intake}/files", status_code=201)
@needs(ApiScope.BATCHES_WRITE, creates=True, refuses=(*_OURS, IntakeShut, IntakeFull, NameRefused))
def offer_intake_files(intake: IntakePath, offered: FilesOffered, caller: CallerDep) -> FilesTaken:
    """Name files that are to come; what cannot be taken is refused before its bytes are sent."""
    office = caller.office
    offers = [
        Offer(name=SourceName(each.name), size=each.size, modified=each.modified, channel=Channel.API)
        for each in offered.files
    ]
    taken = offer_files(
        own_intake_of(intake, caller), offers, services=office.intake.services, policy=office.intake.policy
    )
    return FilesTaken(files=tuple(None if each is None else IntakeFileShown.of(each) for each in taken))


@router.get("/intakes/{intake}/files")
@needs(ApiScope.BATCHES_WRITE, refuses=_OURS)
def list_intake_files(
    intake: IntakePath, caller: CallerDep, limit: LimitQuery = 50, after: AfterQuery = None
) -> Page[IntakeFileShown]:
    """List the files of a batch that is being filled, as they stand."""
    own = own_intake_of(intake, caller)
    place = place_behind(after, of=_FILES)
    behind = number_in_place(place[0]) if place else 0
    files = caller.office.intake.services.books.files.all(own.id)
    shown = [each for each in files if each.number > behind][: limit + 1]
    following = cursor(_FILES, str(shown[limit - 1].number)) if len(shown) > limit else None
    return Page(items=tuple(map(IntakeFileShown.of, shown[:limit])), next=following)


@router.get("/intakes/{intake}/files/{number}", responses={200: {"headers": _STANDING}})
@needs(ApiScope.BATCHES_WRITE, refuses=_OURS)
def get_intake_file(intake: IntakePath, number: NumberPath, caller: CallerDep, response: Response) -> IntakeFileShown:
    """Return how a file stands; HEAD tells where its next piece begins."""
    own = own_intake_of(intake, caller)
    file = intake_file(own, number, services=caller.office.intake.services)
    for name in _STANDING:
        response.headers[name] = offset_answer(file).headers[name]
    return IntakeFileShown.of(file)


@router.patch(
    "/intakes/{intake}/files/{number}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "The bytes are safe.", "headers": _STANDING}},
    openapi_extra={"requestBody": {"required": True, **_BYTES}, "parameters": _PIECE},
)
@needs(
    ApiScope.BATCHES_WRITE,
    refuses=(
        *_OURS,
        *(OffsetWrong, DigestWrong, FileBusy, IntakeShut, RecordChanged),
        *(FormRefused, FormTooLarge, MachineExhausted),
    ),
)
async def send_piece(intake: IntakePath, number: NumberPath, request: Request, caller: CallerDep) -> Response:
    """Send the next piece of a file; once it is answered, it is safe. One for another place is refused with the right one."""
    own = await run_in_threadpool(own_intake_of, intake, caller)
    return await take_piece(request, own, number, office=caller.office)


def own_intake_of(intake: IntakeId, caller: Caller) -> Intake:
    """Return an intake of the client.

    Raises:
        NotFound, IntakeNotYours
    """
    services = caller.office.intake.services
    return own_intake(intake, account_of(caller), scope=caller.scope, services=services)


def account_of(caller: Caller) -> str:
    """Return to whom intakes of a client belong."""
    return account_of_client(caller.client.id)


def _shown(intake: Intake, caller: Caller) -> IntakeShown:
    work = caller.office.intake
    counts = work.services.books.queries.counts([intake.id])[intake.id]
    return IntakeShown.of(intake, counts, piece_bytes=work.policy.chunk_bytes)


def _agency(new: NewIntake, caller: Caller) -> str:
    """Return for which agency a client hands in.

    Raises:
        RequestRefused: it may not for this one, or it has several and names none.
    """
    mine = caller.client.agencies
    asked = next(iter(mine)) if new.agency is None and len(mine) == 1 else new.agency
    if asked is None or asked not in mine:
        raise RequestRefused(name="body.agency", problem=" | ".join(sorted(map(repr, mine))))
    return asked
