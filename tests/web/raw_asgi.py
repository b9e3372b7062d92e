"""Asking an application without a client: only the head of an answer is waited for, so that streams without an end can be asked too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECONDS = 20.0


@dataclass(frozen=True)
class Head:
    """The beginning of an answer."""

    status: int
    headers: Headers


def head_of(
    app: ASGIApp, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Head:
    """Return the head of the answer to a request."""
    return asyncio.run(_head_of(app, method, path, headers or {}, body))


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def _pass_on(ended: asyncio.Task[None], began: asyncio.Future[Head]) -> None:
    """Tell whoever waits for the head that there will be none."""
    if not began.done():
        error = None if ended.cancelled() else ended.exception()
        began.set_exception(error or RuntimeError("no answer"))


async def _head_of(app: ASGIApp, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Head:
    plain, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": plain,
        "raw_path": quote(plain).encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 50000),
        "headers": [(b"host", b"testserver"), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
    }
    began: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.sleep(_SECONDS)
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and not began.done():
            began.set_result(Head(message["status"], Headers(raw=list(message["headers"]))))

    task = asyncio.create_task(_run(app, scope, receive, send))
    task.add_done_callback(lambda ended: _pass_on(ended, began))
    head = await asyncio.wait_for(began, _SECONDS)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return head
