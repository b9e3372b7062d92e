"""No body of any kind, at any address, is held or kept beyond the limit of forms, whoever sends it."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Message

from pipeline.domain.account import Role
from tests.web.conftest import SignIn
from web import pages
from web.api import routes as api_routes
from web.api.description import PREFIX
from web.application import create_app
from web.office import Office

MIB: Final = 1 << 20
SENT: Final = 64
"""mebibytes that somebody tries to send"""
_PIECE: Final = b" " * (MIB // 4)
_KINDS: Final = (
    None,
    *("application/json", "Application/JSON", "application/x+json", "text/plain", "application/octet-stream"),
    *("application/x-www-form-urlencoded", "APPLICATION/x-www-form-urlencoded"),
    *("multipart/form-data; boundary=b", "Multipart/form-data; boundary=b"),
)
_PART: Final = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\nContent-Type: a/b\r\n\r\n'


async def _ask(app: ASGIApp, method: str, path: str, headers: dict[str, str]) -> tuple[int, int, bytes]:
    """Return the answer's status, the bytes of the body that were taken until then, and the answer."""
    taken, answers = 0, []

    async def receive() -> Message:
        nonlocal taken
        if taken >= SENT * MIB:
            return {"type": "http.request", "body": b"", "more_body": False}
        piece = _PART if not taken and "ultipart" in headers.get("content-type", "") else _PIECE
        taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: Message) -> None:
        answers.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 50000),
        "headers": [(b"host", b"testserver"), *((k.encode(), v.encode()) for k, v in headers.items())],
    }
    await app(scope, receive, send)
    status = next(each["status"] for each in answers if each["type"] == "http.response.start")
    return status, taken, b"".join(each.get("body", b"") for each in answers)


def _changing_routes() -> Iterator[tuple[str, str]]:
    for package, prefix in ((pages, ""), (api_routes, PREFIX)):
        for module in pkgutil.iter_modules(package.__path__):
            for route in importlib.import_module(f"{package.__name__}.{module.name}").router.routes:
                if isinstance(route, APIRoute):
                    yield from (
                        (each, prefix + route.path) for each in sorted((route.methods or set()) - {"GET", "HEAD"})
                    )


# a form that is broken off leaves what came of its files to the collector, which closes them
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@pytest.mark.parametrize("kind", _KINDS)
def test_nobody_has_more_taken_than_a_form_may_have(office: Office, kind: str | None) -> None:
    """Whoever has not signed in, at every address that takes something."""
    app, most = create_app(office), office.settings.web.form_mib * MIB
    headers = {"content-type": kind} if kind else {}
    told = []
    for method, path in _changing_routes():
        filled = path.replace("{", "").replace("}", "")
        status, taken, _ = asyncio.run(_ask(app, method, filled, headers))
        if taken > most + len(_PIECE) or not 300 <= status < 500:
            told.append(f"{method} {filled}: {status}, {taken >> 20} MiB")
    assert told == []


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@pytest.mark.parametrize("path", ["/phone/nonsense/files", "/sign-in", PREFIX + "/oauth/token"])
def test_what_says_to_be_too_large_is_not_read_at_all(office: Office, path: str) -> None:
    headers = {"content-type": "text/plain", "content-length": str(SENT * MIB)}
    if path == "/sign-in":
        headers["content-type"] = "Multipart/form-data; boundary=b"
    status, taken, said = asyncio.run(_ask(create_app(office), "POST", path, headers))
    assert (status, taken) == (413, 0)
    assert b"web.form_too_large" in said


def test_the_refusal_is_a_page_in_the_language_of_the_visitor(browser: TestClient) -> None:
    answer = browser.post("/language", data={"language": "en", "back": "x" * (9 * MIB)})
    assert (answer.status_code, answer.headers["x-error-code"]) == (413, "web.form_too_large")
    assert '<html lang="vi">' in answer.text
    assert "8 MiB" in answer.text


def test_the_interface_refuses_with_a_problem(browser: TestClient) -> None:
    answer = browser.post(PREFIX + "/oauth/token", content=b"x" * (9 * MIB), headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["code"] == "web.form_too_large"


def test_files_that_are_judged_may_be_larger_than_forms(sign_in: SignIn) -> None:
    clerk = sign_in(Role.CLERK)
    answer = clerk.browser.post(
        "/verify/file",
        content=b"%PDF" + bytes(9 * MIB),
        headers={"X-CSRF-Token": clerk.csrf, "Content-Type": "application/json"},
    )
    assert answer.status_code == 200
