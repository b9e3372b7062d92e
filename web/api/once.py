"""Something is made once, however often it is asked for: the answer to an Idempotency-Key is kept and given again."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive

from pipeline.client_ports import GivenAnswer
from pipeline.domain.errors import RecordsUnavailable
from pipeline.domain.web_errors import FormTooLarge
from web.api.caller import Caller

_SECONDS = 15
"""after which a request that is neither answered nor held is taken to have died with its process"""
_HOLD_SECONDS = 4.0
"""between two signs of life while a request is being answered: three may be lost"""
REPLAYED = "Idempotency-Replayed"
_KEPT = frozenset({"content-type", "location", "etag", "repr-digest", "link"})


async def once(caller: Caller, request: Request, make: Callable[[Request], Awaitable[Response]]) -> Response:
    """Return the answer that `make` gives, or the one that it gave to the same request before.

    Raises:
        IdempotencyKeyReused: the key came with another request before.
        RequestUnderWay: the first request is still being answered.
        FormTooLarge: what is sent is larger than forms may be.
    """
    answers, client, key = caller.services.given_answers, caller.client.id, caller.key
    body = await _body(request, caller.office.settings.web.form_mib)
    digest = _digest(request, body)
    given = await run_in_threadpool(answers.begin, client, key, request=digest, at=caller.now(), seconds=_SECONDS)
    if given is not None:
        again = Response(given.body, given.status, dict(given.headers))
        again.headers[REPLAYED] = "true"
        return again
    try:
        async with _held(caller):
            answer = await make(Request(request.scope, _told_again(body)))
    except BaseException:
        await run_in_threadpool(answers.give_up, client, key)
        raise
    headers = tuple((name, value) for name, value in answer.headers.items() if name in _KEPT)
    kept = GivenAnswer(status=answer.status_code, headers=headers, body=bytes(answer.body))
    await run_in_threadpool(answers.finish, client, key, kept)
    return answer


@contextlib.asynccontextmanager
async def _held(caller: Caller) -> AsyncIterator[None]:
    """Hold the key as long as the request is being answered: it may take minutes until all files are in the archive."""

    async def hold() -> None:
        while True:
            await asyncio.sleep(_HOLD_SECONDS)
            with contextlib.suppress(RecordsUnavailable):
                await run_in_threadpool(
                    caller.services.given_answers.hold, caller.client.id, caller.key, at=caller.now()
                )

    holding = asyncio.create_task(hold())
    try:
        yield
    finally:
        holding.cancel()


async def _body(request: Request, allowed_mib: int) -> bytes:
    """Return what is sent: it is held in memory, so there is an end to it."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > allowed_mib << 20:
            raise FormTooLarge(allowed=allowed_mib)
        pieces.append(piece)
    return b"".join(pieces)


def _told_again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _digest(request: Request, body: bytes) -> str:
    """Return what tells this request from another one: method, address and body."""
    told = hashlib.sha256()
    for part in (request.method.encode(), str(request.url.path).encode(), request.url.query.encode()):
        told.update(len(part).to_bytes(8, "big") + part)
    told.update(body)
    return told.hexdigest()
