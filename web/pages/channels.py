"""Messages of mail servers and chat gateways: `POST /channels/{name}/messages`. Nobody signs in; the channel's secret signs the request."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.channel_signature import SignedBody
from app.language import Say, say_error
from pipeline.domain.audit import Author
from pipeline.domain.channel import MessageReceipt, PartOutcome, PartState
from pipeline.domain.channel_errors import MessageMalformed, MessageTooLarge
from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.every_error import all_errors
from web.body_limit import count_body_itself
from web.failures import status_of
from web.guard import by_ticket
from web.told_number import told_number
from web.visit import Visit, VisitDep

router = APIRouter()
_MAIL, _JSON = "message/rfc822", "application/json"
_PIECE = 1 << 18
_ERRORS = {each.code: each for each in all_errors()}


@router.post("/channels/{name}/messages")
@by_ticket
async def messages(name: str, request: Request, visit: VisitDep) -> Response:
    """Take a message's files, and say in words what became of each."""
    try:
        receipt = await _take(name, request, visit)
    except SohoaError as error:
        told = {"code": error.code, "message": say_error(error, visit.say), "details": dict(error.details)}
        headers = {"Retry-After": "30"} if error.kind is Kind.TRANSIENT else None
        return JSONResponse(told, status_code=status_of(error), headers=headers)
    return JSONResponse(_told(receipt, visit.say))


async def _take(name: str, request: Request, visit: Visit) -> MessageReceipt:
    channels = visit.office.channels
    channel, signed = await run_in_threadpool(channels.begin, name, request.headers)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {_MAIL, _JSON}:
        raise MessageMalformed(reason="content_type")
    folder = visit.office.settings.intake_folder
    with await run_in_threadpool(_aside, folder) as file:
        await _read(request, file, signed, most=channel.message_mib << 20)
        signed.check()
        author = Author(name=name, role="channel", origin=visit.services.author.origin)
        services = visit.services.acting(author)
        return await run_in_threadpool(channels.take, name, Path(file.name), is_mail=kind == _MAIL, services=services)


def _aside(folder: Path) -> Any:  # noqa: ANN401 - what tempfile returns has no public name
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.NamedTemporaryFile(dir=folder, prefix=".message-")


async def _read(request: Request, file: Any, signed: SignedBody, *, most: int) -> None:  # noqa: ANN401 - likewise
    """Read the body aside; no more of it than is taken, and little of it in memory at a time.

    Raises:
        MessageTooLarge
    """
    if told_number(request.headers.get("content-length", "0"), most=most) is None:
        raise MessageTooLarge(limit="message_mib", allowed=most >> 20)
    count_body_itself(request)
    size, waiting = 0, bytearray()
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise MessageTooLarge(limit="message_mib", allowed=most >> 20)
        signed.update(piece)
        waiting += piece
        if len(waiting) >= _PIECE:
            await run_in_threadpool(file.write, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(file.write, bytes(waiting))
    await run_in_threadpool(file.flush)


def _told(receipt: MessageReceipt, say: Say) -> Mapping[str, object]:
    """Return a receipt as JSON; `text` can be sent back to whoever sent the message, as it is."""
    files = [_file(each, say) for each in receipt.parts]
    first = say("channels.taken" if receipt.taken else "channels.nothing", taken=receipt.taken, count=len(files))
    lines = [first, *(f"– {each['name']}: {each['text']}" for each in files)]
    if receipt.batch:
        lines.append(say("channels.batch", batch=receipt.batch))
    return {
        "message": receipt.key,
        "batch": receipt.batch,
        "taken": receipt.taken,
        "files": files,
        "text": "\n".join(lines),
    }


def _file(part: PartOutcome, say: Say) -> dict[str, object]:
    return {
        "name": part.name,
        "state": part.state.value,
        "sha256": part.sha256,
        "code": part.error or None,
        "text": _text(part, say),
    }


def _text(part: PartOutcome, say: Say) -> str:
    if part.state is PartState.REFUSED:
        return say_error(_ERRORS.get(part.error, SohoaError)(**part.details), say)
    if part.state is PartState.TAKEN and part.again:
        return say("channels.again")
    return say(f"channels.state_{part.state.value}")
