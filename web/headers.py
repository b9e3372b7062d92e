"""Headers of every answer, and a limit on forms. Plain ASGI, so that streams pass through piece by piece."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""what a page of ours may load (Content Security Policy level 3): nothing from elsewhere, and no script that stands in a page"""
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
_YEAR = 365 * 24 * 3600
_HELD = (b"application/x-www-form-urlencoded", b"multipart/", b"application/json")
"""bodies that are held in memory, or read as a whole, before an endpoint sees them"""


def security_headers(*, is_secure: bool) -> Mapping[str, str]:
    """Return the headers that every answer has unless it brings its own."""
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": _PERMISSIONS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return headers | ({"Strict-Transport-Security": f"max-age={_YEAR}"} if is_secure else {})


class SecurityHeaders:
    """Puts the headers on that an answer does not bring itself."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._headers = security_headers(is_secure=is_secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class FormLimit:
    """Refuses forms that are too large before they fill memory or disk; what comes in as plain bytes has limits of its own."""

    def __init__(self, app: ASGIApp, *, most: int, allowed_mib: int) -> None:
        self._app = app
        self._most = most
        self._allowed_mib = allowed_mib

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting the bytes of a form."""
        headers = dict(scope.get("headers", ()))
        if not headers.get(b"content-type", b"").startswith(_HELD):
            await self._app(scope, receive, send)
            return
        if int(headers.get(b"content-length", b"0") or 0) > self._most:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            # a form without a length that grows too long ends as one that its sender gave up
            return {"type": "http.disconnect"} if received > self._most else message

        await self._app(scope, counted, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = f"web.form_too_large: {self._allowed_mib} MiB"
        await PlainTextResponse(said, status_code=413)(scope, receive, send)
