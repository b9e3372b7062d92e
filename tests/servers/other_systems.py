"""Small stand-ins of the systems around this one, over real HTTP on loopback, with the faults that such systems have."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "khóa-thử-nghiệm".encode().hex()


class Fault(StrEnum):
    """How the next answer is wrong; one fault for each request."""

    SLOW = "slow"
    DOWN = "down"
    """503"""
    HANGS_UP = "hangs_up"
    GARBLED = "garbled"
    """neither JSON nor what was asked for"""
    WRONG = "wrong"
    """JSON of another form"""
    TRUNCATED = "truncated"
    """the beginning of the right answer, as if it were all"""
    CUT_OFF = "cut_off"
    """the same, and the connection ends before the length that was said"""
    ENDLESS = "endless"
    """more bytes than anybody asked for"""
    REDIRECT = "redirect"
    """to an address within"""
    FORBIDDEN = "forbidden"
    LOST_ANSWER = "lost_answer"
    """it did what it was asked to, and the answer is lost on the way"""


@dataclass
class OtherSystems:
    """What the stand-ins know, what they were asked, and what goes wrong next."""

    address: str = ""
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 1.5
    """how slow SLOW is"""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """methods and paths"""
    bodies: list[Any] = field(default_factory=list)
    # the national portal
    dossiers: dict[str, dict[str, Any]] = field(default_factory=dict)
    creations: int = 0
    answer_code: str = ""
    """instead of the portal's own; empty: its own"""
    # the population database
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    # the national catalogue
    procedures: list[dict[str, Any]] = field(default_factory=list)
    # the one-stop system
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)
    # the depository
    results: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def sync(self, records: list[dict[str, Any]], *, update: bool) -> dict[str, str]:
        """Take one dossier as the portal does: 0, or 3 where it is there already, -1 where it is not."""
        if self.answer_code:
            return {"error_code": self.answer_code, "message": "Sai mã thủ tục"}
        (record,) = records
        code = record["MaHoSo"]
        if update != (code in self.dossiers):
            return {"error_code": "-1" if update else "3", "message": "chưa có" if update else "đã tồn tại"}
        self.dossiers[code] = record
        self.creations += not update
        return {"error_code": "0", "message": "ok"}

    def confirm(self, asked: dict[str, str]) -> dict[str, Any]:
        """Say of each value whether the register has it like this."""
        person = self.people.get(asked["personal_id"])
        if person is None:
            return {"personal_id": False}
        told = {name: person.get(name) == value for name, value in asked.items() if value and name != "personal_id"}
        return {"personal_id": True, **told}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    systems: OtherSystems

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self, method: str) -> None:
        systems = self.systems
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        systems.asked.append((method, self.path))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answer(401, {"error": "token"})
        fault = systems.faults.pop(0) if systems.faults else None
        if fault in {None, Fault.SLOW, Fault.LOST_ANSWER, Fault.TRUNCATED, Fault.CUT_OFF}:
            status, found = self._route(method, body)
            if fault is Fault.SLOW:
                time.sleep(systems.seconds)
            if fault is Fault.LOST_ANSWER:
                return self._hang_up()
            return self._answer(status, found, fault)
        return self._fail(fault)

    def _fail(self, fault: Fault | None) -> None:
        match fault:
            case Fault.DOWN:
                self._answer(503, {"error": "down"})
            case Fault.FORBIDDEN:
                self._answer(403, {"error": "no"})
            case Fault.WRONG:
                self._answer(200, {"unexpected": [1, 2, 3]})
            case Fault.GARBLED:
                self._answer(200, b"<html>\xff\xfe not json")
            case Fault.REDIRECT:
                self.send_response(302)
                self.send_header("Location", f"{self.systems.address}/inner/secret")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case Fault.ENDLESS:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.close_connection = True
                with contextlib.suppress(OSError):
                    for _ in range(1024):
                        self.wfile.write(b" " * (1 << 16))
            case _:
                self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(2)

    def _route(self, method: str, body: bytes) -> tuple[int, object]:
        systems, path = self.systems, self.path.partition("?")[0]
        asked: Any = json.loads(body) if body else None
        systems.bodies.append(asked)
        found: object = None
        match (method, path.strip("/").split("/")):
            case ("POST", ["portal", "dossiers", "create" | "update" as what]):
                found = systems.sync(asked, update=what == "update")
            case ("POST", ["population", "confirm"]):
                found = systems.confirm(asked)
            case ("GET", ["procedures", "procedures"]):
                found = {"procedures": systems.procedures}
            case ("GET", ["one-stop", "dossiers", code]):
                found = systems.known.get(code)
            case ("POST", ["one-stop", "dossiers", _, "digitized"]):
                systems.notices[asked["id"]] = asked
                found = {"ok": True}
            case ("POST", ["depository", "results", "look-up"]):
                found = {"results": systems.results}
            case ("GET", ["depository", "results", code, "file"]):
                found = systems.files.get(code)
        return (404, {"error": "unknown"}) if found is None else (200, found)

    def _answer(self, status: int, found: object, fault: Fault | None = None) -> None:
        data = found if isinstance(found, bytes) else json.dumps(found).encode()
        length = len(data)
        if fault in {Fault.TRUNCATED, Fault.CUT_OFF}:
            data = data[: length // 2]
            length = len(data) if fault is Fault.TRUNCATED else length
            self.close_connection = True
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/pdf" if isinstance(found, bytes) else "application/json")
            self.send_header("Content-Length", str(length))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: whoever does not believe a certificate breaks off."""


@contextlib.contextmanager
def other_systems(*, certificate: Path | None = None) -> Iterator[OtherSystems]:
    """Serve all stand-ins under one address: `/portal`, `/population`, `/procedures`, `/one-stop`, `/depository`.

    With a certificate (PEM with its key), by TLS.
    """
    systems = OtherSystems()
    handler = type("Handler", (_Handler,), {"systems": systems})
    with _Server(("127.0.0.1", 0), handler) as server:
        systems.address = f"http://127.0.0.1:{server.server_port}"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            systems.address = f"https://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield systems
        finally:
            server.shutdown()
            thread.join(5)
